/** The elaborated form of small modules, to look at. */
import { elaborate, type InnerPorts, type Module, module, type Names, type PortRecord } from '@vtoe/hdl';
import { printModule } from '@vtoe/hdl/internal/ir/print';

/** Elaborates a module of the given ports and body. */
export function elaborated<const P extends PortRecord>(ports: P, body: (io: InnerPorts<P>) => Names): Module {
  return elaborate(module('subject', {}, ports, body)).top;
}

/** It as text, without the last line (attributes of the module, which most tests have none of). */
export function irOf<const P extends PortRecord>(ports: P, body: (io: InnerPorts<P>) => Names): string {
  return printModule(elaborated(ports, body)).slice(0, -1).join('\n');
}

/** Names of everything in a module but its ports, in the order of declaration. */
export function namesIn(subject: Module): { registers: string[]; wires: string[]; memories: string[]; instances: string[]; values: string[] } {
  return {
    registers: subject.registers.map(({ name }) => name),
    wires: subject.wires.map(({ name }) => name),
    memories: subject.memories.map(({ name }) => name),
    instances: subject.instances.map(({ name }) => name),
    values: subject.named.map(({ name }) => name!),
  };
}
