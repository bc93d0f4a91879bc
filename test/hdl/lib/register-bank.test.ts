/** Every kind of register against the model, cycle by cycle, with random software and random hardware. */
import { type SimSampledPorts, type Simulation } from '@vtoe/hdl';
import { type BankPorts, registerBank } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { example } from './register-bank-example.ts';
import { type BankInputs, BankModel, type BankOutputs } from './register-bank-model.ts';

const bench = hardwareBench();
const definition = registerBank(example);
type Ports = BankPorts<typeof example.items>;

/** xorshift32 (Marsaglia 2003). */
function randomNumbers(seed: number) {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  const word = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  const below = (n: number): number => word() % n;
  return { below, chance: (percent: number) => below(100) < percent, bits: (n: number) => BigInt.asUintN(n, (BigInt(word()) << 32n) | BigInt(word())) };
}
type Random = ReturnType<typeof randomNumbers>;

/** Mostly registers, and some of what is none. */
function someAddress({ below, chance }: Random): number {
  if (chance(4)) return below(0x200);
  if (chance(30)) return 4 * below(16);
  return 0x40 + 64 * below(chance(50) ? 2 : 5) + 4 * below(16);
}

interface Mix {
  /** Percent of cycles in which the master offers something, takes something, and hardware does something. */
  readonly software: number;
  readonly ready: number;
  readonly hardware: number;
}

function* stimulus(random: Random, { software, ready, hardware }: Mix): Generator<BankInputs, void, BankOutputs> {
  const { below, chance, bits } = random;
  let aw: BankInputs['aw'] = { valid: false, addr: 0 }, w: BankInputs['w'] = { valid: false, data: 0n, strb: 0 }, ar: BankInputs['ar'] = { valid: false, addr: 0 };
  const maybe = (width: number): bigint => (chance(hardware) ? bits(width) : 0n);
  for (;;) {
    if (!aw.valid && chance(software)) aw = { valid: true, addr: someAddress(random) };
    if (!w.valid && chance(software)) w = { valid: true, data: bits(32), strb: chance(50) ? 15 : below(16) };
    if (!ar.valid && chance(software)) ar = { valid: true, addr: someAddress(random) };
    const shown = yield {
      aw, w, ar, bReady: chance(ready), rReady: chance(ready),
      status: { busy: chance(50), level: bits(12) }, time: bits(64), irqSet: maybe(4), goClear: chance(hardware), above: chance(50), seenSet: maybe(4),
      beats: chance(hardware), bytes: maybe(12),
      pageIrqSet: Array.from({ length: 5 }, () => maybe(4)), pageHead: Array.from({ length: 5 }, () => bits(16)), pageBeats: Array.from({ length: 5 }, () => chance(hardware)),
      baseIndex: below(chance(50) ? 2 : 5), limitsIndex: below(5), tail: bits(16),
      event: chance(hardware) ? { index: below(chance(70) ? 2 : 5), by: bits(12) } : undefined,
      reset: chance(2) ? below(5) : undefined,
    };
    if (shown.awReady && aw.valid) aw = { ...aw, valid: false };
    if (shown.wReady && w.valid) w = { ...w, valid: false };
    if (shown.arReady && ar.valid) ar = { ...ar, valid: false };
  }
}

function drive({ io }: Simulation<Ports>, inputs: BankInputs): void {
  const { axil, regs } = io;
  const { page } = regs;
  axil.aw.valid = inputs.aw.valid;
  axil.aw.payload = { addr: inputs.aw.addr, prot: 0 };
  axil.w.valid = inputs.w.valid;
  axil.w.payload = { data: inputs.w.data, strb: inputs.w.strb };
  axil.b.ready = inputs.bReady;
  axil.ar.valid = inputs.ar.valid;
  axil.ar.payload = { addr: inputs.ar.addr, prot: 0 };
  axil.r.ready = inputs.rReady;
  regs.status = inputs.status;
  regs.time = inputs.time;
  regs.irq.set = irqBits(inputs.irqSet);
  regs.start.clear = { go: inputs.goClear };
  regs.mix.ro = { above: inputs.above };
  regs.mix.w1c.set = { seen: inputs.seenSet };
  regs.beats = inputs.beats;
  regs.bytes = inputs.bytes;
  page.irq.set = inputs.pageIrqSet.map(irqBits);
  page.head = [...inputs.pageHead];
  page.beats = [...inputs.pageBeats];
  page.base.index = inputs.baseIndex;
  page.limits.index = inputs.limitsIndex;
  page.tail.value = { tail: inputs.tail };
  page.bytes.valid = inputs.event !== undefined;
  page.bytes.payload = { index: inputs.event?.index ?? 0, by: inputs.event?.by ?? 0n };
  page.reset.valid = inputs.reset !== undefined;
  page.reset.payload = inputs.reset ?? 0;
}

const irqBits = (bits: bigint) => ({ done: (bits & 1n) !== 0n, errors: bits >> 1n });
const irqWord = ({ done, errors }: { readonly done: boolean; readonly errors: bigint }) => BigInt(done) | (errors << 1n);
const when = <T, R>({ valid, payload }: { readonly valid: boolean; readonly payload: T }, of: (payload: T) => R): R | undefined => (valid ? of(payload) : undefined);

function outputs({ axil, regs, readFault, writeFault }: SimSampledPorts<Ports>): BankOutputs {
  const { page } = regs;
  return {
    awReady: axil.aw.ready, wReady: axil.w.ready, b: when(axil.b, ({ resp }) => resp) as BankOutputs['b'],
    arReady: axil.ar.ready, r: when(axil.r, ({ data, resp }) => ({ data, resp })) as BankOutputs['r'],
    control: { ...regs.control }, base: regs.base, irq: irqWord(regs.irq.value), go: regs.start.value.go,
    threshold: regs.mix.rw.threshold, seen: regs.mix.w1c.value.seen, flush: when(regs.mix.pulse, ({ flush }) => flush), bell: when(regs.bell, (tail) => tail),
    pageControl: [...page.control].map((control) => ({ ...control })), pageIrq: [...page.irq.value].map(irqWord),
    lookupBase: page.base.value,
    lookupLimits: page.limits.value.entries | (page.limits.value.bytes << 5n),
    question: when(page.tail.index, Number),
    pageBell: when(page.bell, ({ index, value }) => ({ index: Number(index), ...value })),
    readFault: when(readFault, ({ cause }) => cause), writeFault: when(writeFault, ({ cause }) => cause),
  };
}

const MIXES: Mix[] = [
  { software: 100, ready: 100, hardware: 30 },
  { software: 60, ready: 50, hardware: 60 },
  { software: 20, ready: 80, hardware: 90 },
  { software: 100, ready: 20, hardware: 10 },
];

test.each(MIXES.map((mix, i) => ({ ...mix, seed: i + 1 })))('behaves as the model: software $software %, ready $ready %, hardware $hardware %', ({ seed, ...mix }) => {
  const sim = bench.simulate(definition);
  const model = new BankModel();
  const source = stimulus(randomNumbers(seed), mix);
  let next = source.next();
  const seen = { writes: 0, reads: 0, faults: new Set<string>(), rings: 0, questions: 0 };
  for (let cycle = 0; cycle < 3000; cycle++) {
    const inputs = next.value as BankInputs;
    drive(sim, inputs);
    sim.step();
    const shown = outputs(sim.sampled);
    const wanted = model.outputs();
    expect({ cycle, ...shown }).toEqual({ cycle, ...wanted, lookupBase: wanted.lookupBase ?? shown.lookupBase, lookupLimits: wanted.lookupLimits ?? shown.lookupLimits });
    model.step(inputs);
    if (shown.b !== undefined && inputs.bReady) seen.writes++;
    if (shown.r !== undefined && inputs.rReady) seen.reads++;
    if (shown.pageBell !== undefined || shown.bell !== undefined) seen.rings++;
    if (shown.question !== undefined) seen.questions++;
    for (const fault of [shown.readFault, shown.writeFault]) if (fault !== undefined) seen.faults.add(fault);
    next = source.next(wanted);
  }
  // The comparison saw something of everything.
  expect(seen.writes).toBeGreaterThan(200);
  expect(seen.reads).toBeGreaterThan(200);
  expect(seen.rings).toBeGreaterThan(3);
  expect(seen.questions).toBeGreaterThan(3);
  expect([...seen.faults].sort()).toEqual(['Beyond', 'Hole', 'Misaligned', 'ReadOnly']);
});

bench.verilog();
