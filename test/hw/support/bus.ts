/** Bus models of sim/ beside a recorded simulation of a module: what the replay on Verilog sees is what they drove. */
import type { PortRecord, Process, Simulation } from '@vtoe/hdl';
import type { Ports } from '../../../sim/engine/engine.ts';
import { portsOver } from '../../../sim/engine/ports.ts';
import type { BusModel } from '../../../sim/engine/test-bench.ts';

/** The module's ports as bus models take them. */
export function portsOf<P extends PortRecord>({ engine }: Simulation<P>): Ports {
  const inputs = [...engine.inputs.values()].map(({ name, width, offset }) => ({ name, width, direction: 'in' as const, offset, nowOffset: offset }));
  const outputs = [...engine.outputs.values()].map(({ name, width, sampledOffset, nowOffset }) => ({ name, width, direction: 'out' as const, offset: sampledOffset, nowOffset }));
  return portsOver(engine.buffer, [...inputs, ...outputs]);
}

/** The model runs from the next edge on. Its result is the model itself. */
export function attach<P extends PortRecord, M extends BusModel>(sim: Simulation<P>, model: M): M {
  sim.start((function* (): Process {
    for (;;) {
      yield;
      model.step(sim.cycle - 1);
    }
  })());
  return model;
}
