/** Hardware as master: requests of any address and length, cut into bursts by `axiSplit`, written to the memory. */
import { allOf, Bundle, elaborate, In, inst, module, mux, Out, reg, Stream, UInt, when } from '@vtoe/hdl';
import { AxiRange, axiSplit, AxiWrite, fifo } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { random } from '../../../sim/random.ts';
import { pinsOf } from './pins.ts';

const Lengths = Bundle('Lengths', { len: UInt(8), first: UInt(8), last: UInt(8) });

/** Fills the range of each request with bytes that count beats, from 1 on. */
const filler = elaborate(module('filler', {}, {
  request: In(Stream(AxiRange(32, 14, UInt(4)))),
  m: Out(AxiWrite({ addressWidth: 32, dataWidth: 64, idWidth: 4 }), { prefix: 'm_axi_' }),
}, ({ request, m }) => {
  const split = inst(axiSplit({ addressWidth: 32, dataWidth: 64, lengthWidth: 14, tag: UInt(4) }), { request });
  const lengths = inst(fifo(Lengths, 8));
  const beat = reg(UInt(8));
  const count = reg(UInt(8), { init: 1 });
  const { burst } = split;

  m.aw.valid.set(burst.valid.and(lengths.in.ready));
  m.aw.payload.set({ id: burst.payload.tag, addr: burst.payload.address, len: burst.payload.len, size: 3, burst: 'INCR', lock: false, cache: 2, prot: 0, qos: 0, user: 0 });
  burst.ready.set(m.aw.ready.and(lengths.in.ready));
  lengths.in.valid.set(allOf(burst.valid, m.aw.ready));
  lengths.in.payload.set({ len: burst.payload.len, first: burst.payload.firstStrobe, last: burst.payload.lastStrobe });

  const now = lengths.out.payload;
  const last = beat.eq(now.len);
  m.w.valid.set(lengths.out.valid);
  m.w.payload.set({ data: count.repeat(8), strb: mux(beat.eq(0), now.first, 0xff).and(mux(last, now.last, 0xff)), last });
  lengths.out.ready.set(m.w.ready.and(last));
  when(m.w.fire, () => {
    beat.next = mux(last, 0, beat.add(1));
    count.next = count.add(1);
  });
  m.b.ready.set(true);
  return { split, lengths, beat, count };
}));

test.each([
  ['at once', {}],
  ['with everything at random', { reorder: true, write: { latency: [1, 40], bandwidth: 0.6 }, pauses: { aw: { percent: 50 }, w: { work: [1, 9], pause: [1, 9] }, b: { percent: 40 } } }],
] satisfies [string, Partial<AxiMemoryOptions>][])('unaligned ranges across pages: each byte once, none beside: %s', (_name, options) => {
  const engine = builtinEngine(filler);
  const bench = new TestBench(engine);
  const bytes = new Uint8Array(1 << 20);
  const memory = bench.add(new AxiMemory(engine.ports, { prefix: 'm_axi_', store: bytes, incrementing: true, maximumBytes: 2048, ...options }));
  const pins = pinsOf(engine, 'request_');
  bench.reset();
  bench.run(1);
  const draw = random(2);
  const expected = new Uint8Array(bytes.length);
  let [count, asked] = [1, 0];
  for (let i = 0; i < 40; i += 1) {
    // A region each: two requests have no order in memory.
    const [address, length] = [i * 16384 + draw.below(5000), 1 + draw.below(9000)];
    const beats = Math.floor((address + length - 1) / 8) - Math.floor(address / 8) + 1;
    for (let beat = 0; beat < beats; beat += 1, count += 1) {
      const base = (Math.floor(address / 8) + beat) * 8;
      expected.fill(count & 0xff, Math.max(base, address), Math.min(base + 8, address + length));
    }
    asked += length;
    pins.set({ valid: 1, payload_address: address, payload_length: length, payload_tag: i % 16 });
    bench.until(() => pins.get('ready') === 1n, 20_000);
    pins.set({ valid: 0 });
  }
  bench.until(() => memory.writes!.bytes === asked && memory.outstanding.writes === 0, 200_000, 'not all was written');
  expect(Buffer.compare(bytes, expected)).toBe(0);
  expect(memory.checks['AW bursts must not exceed 2048 bytes']).toBe(memory.writes!.transactions);
});
