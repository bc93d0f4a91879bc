/**
 * Probes as ports: every probe becomes output ports of its module and of all modules above, up to the top.
 *
 * A probe `retire` with field `index`, in instance `core` of instance `cluster`, is `sim_retire_valid` and
 * `sim_retire_index` in its own module, `sim_core_retire_…` one above and `sim_cluster_core_retire_…` in the top.
 */
import type { Design, Instance, Module, Probe } from './design.ts';
import type { Expression } from './expression.ts';
import type { Locator } from './locator.ts';
import type { EnumLabels, Net } from './net.ts';
import { modulesBelow, namesOf } from './traverse.ts';

export interface HoistedDesign extends Design {
  /** Every net that the probes added: ports, and instance outputs in the modules above. */
  readonly probeNets: ReadonlySet<Net>;
}

/** What is hoisted; `path` grows by the instance's name with every level. */
interface ProbePort {
  readonly path: string;
  readonly net: Net;
}

/**
 * The design with probes as ports; modules without probes below them stay the same objects. External modules have the
 * ports they have: probes inside a model are not hoisted.
 */
export function hoistProbes(design: Design): HoistedDesign {
  const probeNets = new Set<Net>();
  const hoisted = new Map<Module, { readonly module: Module; readonly ports: readonly ProbePort[] }>();

  for (const module of modulesBelow(design.top)) {
    const taken = namesOf(module);
    const ports: ProbePort[] = [];
    const add = (path: string, like: Pick<Net, 'width' | 'isBool' | 'labels'>, value: Expression, at: Locator): void => {
      const net = outputNet(fresh(`sim_${path}`, taken), like, value, at);
      probeNets.add(net);
      ports.push({ path, net });
    };
    if (module.external === undefined) for (const probe of module.probes) addProbe(probe, add);
    const instances = module.instances.map((instance) => {
      const child = hoisted.get(instance.module)!;
      if (child.ports.length === 0) return instance;
      const nets = child.ports.map(({ path, net }) => {
        const seen = instanceOutput(fresh(`${instance.name}_sim_${path}`, taken), net, instance);
        probeNets.add(seen);
        add(`${instance.name}_${path}`, net, { op: 'net', width: seen.width, net: seen, args: [] }, net.at);
        return seen;
      });
      return { ...instance, module: child.module, nets: [...instance.nets, ...nets] };
    });
    const changed = ports.length > 0 || instances.some((instance, i) => instance !== module.instances[i]);
    hoisted.set(module, {
      module: changed ? { ...module, instances, ports: [...module.ports, ...ports.map(({ net }) => net)] } : module,
      ports,
    });
  }
  const renewed = (module: Module): Module => hoisted.get(module)?.module ?? module;
  return { top: renewed(design.top), modules: design.modules.map(renewed), probeNets };
}

function addProbe(probe: Probe, add: (path: string, like: Pick<Net, 'width' | 'isBool' | 'labels'>, value: Expression, at: Locator) => void): void {
  add(`${probe.name}_valid`, { width: 1, isBool: true, labels: undefined }, probe.enable, probe.at);
  for (const { name, value, isBool, labels } of probe.fields) {
    add(`${probe.name}_${name}`, { width: value.width, isBool, labels }, value, probe.at);
  }
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

function outputNet(name: string, { width, isBool, labels }: { width: number; isBool: boolean; labels: EnumLabels | undefined }, value: Expression, at: Locator): Net {
  const drive: Net['drive'] = [];
  const net: Net = { kind: 'output', name, width, isBool, labels, drive, register: undefined, attributes: NO_ATTRIBUTES, at };
  drive.push({ kind: 'assign', target: net, value, at });
  return net;
}

function instanceOutput(name: string, port: Net, instance: Instance): Net {
  const { width, isBool, labels } = port;
  return { kind: 'instanceOutput', name, width, isBool, labels, drive: [], register: undefined, attributes: NO_ATTRIBUTES, at: instance.at };
}

function fresh(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i += 1) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}
