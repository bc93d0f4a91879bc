/** Puts an instance into a module: its inputs get values, its outputs lead to outputs. */
import { Bool } from '@vtoe/hdl';
import { type Expr, type ModuleSpec, type PortSpec, ref } from '../spec.ts';
import { type ModuleWriter, type Placement, plainly } from './writer.ts';

export interface InstancePorts {
  readonly name: string;
  port(name: string): Expr;
}

/** Declares the instance and drives all inputs; then all outputs are readable and observed. */
export function instantiate(writer: ModuleWriter, child: ModuleSpec, place: Placement = plainly): InstancePorts {
  const { random } = writer;
  const inputs = child.ports.filter((port) => port.protocol === 'plain' && port.direction === 'in');
  const values = new Map<PortSpec, Expr>();
  for (const [i, port] of inputs.entries()) if (!values.has(port)) driveInput(writer, inputs, i, values);
  const inRecord = inputs.filter(() => place === plainly ? random.chance(0.7) : random.chance(0.4));
  const name = declare(writer, child, inRecord.map((port) => ({ port: port.name, value: values.get(port)! })));
  for (const port of inputs) if (!inRecord.includes(port)) place(writer, ref(`${name}.${port.name}`, port.shape), values.get(port)!, 'set');
  for (const port of child.ports) if (port.protocol === 'stream') driveStream(writer, name, port, place);
  for (const port of child.ports) {
    if (port.protocol === 'stream') observeStream(writer, name, port);
    else if (port.direction === 'out') expose(writer, ref(`${name}.${port.name}`, port.shape));
  }
  return { name, port: (port) => ref(`${name}.${port}`, inputs.find((other) => other.name === port)?.shape ?? child.ports.find((other) => other.name === port)!.shape) };
}

export function declare(writer: ModuleWriter, child: ModuleSpec, inputs: readonly { port: string; value: Expr }[] = []): string {
  const name = writer.fresh('u');
  writer.emit({ kind: 'inst', name, module: child.name, inputs });
  return name;
}

/** Readable from now on, and observed. */
export function expose(writer: ModuleWriter, value: Expr): void {
  writer.readables.add(value);
  writer.observe(value);
}

/** Inputs `x<k>` and `y<k>` of a child get a pair of the parent's, so that near-equal values stay so on their way down. */
function driveInput(writer: ModuleWriter, inputs: readonly PortSpec[], at: number, values: Map<PortSpec, Expr>): void {
  const port = inputs[at]!;
  const twin = port.name.startsWith('x') ? inputs.find((other) => other.name === `y${port.name.slice(1)}`) : undefined;
  if (twin !== undefined) {
    const [a, b] = writer.maker(1).pair(port.shape.width);
    values.set(port, a).set(twin, b);
  } else values.set(port, writer.maker(writer.random.below(2)).value(port.shape));
}

export function driveStream(writer: ModuleWriter, instance: string, port: PortSpec, place: Placement): void {
  const path = `${instance}.${port.name}`;
  if (port.direction === 'in') {
    place(writer, ref(`${path}.valid`, Bool), writer.maker(1).bool(), 'set');
    place(writer, ref(`${path}.payload`, port.shape), writer.maker(1).value(port.shape), 'set');
  } else place(writer, ref(`${path}.ready`, Bool), writer.maker(1).bool(), 'set');
}

export function observeStream(writer: ModuleWriter, instance: string, port: PortSpec): void {
  const path = `${instance}.${port.name}`;
  if (port.direction === 'out') {
    expose(writer, ref(`${path}.valid`, Bool));
    expose(writer, ref(`${path}.payload`, port.shape));
  } else expose(writer, ref(`${path}.ready`, Bool));
  if (writer.random.chance(0.5)) expose(writer, ref(`${path}.fire`, Bool));
}
