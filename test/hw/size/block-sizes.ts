/** What each block of a synthesized design takes on 7 series, out of what `stat -json` of yosys says of its modules. */

export interface Size {
  readonly lut: number;
  /** LUT that are memories or shift registers. */
  readonly lutRam: number;
  readonly ff: number;
  /** A RAMB18 counts as half. */
  readonly bram36: number;
}

/** Cells by type, instances of modules included: names of modules begin with a backslash, or do not. */
type Cells = Readonly<Record<string, number>>;
export interface Statistics {
  readonly modules: Readonly<Record<string, { readonly num_cells_by_type: Cells }>>;
}

const NOTHING: Size = { lut: 0, lutRam: 0, ff: 0, bram36: 0 };

/** LUT that a memory or a shift register is made of. */
const LUT_RAM: readonly (readonly [type: RegExp, luts: number])[] = [[/^RAM(32M|64M|128X1D|256X1S)/, 4], [/^RAM256X1D/, 8], [/^RAM(32|64)X1D/, 2], [/^RAM(32|64)X1S/, 1], [/^SRL/, 1]];

function sizeOfCell(type: string): Size {
  if (/^(LUT\d|INV$)/.test(type)) return { ...NOTHING, lut: 1 };
  if (/^FD[RSCP]E/.test(type)) return { ...NOTHING, ff: 1 };
  if (type.startsWith('RAMB36')) return { ...NOTHING, bram36: 1 };
  if (type.startsWith('RAMB18')) return { ...NOTHING, bram36: 0.5 };
  const lutRam = LUT_RAM.find(([pattern]) => pattern.test(type))?.[1];
  if (lutRam === undefined && type.startsWith('RAM')) throw new Error(`a memory of unknown size: ${type}`);
  return { ...NOTHING, lutRam: lutRam ?? 0 };
}

const add = (a: Size, b: Size, times = 1): Size => ({ lut: a.lut + times * b.lut, lutRam: a.lutRam + times * b.lutRam, ff: a.ff + times * b.ff, bram36: a.bram36 + times * b.bram36 });
const plain = (name: string): string => name.replace(/^\\/, '');

/** A module with all that is in it. */
export function sizeOf({ modules }: Statistics, top: string): Size {
  const cells = new Map(Object.entries(modules).map(([name, { num_cells_by_type }]) => [plain(name), num_cells_by_type]));
  const known = new Map<string, Size>();
  const of = (name: string): Size => {
    const before = known.get(name);
    if (before !== undefined) return before;
    let size = NOTHING;
    for (const [type, count] of Object.entries(cells.get(name)!)) size = add(size, cells.has(plain(type)) ? of(plain(type)) : sizeOfCell(plain(type)), count);
    known.set(name, size);
    return size;
  };
  return of(top);
}

export interface Row extends Size {
  readonly block: string;
}

/** A block's name without the sizes it was built with. FIFOs go together. */
function blockName(module: string): string {
  return module.startsWith('fifo_') ? 'fifo' : (/^(.+?)_[a-z]\d/.exec(module)?.[1] ?? module);
}

/** The blocks that `top` is made of, the largest first; those below `least` LUT and without block RAM go together, with what is in no block. */
export function blockSizes(statistics: Statistics, top: string, least = 250): Row[] {
  const own = Object.entries(statistics.modules).find(([name]) => plain(name) === top)![1].num_cells_by_type;
  const modules = new Set(Object.keys(statistics.modules).map(plain));
  const blocks = new Map<string, Size>();
  for (const [type, count] of Object.entries(own)) {
    const name = plain(type);
    if (modules.has(name)) blocks.set(blockName(name), add(blocks.get(blockName(name)) ?? NOTHING, sizeOf(statistics, name), count));
  }
  const shown = [...blocks].map(([block, size]) => ({ block, ...size })).filter(({ lut, lutRam, bram36 }) => lut + lutRam >= least || bram36 > 0);
  const rows = shown.toSorted((a, b) => b.lut + b.lutRam - (a.lut + a.lutRam) || a.block.localeCompare(b.block));
  const sum = sizeOf(statistics, top);
  const rest = rows.reduce((left, row) => add(left, row, -1), sum);
  return [...rows, { block: 'all else', ...rest }, { block: 'sum', ...sum }];
}

const number = (value: number): string => value.toLocaleString('en-US');

/** As it stands in the page. */
export function sizeTable(rows: readonly Row[]): string {
  return rows.map(({ block, lut, lutRam, ff, bram36 }) => `| ${block} | ${number(lut)} | ${number(lutRam)} | ${number(ff)} | ${number(bram36)} |`).join('\n');
}

/** The rows of such a table in a page. */
export function readSizeTable(page: string): Row[] {
  return [...page.matchAll(/^\| ([^|]+?) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d.,]+) \|$/gm)].map(([, block, ...values]) => {
    const [lut, lutRam, ff, bram36] = values.map((value) => Number(value.replaceAll(',', ''))) as [number, number, number, number];
    return { block: block!, lut, lutRam, ff, bram36 };
  });
}
