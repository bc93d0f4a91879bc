/** A GTKWave save file: the signals of a waveform that change, grouped by block; values of enums by their names. */

/** Of a block: a screen has some fifty lines. */
const MOST_SIGNALS = 40;

export interface SaveFileOptions {
  /** File of the waveform, as seen from the save file. */
  readonly wave: string;
  /** The waveform itself, a value change dump. */
  readonly vcd: string;
  /** Paths of instances from the top: each is a group of its own signals. */
  readonly blocks: readonly string[];
}

export function saveFile({ wave, vcd, blocks }: SaveFileOptions): string {
  const [signals, changes] = [signalsOf(vcd), changesOf(vcd)];
  const groups = blocks.flatMap((block) => {
    const own = signals.filter(({ scope }) => scope === block);
    const labels = new Set(own.filter(({ kind }) => kind === 'string').map(({ leaf }) => leaf));
    // Of an enum, the name says more than its number. The first value is none that it has changed to.
    const shown = own.filter(({ leaf, code }) => !labels.has(`${leaf}_label`) && (changes.get(code) ?? 0) > 1).slice(0, MOST_SIGNALS);
    return shown.length === 0 ? [] : ['@200', `-${block}`, '@22', ...shown.map(({ path }) => path)];
  });
  return `${[`[dumpfile] "${wave}"`, ...groups].join('\n')}\n`;
}

interface Signal {
  /** Path of its instance, without the top's name. */
  readonly scope: string;
  /** As a save file names it, the range of its bits behind it. */
  readonly path: string;
  readonly leaf: string;
  readonly kind: string;
  /** What stands for it in the dump. */
  readonly code: string;
}

function signalsOf(vcd: string): Signal[] {
  const scopes: string[] = [];
  const signals: Signal[] = [];
  for (const line of vcd.slice(0, vcd.indexOf('$enddefinitions')).split('\n')) {
    // `$scope module name $end` and `$var wire width code name [range] $end`.
    const [what, kind = '', name = '', code = '', leaf = '', range = ''] = line.trim().split(/\s+/);
    if (what === '$scope') scopes.push(name);
    else if (what === '$upscope') scopes.pop();
    else if (what === '$var') signals.push({ scope: scopes.slice(1).join('.'), path: `${[...scopes, leaf].join('.')}${range.startsWith('[') ? range : ''}`, leaf, kind, code });
  }
  return signals;
}

/** How often each code has a value, the first included. */
function changesOf(vcd: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of vcd.slice(vcd.indexOf('$enddefinitions')).split('\n')) {
    if (line === '' || line.startsWith('#') || line.startsWith('$')) continue;
    // `1code`, `b101 code`, `sText code`.
    const space = line.indexOf(' ');
    const code = space < 0 ? line.slice(1) : line.slice(space + 1);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}
