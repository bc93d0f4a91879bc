/** What can be seen at the top of a design: its outputs, and the probes of all instances. */
import type { Expression } from '../ir/expression.ts';
import type { EnumLabels, Net } from '../ir/net.ts';
import { namesOf } from '../ir/traverse.ts';
import { join, type FlatDesign, type Scope } from './flatten.ts';

/** Something visible at the top: an output or a field of a probe. */
export interface TopOutput {
  readonly name: string;
  readonly width: number;
  readonly isBool: boolean;
  readonly labels: EnumLabels | undefined;
  /** A probe only watches: what it shows is none of the design's behaviour. */
  readonly isProbe: boolean;
  readonly scope: Scope;
  readonly source: Net | Expression;
}

/** Outputs of the top module, then the probes of all instances: the ports that `hoistProbes` gives the emitted Verilog. */
export function topOutputs(flat: FlatDesign): readonly TopOutput[] {
  const top = flat.scopes[0]!;
  const ports = top.module.ports.filter((net) => net.kind === 'output').map((net): TopOutput => ({
    name: net.name, width: net.width, isBool: net.isBool, labels: net.labels, isProbe: false, scope: top, source: net,
  }));
  const taken = namesOf(top.module);
  const free = (wanted: string): string => {
    let name = wanted;
    for (let i = 2; taken.has(name); i += 1) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  const probes = flat.scopes.filter(({ isModel }) => !isModel).flatMap((scope) => scope.module.probes.flatMap((probe): TopOutput[] => {
    const prefix = `sim_${join(scope.path, probe.name).replaceAll('.', '_')}`;
    return [
      { name: free(`${prefix}_valid`), width: 1, isBool: true, labels: undefined, isProbe: true, scope, source: probe.enable },
      ...probe.fields.map((field): TopOutput => ({
        name: free(`${prefix}_${field.name}`), width: field.value.width, isBool: field.isBool, labels: field.labels, isProbe: true, scope, source: field.value,
      })),
    ];
  }));
  return [...ports, ...probes];
}
