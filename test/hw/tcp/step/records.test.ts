/** The step in hardware and the model, from records that are made instead of reached: reassembly in every form, and fields at their bounds. */
import { createEngine, elaborate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { Actions as ActionsShape } from '../../../../hw/tcp/actions.ts';
import { Constants as ConstantsShape } from '../../../../hw/tcp/constants.ts';
import { Event as EventShape } from '../../../../hw/tcp/event.ts';
import { Tcb as TcbShape } from '../../../../hw/tcp/tcb.ts';
import { random } from '../../../../sim/random.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../../sim/tcp/constants.ts';
import type { TcpEvent } from '../../../../sim/tcp/events.ts';
import { steered } from '../../../../sim/tcp/steered.ts';
import { step as model, type Stepped } from '../../../../sim/tcp/step.ts';
import { CLOSED_TCB } from '../../../../sim/tcp/tcb.ts';
import { Noise, Reader, stepUnderTest, Writer } from './compare.ts';
import { about, ACTIONS, CONSTANTS, EVENT, RECORD } from './encode.ts';
import { type Case, denseCase, extremeCase, joined } from './records.ts';

const GENERATION = 7;
const LONG = process.env['VTOE_LONG'] === '1';

/** A record and what happens to it. */
type Given = Omit<Case, 'event'> & { readonly event: TcpEvent };

/** Runs one case on hardware. @throws where it differs from what the model gave */
function hardware(constants: TcpConstants): (given: Given, expected: Stepped) => void {
  const engine = createEngine(elaborate(stepUnderTest()), { gating: 'never' });
  const words = new Uint32Array(engine.buffer);
  const noise = new Noise(1);
  const [record, input] = [new Writer(engine, 'tcb', TcbShape, RECORD), new Writer(engine, 'event', EventShape, EVENT)];
  const [next, actions] = [new Reader(engine, 'record', TcbShape, RECORD), new Reader(engine, 'actions', ActionsShape, ACTIONS)];
  const eligible = engine.output('eligible').sampledOffset >>> 2;
  const time = engine.input('now').offset >>> 2;
  new Writer(engine, 'constants', ConstantsShape, CONSTANTS).write(words, constants, noise);
  return ({ tcb, event, now }, expected) => {
    about(GENERATION);
    record.write(words, tcb, noise);
    input.write(words, event, noise);
    words[time] = now;
    words[time + 1] = now / 2 ** 32;
    engine.run(1);
    about(expected.actions.free ? GENERATION + 1 : GENERATION);
    const found = [...next.differences(words, expected.tcb), ...actions.differences(words, expected.actions).map((text) => `actions.${text}`)];
    if (words[eligible] !== Number(expected.tcb.eligible)) found.push(`eligible: ${Number(expected.tcb.eligible)} expected`);
    if (found.length > 0) throw new Error([...found, JSON.stringify({ tcb, event, now })].join('\n'));
  };
}

describe('reassembly in a window of 60 bytes', () => {
  const compare = hardware(TCP_CONSTANTS);
  const seen = new Map<string, number>();
  const saw = (what: string) => { seen.set(what, (seen.get(what) ?? 0) + 1); };

  test('every way of overlapping, touching and missing, with and without a FIN', () => {
    const cases = random(1).fork('dense');
    for (let i = 0; i < (LONG ? 2_000_000 : 60_000); i++) {
      const given = denseCase(cases);
      const expected = model(given.tcb, given.event, given.now);
      const { counters, place, notify } = expected.actions;
      for (const counter of counters) saw(counter);
      if (place !== undefined && !expected.tcb.fin_received) saw(`${notify === 0 ? 'out of order' : 'in order'}, ${joined(given.tcb, expected.tcb)} joined`);
      if (expected.tcb.fin_received) saw(given.tcb.fin_held ? 'a FIN that was held' : 'a FIN in order');
      if (expected.tcb.fin_held && !given.tcb.fin_held) saw('a FIN is held');
      compare(given, expected);
    }
  });
  test('all of these came up', () => {
    const wanted = [
      ...[0, 1, 2, 3, 4].flatMap((n) => [`in order, ${n} joined`, `out of order, ${n} joined`]), 'a FIN that was held', 'a FIN in order', 'a FIN is held',
      'duplicate', 'trimmed', 'out_of_order', 'intervals_full', 'fin_conflict', 'text_after_close', 'dupack_saturated', 'outside_window',
    ];
    expect(wanted.filter((what) => (seen.get(what) ?? 0) < 10)).toEqual([]);
  });
});

test('fields at their bounds, in every state that a stream of events comes to', () => {
  for (const [seed, constants] of [{ ...TCP_CONSTANTS, byteCountingLimit: 15 }, { ...TCP_CONSTANTS, rtoMin: 1, dupAckThreshold: 1 }].entries()) {
    const compare = hardware(constants);
    const bounds = random(seed).fork('bounds');
    const draw = steered(random(seed).fork('events'));
    let tcb = CLOSED_TCB;
    for (let i = 0; i < (LONG ? 1_000_000 : 40_000); i++) {
      const { event, now } = draw(tcb);
      if (event.kind === 'segment' && tcb.state !== 'CLOSED') {
        const given = extremeCase({ tcb, event, now }, bounds, constants);
        compare(given, model(given.tcb, event, now, constants));
      }
      tcb = model(tcb, event, now, constants).tcb;
    }
  }
});

test('a next hop that does not answer, in every state, and while a RST waits', () => {
  const compare = hardware(TCP_CONSTANTS);
  const draw = steered(random(3).fork('events'));
  const seen = new Set<string>();
  let tcb = CLOSED_TCB;
  for (let i = 0; i < 20_000; i++) {
    const { event, now } = draw(tcb);
    const given: Given = { tcb, event: { kind: 'abort', cause: 'unreachable' }, now };
    compare(given, model(tcb, given.event, now, TCP_CONSTANTS));
    seen.add(tcb.rst_due ? 'RST' : tcb.state);
    tcb = model(tcb, event, now, TCP_CONSTANTS).tcb;
  }
  expect([...seen].sort()).toEqual(['CLOSED', 'CLOSE_WAIT', 'CLOSING', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'LAST_ACK', 'RST', 'SYN_RECEIVED', 'SYN_SENT', 'TIME_WAIT']);
});
