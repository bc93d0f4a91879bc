import { pausing, simulate } from '@vtoe/hdl';
import { siphash, siphashLatency } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { counting, number, siphashModel, type Variant } from '../support/siphash-model.ts';

const bench = hardwareBench();

/** Hashes of 00 01 02 … under the key 00 01 02 …, as the reference implementation lists them (vectors.h); of 15 bytes: the paper's appendix A. */
const VECTORS: Record<Variant, Record<number, string>> = {
  siphash: {
    1: 'fd67dc93c539f874', 2: '5a4fa9d909806c0d', 7: '37d1018bf50002ab', 8: '6224939a79f5f593', 9: 'b0e4a90bdf82009e',
    13: '903d84c02756ea14', 15: 'e545be4961ca29a1', 16: 'db9bc2577fcc2a3f', 63: '724506eb4c328a95',
  },
  halfsiphash: { 1: '27475ab8', 3: '8afee704', 4: '2a6e4689', 5: 'c5fab669', 8: 'd0b8848f', 13: '77e663ff', 15: '74fe2b97', 63: '59ea4a74' },
};
const vectors = Object.entries(VECTORS).flatMap(([variant, list]) =>
  Object.entries(list).map(([bytes, hex]) => ({ variant: variant as Variant, bytes: Number(bytes), hash: number([...Buffer.from(hex, 'hex')]) })));

const keyOf = (variant: Variant) => number(counting(variant === 'siphash' ? 16 : 8));

test.each(vectors)('$variant of $bytes bytes: the official vector', ({ variant, bytes, hash }) => {
  expect(siphashModel(variant, keyOf(variant), counting(bytes))).toBe(hash);
  // Each length is a module of its own; the Verilog of two of them is run, with and without a rest behind the last word.
  const sim = (bytes === 13 || bytes === 8 ? bench.simulate : simulate)(siphash({ bytes, variant }));
  sim.io.key = keyOf(variant);
  sim.io.in.payload = number(counting(bytes));
  sim.io.in.valid = true;
  sim.step();
  sim.io.in.valid = false;
  sim.until(() => sim.io.out.valid, 80);
  expect(sim.io.out.payload).toBe(hash);
});

test('appendix A of the paper', () => {
  expect(VECTORS.siphash[15]).toBe(Buffer.from('a129ca6149be45e5', 'hex').reverse().toString('hex'));
});

describe.each(['siphash', 'halfsiphash'] as const)('%s', (variant) => {
  const size = variant === 'siphash' ? 8 : 4;

  test.each([[0.5, 5], [1, 5], [2, 13], [3, 13], [100, 3]])('%d rounds a stage, %i bytes: one hash a cycle, each with its key', (roundsPerStage, bytes) => {
    const rounds = 2 * (Math.floor(bytes / size) + 1) + 4;
    const latency = Math.ceil(rounds / roundsPerStage);
    expect(siphashLatency({ bytes, variant, roundsPerStage })).toBe(latency);
    const sim = (roundsPerStage < 2 ? bench.simulate : simulate)(siphash({ bytes, variant, roundsPerStage }));
    const bubble = pausing(20, bytes)!;
    const sent: ({ key: bigint; message: number[] } | undefined)[] = [];
    for (let cycle = 0; cycle < 80; cycle++) {
      const item = bubble(cycle) ? undefined : {
        key: number(Array.from({ length: 2 * size }, (_, i) => (cycle * 77 + i * 31) & 255)),
        message: Array.from({ length: bytes }, (_, i) => (cycle * 13 + i * 59) & 255),
      };
      sent.push(item);
      sim.io.in.valid = item !== undefined;
      sim.io.in.payload = number(item?.message ?? []);
      sim.io.key = item?.key ?? 0n;
      sim.step();
      const due = sent[cycle - latency];
      expect(sim.sampled.out.valid).toBe(due !== undefined);
      if (due !== undefined) expect(sim.sampled.out.payload).toBe(siphashModel(variant, due.key, due.message));
    }
  });
});

test('a flow key of 13 bytes takes 8 cycles', () => {
  const sim = bench.simulate(siphash({ bytes: 13 }));
  const wave = sim.watch(['in_valid', 'valid_r1a', 'valid_r4a', 'valid_r7a', 'out_valid']);
  sim.io.key = keyOf('siphash');
  sim.io.in.payload = number(counting(13));
  sim.io.in.valid = true;
  sim.step();
  sim.io.in.valid = false;
  sim.step(7);
  expect(sim.io.out.valid).toBe(true);
  sim.step();
  expect(sim.io.out.valid).toBe(false);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle      0 1 2 3 4 5 6 7 8
    in_valid   ▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    valid_r1a  ▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    valid_r4a  ▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁
    valid_r7a  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁
    out_valid  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔
    "
  `);
});

test('wrong arguments', () => {
  expect(() => siphash({ bytes: 0 })).toThrow('siphash: bytes must be a whole number from 1 to 255, not 0');
  // @ts-expect-error: no such variant
  expect(() => siphash({ bytes: 4, variant: 'md5' })).toThrow("siphash: variant must be 'siphash' or 'halfsiphash', not \"md5\"");
  expect(() => siphash({ bytes: 4, roundsPerStage: 1.5 })).toThrow('siphash: roundsPerStage must be 0.5 or a whole number from 1 up, not 1.5');
});

bench.verilog();
