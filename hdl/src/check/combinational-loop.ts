/**
 * No combinational loop, also none that runs through instances: followed leaf by leaf, so that a `ready` may depend on
 * the `valid` of the same stream and two streams may cross in one module.
 *
 * Each module is summed up once as "output depends on inputs", so the cost is that of the module, not of its instances.
 */
import type { Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { expressionsOf } from '../ir/traverse.ts';
import { failAt } from './error.ts';

type Node = Net | Expression;

/** For each output leaf the input leaves that it depends on in the same cycle, as indices into the port list. */
type Summary = ReadonlyMap<Net, readonly number[]>;

const summaries = new WeakMap<Module, Summary>();

/** @throws the loop, as the names of the nets along it */
export function checkCombinationalLoops(module: Module): void {
  summaries.set(module, summarise(module));
}

function summaryOf(module: Module): Summary {
  let summary = summaries.get(module);
  if (summary === undefined) summaries.set(module, (summary = summarise(module)));
  return summary;
}

function summarise(module: Module): Summary {
  const body = module.external === undefined ? module : module.external.model;
  if (body === undefined) return externalSummary(module);
  if (body !== module) return matchPorts(module, body, summaryOf(body));
  const predecessors = graph(module);
  const reach = reachability(module, predecessors);
  return new Map(module.ports.filter((net) => net.kind === 'output').map((net) => [net, onesOf(reach.get(net) ?? 0n)]));
}

/** Nothing is known of foreign Verilog: its outputs are taken as registered, and its vendor's documents say otherwise. */
function externalSummary(module: Module): Summary {
  return new Map(module.ports.filter((net) => net.kind === 'output').map((net) => [net, []]));
}

/** Positions of the ones, lowest first. */
function onesOf(bits: bigint): number[] {
  const digits = bits.toString(2);
  return Array.from(digits, (digit, i) => (digit === '1' ? digits.length - 1 - i : -1)).filter((position) => position >= 0).reverse();
}

function matchPorts(module: Module, model: Module, summary: Summary): Summary {
  return new Map(module.ports.flatMap((net, i) => (net.kind === 'output' ? [[net, summary.get(model.ports[i]!)!] as const] : [])));
}

/** What a net follows in the same cycle. */
function graph(module: Module): Map<Net, readonly Node[]> {
  const edges = new Map<Net, readonly Node[]>();
  for (const net of [...module.ports, ...module.wires]) edges.set(net, net.kind === 'input' ? [] : expressionsOf(net.drive));
  for (const { reads } of module.memories) {
    for (const port of reads) edges.set(port.data, port.kind === 'asynchronous' ? [port.address] : []);
  }
  for (const instance of module.instances) {
    const summary = summaryOf(instance.module);
    instance.module.ports.forEach((port, i) => {
      const net = instance.nets[i]!;
      if (port.kind === 'input') edges.set(net, expressionsOf(net.drive));
      else edges.set(net, summary.get(port)!.map((k) => instance.nets[k]!));
    });
  }
  return edges;
}

/** Depth first with an explicit stack (chains may be long); a node met while it is open closes a loop. */
function reachability(module: Module, edges: Map<Net, readonly Node[]>): Map<Node, bigint> {
  const done = new Map<Node, bigint>();
  const open = new Set<Node>();
  const inputBit = new Map(module.ports.map((net, i) => [net, net.kind === 'input' ? 1n << BigInt(i) : 0n]));
  const successors = (node: Node): readonly Node[] => ('kind' in node ? edges.get(node) ?? [] : node.op === 'net' ? [node.net] : node.args);

  for (const root of edges.keys()) {
    if (done.has(root)) continue;
    const stack: { readonly node: Node; readonly next: readonly Node[]; index: number; reach: bigint }[] = [];
    const enter = (node: Node) => {
      open.add(node);
      stack.push({ node, next: successors(node), index: 0, reach: ('kind' in node ? inputBit.get(node) : undefined) ?? 0n });
    };
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const next = top.next[top.index];
      if (next === undefined) {
        stack.pop();
        open.delete(top.node);
        done.set(top.node, top.reach);
        const parent = stack[stack.length - 1];
        if (parent !== undefined) parent.reach |= top.reach;
        continue;
      }
      top.index += 1;
      const known = done.get(next);
      if (known !== undefined) top.reach |= known;
      else if (open.has(next)) reportLoop(module, stack.map(({ node }) => node), next);
      else enter(next);
    }
  }
  return done;
}

function reportLoop(module: Module, path: readonly Node[], closing: Node): never {
  const loop = path.slice(path.indexOf(closing)).filter((node): node is Net => 'kind' in node);
  // The walk goes against the flow of data: reversed, the arrows point from cause to effect.
  const [first, ...rest] = loop;
  const nets = [first!, ...rest.reverse()];
  const names = [...nets.map((net) => net.name), nets[0]!.name];
  return failAt(nets[0]!.at, 'combinational-loop', module.name, names.join(' -> '));
}
