/** Commands of several askers: each is given once, in its asker's order and by urgency, and answered to who asked. */
import { simulate } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { commandTurn } from '../../../hw/tcp/command-turn.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CONFIG = config({ connections: 16 });
const REFUSALS = ['None', 'NoConnection', 'InUse', 'Closing', 'OutOfRange'] as const;

test.each([
  // askers, firstTelling, pipeline ready, may notify, cycles until an answer, percent of cycles in which each asks
  [4, 2, 100, 100, 6, 100], [4, 2, 40, 50, 6, 30], [4, 2, 100, 30, 40, 80], [2, 1, 70, 60, 6, 50], [3, 0, 60, 60, 9, 40], [3, 3, 60, 0, 9, 40],
])('%i askers, from %i on with notifications; pipeline ready in %i percent, room for notifications in %i, answers after %i cycles, asked in %i', (askers, firstTelling, ready, notifies, delay, asks) => {
  const sim = bench.simulate(commandTurn(CONFIG, { askers, firstTelling }));
  const draw = random(askers * 1000 + ready * 7 + notifies * 3 + delay);
  const [asked, answered] = [Array.from({ length: askers }, () => 0), Array.from({ length: askers }, () => 0)];
  const waits = Array.from({ length: askers }, () => false);
  const given: { asker: number; number: number; at: number; refused: (typeof REFUSALS)[number] }[] = [];
  let most = 0;
  for (let cycle = 0; cycle < 1500; cycle++) {
    const quiet = cycle >= 1300;
    for (let i = 0; i < askers; i++) {
      waits[i] ||= !quiet && draw.chance(asks / 100);
      sim.io.ask[i]!.valid = waits[i]!;
      // A command that can be told from all others: of whom, and the how manieth.
      const { payload } = sim.io.ask[i]!;
      [payload.connection, payload.generation, payload.event.kind] = [i, asked[i]!, 'Abort'];
    }
    sim.io.command.ready = quiet || draw.chance(ready / 100);
    const may = notifies > 0 && (quiet || draw.chance(notifies / 100));
    sim.io.may_notify = may;
    const due = given[0] !== undefined && given[0].at + delay <= cycle ? given.shift() : undefined;
    sim.io.commanded.valid = due !== undefined;
    sim.io.commanded.payload.refused = due?.refused ?? 'None';
    sim.step();
    const takes = waits.map((wait, i) => wait && (i < firstTelling || may)).indexOf(true);
    const { command: out } = sim.sampled;
    const room = given.length + (due === undefined ? 0 : 1) < 16;
    expect(out.valid).toBe(takes >= 0 && room);
    for (let i = 0; i < askers; i++) expect(sim.sampled.ask[i]!.ready && waits[i]).toBe(i === takes && room && out.ready);
    if (out.valid) expect(out.payload).toMatchObject({ connection: BigInt(takes), generation: BigInt(asked[takes]!), event: { kind: 'Abort' } });
    if (out.valid && out.ready) {
      given.push({ asker: takes, number: asked[takes]!, at: cycle, refused: REFUSALS[draw.below(REFUSALS.length)]! });
      asked[takes]!++;
      waits[takes] = false;
      most = Math.max(most, given.length);
    }
    for (let i = 0; i < askers; i++) {
      expect(sim.sampled.answer[i]!.valid).toBe(due?.asker === i);
      if (due?.asker === i) {
        expect([due.number, sim.sampled.answer[i]!.payload.refused]).toEqual([answered[i], due.refused]);
        answered[i]!++;
      }
    }
  }
  expect(answered).toEqual(asked);
  // Who asks in every cycle leaves nothing for those behind it, except while it may not.
  expect(asked[0]! > 0).toBe(firstTelling > 0 || notifies > 0);
  if (asks < 100) asked.forEach((count, i) => { expect(count > 0).toBe(i < firstTelling || notifies > 0); });
  expect(sim.io.idle).toBe(notifies > 0 || firstTelling === askers);
  if (delay > 16 && ready === 100) expect(most).toBe(16);
});

test('an answer to a command that was not given stops the simulation', () => {
  const sim = simulate(commandTurn(CONFIG, { askers: 2, firstTelling: 1 }));
  sim.io.commanded.valid = true;
  expect(() => { sim.step(); }).toThrow('the pipeline answers a command that it was not given');
});

bench.verilog();
