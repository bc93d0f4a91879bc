/** A test bench for a child process; its input says what becomes of it. */
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { ChildContext } from '../../../sim/engine/child-context.ts';
import { writePort } from '../../../sim/engine/ports.ts';
import { verilatorEngine } from '../../../sim/engine/verilator/verilator.ts';
import { crashing, tiny } from './tiny.ts';

export interface FixtureInput {
  readonly what: 'count' | 'throw' | 'crash' | 'endless' | 'deaf';
  readonly wave?: string;
}

export default async function fixture(context: ChildContext): Promise<unknown> {
  const { what, wave } = context.input as FixtureInput;
  const engine = what === 'crash' ? await verilatorEngine(tiny, { verilog: crashing() }) : builtinEngine(tiny);
  // One that is not guarded hears nothing of interrupts.
  if (what !== 'deaf') context.guard(engine);
  if (wave !== undefined) engine.trace({ file: wave, cycles: 1000 });
  writePort(engine.ports, engine.ports.port('up'), 1n);
  for (let i = 0; i < 3; i += 1) context.say({ cycle: engine.cycle, ran: engine.run(1) });
  if (what === 'throw') throw new Error('the bench does not like cycle 3');
  context.say('on it goes');
  const ran = engine.run(what === 'endless' || what === 'deaf' ? Number.MAX_SAFE_INTEGER : 100);
  return { ran, cycle: engine.cycle };
}
