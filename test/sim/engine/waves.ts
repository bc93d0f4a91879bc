/** Reading waveforms that engines wrote. */
import { spawnSync } from 'node:child_process';

export function hasTool(name: string): boolean {
  return spawnSync(name, ['--help']).error === undefined;
}

export interface VcdValues {
  /** First and last time, in nanoseconds. */
  readonly times: readonly [number, number];
  /** Hierarchical names. */
  readonly signals: readonly string[];
  /** What a signal was at that time, after all changes of it. */
  at(signal: string, time: number): bigint;
}

export function vcdValues(text: string): VcdValues {
  const path: string[] = [];
  const ids = new Map<string, string>();
  const changes = new Map<string, [number, bigint][]>();
  let [first, time] = [NaN, 0];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '$scope') path.push(words[2]!);
    else if (words[0] === '$upscope') path.pop();
    else if (words[0] === '$var') ids.set([...path, words[4]].join('.'), words[3]!);
    else if (line.startsWith('#')) {
      time = Number(line.slice(1));
      if (Number.isNaN(first)) first = time;
    } else if (line.startsWith('b')) note(words[1]!, BigInt(`0b${words[0]!.slice(1)}`));
    else if (/^[01]/.test(line)) note(line.slice(1), BigInt(line[0]!));
  }
  return {
    times: [first, time],
    signals: [...ids.keys()],
    at: (signal, when) => {
      const list = changes.get(ids.get(signal) ?? '');
      if (list === undefined) throw new Error(`there is no ${signal}; there are ${[...ids.keys()].join(', ')}`);
      return list.findLast(([at]) => at <= when)![1];
    },
  };

  function note(id: string, value: bigint): void {
    const list = changes.get(id) ?? [];
    list.push([time, value]);
    changes.set(id, list);
  }
}
