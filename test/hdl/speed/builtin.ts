/** The built-in engine as a contender, in this process. */
import type { BuiltinEngine } from '@vtoe/hdl';
import { type Contender, RESET_CYCLES } from './contender.ts';
import { foldLimb, HASH_START } from './hash.ts';
import { changesOf, type Recording, rowsOf } from './recording.ts';

export interface BuiltinOptions {
  readonly name?: string;
  /** One clock cycle; by default `engine.run(1)`. */
  readonly cycle?: () => void;
}

/** Starts with the reset: the engine is as at power-up, `rst` low. */
export function builtinContender(engine: BuiltinEngine, recording: Recording, options: BuiltinOptions = {}): Contender {
  const { name = 'built-in', cycle = () => { engine.run(1); } } = options;
  const rows = rowsOf(recording);
  const changes = changesOf(recording);
  const inputs = new BigUint64Array(engine.buffer, recording.address, recording.rowBytes >> 3);
  const outputs = [...engine.outputs.values()].map(({ sampledOffset, limbs }) => new BigUint64Array(engine.buffer, sampledOffset, limbs));
  let at = 0;

  const replay = (cycles: number): void => {
    let row = at;
    for (let i = 0; i < cycles; i += 1) {
      if (changes[row] === 1) inputs.set(rows[row]!);
      cycle();
      row += 1;
      if (row === rows.length) row = 0;
    }
    at = row;
  };

  engine.input('rst').set(1n);
  inputs.set(rows[0]!);
  engine.run(RESET_CYCLES);
  engine.input('rst').set(0n);

  return {
    name,
    run: async (cycles) => {
      const start = process.cpuUsage();
      replay(cycles);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1e6;
    },
    fold: async (cycles) => {
      let hash = HASH_START;
      for (let i = 0; i < cycles; i += 1) {
        replay(1);
        for (const output of outputs) for (const limb of output) hash = foldLimb(hash, limb);
      }
      return hash;
    },
    close: async () => {},
  };
}
