/** Faults of reset: registers are changed from outside at edges under reset, since the design itself does not see `rst`. */
import type { BuiltinEngine, Design } from '@vtoe/hdl';
import type { Module } from '@vtoe/hdl/internal/ir/design';
import type { Net } from '@vtoe/hdl/internal/ir/net';
import type { AroundEdge } from '../../engines/builtin.ts';
import type { Plant } from './plant.ts';

interface Place {
  readonly path: string;
  readonly net: Net;
}

/** Every register of every instance, by its hierarchical name. */
function registersOf(design: Design): Place[] {
  const below = (module: Module, prefix: string): Place[] => [
    ...module.registers.map((net) => ({ path: `${prefix}${net.name}`, net })),
    ...module.instances.flatMap((instance) => below(instance.module, `${prefix}${instance.name}.`)),
  ];
  return below(design.top, '').filter(({ net }) => !net.register!.verificationOnly);
}

function resets(name: string, description: string, wrong: (place: Place, before: bigint) => bigint | undefined): Plant {
  return {
    name, description,
    edges: (design): AroundEdge => {
      const registers = registersOf(design);
      let values: bigint[] = [];
      const poke = (engine: BuiltinEngine, place: Place, value: bigint | undefined): void => {
        if (value !== undefined) engine.poke(place.path, value);
      };
      return {
        before: (engine, reset) => { if (reset) values = registers.map(({ path }) => engine.peek(path)); },
        after: (engine, reset) => { if (reset) registers.forEach((place, i) => poke(engine, place, wrong(place, values[i]!))); },
      };
    },
  };
}

export const RESETS: readonly Plant[] = [
  resets('reset-of-unreset', 'reset clears registers that have no reset, too', ({ net }) => (net.register!.reset === undefined ? 0n : undefined)),
  resets('reset-ignored', 'registers keep their value under reset', ({ net }, before) => (net.register!.reset === undefined ? undefined : before)),
  resets('reset-value', 'reset clears registers that have another reset value', ({ net }) => (net.register!.reset === undefined ? undefined : 0n)),
  resets('reset-holds-unreset', 'registers without reset hold under reset instead of going on', ({ net }, before) => (net.register!.reset === undefined ? before : undefined)),
];
