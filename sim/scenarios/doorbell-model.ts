/** The doorbell bank as its reference says it is, and software that uses it without sense. */
import type { Bank } from '@vtoe/hdl/lib';
import type { Random } from '../random.ts';

type Layout = Bank<never>['layout'];

export type BankAccess =
  | { readonly kind: 'write'; readonly address: number; readonly value: number; readonly strobes: number; readonly isHole: boolean }
  /** `value` is what must come back. */
  | { readonly kind: 'read'; readonly address: number; readonly value: number; readonly isHole: boolean };

export interface DoorbellModel {
  /** Chooses an access, and does to the model what it does to the bank. */
  next(): BankAccess;
  /** Hardware's sight of the field. */
  weight(): number;
  rings(): number;
  holes(): number;
}

export interface DoorbellModelOptions {
  readonly pages: number;
  readonly layout: Layout;
  /** Probability of an access to where there is nothing. */
  readonly astray: number;
}

interface Page {
  readonly base: Uint32Array;
  irq: number;
  served: bigint;
  /** High word as it was when the low word was read last. */
  kept: number;
}

/** A word of the bank. */
interface Word {
  readonly address: number;
  read(): number;
  write(value: number, mask: number): void;
}

const ALL_BYTES = 0xf;

export function doorbellModel(draw: Random, { pages: count, layout, astray }: DoorbellModelOptions): DoorbellModel {
  const pages = Array.from({ length: count }, (): Page => ({ base: new Uint32Array(2), irq: 0, served: 0n, kept: 0 }));
  const scratch = new Uint32Array(2);
  let [control, rings, holes] = [0, 0, 0];

  const offsetOf = (section: string, register: string): number => {
    const placed = layout.sections.find(({ name }) => name === section)?.registers.find(({ name }) => name === register);
    if (placed === undefined) throw new Error(`the bank has no register ${section} ${register}`);
    return placed.offset;
  };
  const plain = (address: number, words: Uint32Array, i: number): Word => ({
    address: address + 4 * i,
    read: () => words[i]!,
    write: (value, mask) => { words[i] = (words[i]! & ~mask) | (value & mask); },
  });
  const root: Word[] = [
    { address: offsetOf('', 'identity'), read: () => 0x3_704e, write: () => {} },
    {
      address: offsetOf('', 'control'),
      read: () => control,
      write: (value, mask) => {
        const fresh = (control & ~mask) | (value & mask);
        // No label has the encoding 3: software cannot write it.
        const mode = ((fresh >> 1) & 3) === 3 ? control & 6 : fresh & 6;
        control = (fresh & 0xfff_0001) | mode;
      },
    },
    ...[0, 1].map((i) => plain(offsetOf('', 'scratch'), scratch, i)),
  ];
  const section = layout.sections.find(({ name }) => name === 'page')!;
  const ofPage = (page: Page, index: number): Word[] => {
    const at = (register: string): number => section.base + index * section.stride + offsetOf('page', register);
    return [
      ...[0, 1].map((i) => plain(at('base'), page.base, i)),
      {
        address: at('bell'), read: () => 0,
        write: (value, mask) => {
          // It rings if all bytes of its field are written.
          if ((mask & 0xffff) !== 0xffff) return;
          const amount = value & 0xffff;
          page.served += BigInt(amount);
          page.irq |= amount >= 0x8000 ? 3 : 1;
          rings += 1;
        },
      },
      { address: at('irq'), read: () => page.irq, write: (value, mask) => { page.irq &= ~(value & mask); } },
      {
        address: at('served'), write: () => {},
        read: () => {
          page.kept = Number(BigInt.asUintN(32, page.served >> 32n));
          return Number(BigInt.asUintN(32, page.served));
        },
      },
      { address: at('served') + 4, read: () => page.kept, write: () => {} },
    ];
  };
  const words = [...root, ...pages.flatMap(ofPage)];
  const known = new Set(words.map(({ address }) => address));

  const strayAddress = (): number => {
    for (;;) {
      const address = 4 * draw.below(layout.size / 4);
      if (!known.has(address)) return address;
    }
  };
  return {
    next: () => {
      const kind = draw.chance(0.5) ? 'read' : 'write';
      const isHole = draw.chance(astray);
      const word = isHole ? undefined : words[draw.below(words.length)]!;
      if (isHole) holes += 1;
      const address = word?.address ?? strayAddress();
      if (kind === 'read') return { kind, address, isHole, value: (word?.read() ?? 0) >>> 0 };
      const value = draw.uint32();
      const strobes = draw.chance(0.7) ? ALL_BYTES : draw.below(ALL_BYTES + 1);
      word?.write(value, maskOf(strobes));
      return { kind, address, value, strobes, isHole };
    },
    weight: () => (control >> 16) & 0xfff,
    rings: () => rings,
    holes: () => holes,
  };
}

function maskOf(strobes: number): number {
  let mask = 0;
  for (let k = 0; k < 4; k += 1) if ((strobes >> k & 1) === 1) mask |= 0xff << (8 * k);
  return mask;
}
