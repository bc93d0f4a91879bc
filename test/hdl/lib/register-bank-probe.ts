/** Puts a value into one field of a simulated bank from one side, and looks what the other side has. */
import type { Simulation } from '@vtoe/hdl';
import type { example } from './register-bank-example.ts';

export interface Probe {
  readonly ports: Record<string, unknown>;
  readonly register: (typeof example.layout.sections)[number]['registers'][number];
  readonly field: Probe['register']['fields'][number];
  readonly element: number | undefined;
  readonly value: bigint;
  readonly mask: bigint;
  readonly shift: bigint;
  readonly address: number;
  readonly sim: Simulation;
  read(address: number): { readonly data: bigint };
  write(address: number, data: bigint): unknown;
}

/** Puts `value` into a field from the side that can, and returns what the other side has. */
export function probe(p: Probe): bigint {
  const { register, field: one, value, mask, shift, address } = p;
  const wide = register.words === 2;
  const read = (): bigint => ((p.read(address).data | (wide ? p.read(address + 4).data << 32n : 0n)) & mask) >> shift;
  const write = (): void => {
    p.write(address, (value << shift) & 0xffff_ffffn);
    if (wide) p.write(address + 4, (value << shift) >> 32n);
  };
  const mixedPort = register.data.kind === 'mixed';
  const holder = (mixedPort ? p.ports[register.name] : p.ports) as Record<string, unknown>;
  const key = mixedPort ? one.access : register.name;
  const host = (bits: bigint): unknown => (one.shape.kind === 'bool' ? bits !== 0n : one.shape.kind === 'enum' ? one.shape.labels[Number(bits)] : bits);
  const bits = (shown: unknown): bigint => (typeof shown === 'string' && one.shape.kind === 'enum' ? BigInt(one.shape.labels.indexOf(shown)) : BigInt(shown as bigint));
  /** The place of the field in a port's value, to be read and driven. */
  const place = (container: Record<string, unknown>, name: string): { get(): unknown; set(to: unknown): void } => {
    const step = (inner: Record<string, unknown>, at: string): Record<string, unknown> => inner[at] as Record<string, unknown>;
    const path = [name, ...(p.element === undefined ? [] : [String(p.element)]), ...(register.named ? [one.name] : [])];
    return { get: () => path.reduce<unknown>((inner, at) => (inner as Record<string, unknown>)[at], container), set: (to) => { path.slice(0, -1).reduce(step, container)[path.at(-1)!] = to; } };
  };
  const indexed = (register.data.kind === 'register' || register.data.kind === 'counter') && register.data.indexed;
  if (register.data.kind === 'counter') {
    if (indexed) {
      const events = holder[key] as { valid: boolean; payload: unknown };
      events.payload = { index: p.element, by: value & 0xfffn };
      events.valid = true;
      p.sim.step();
      events.valid = false;
      p.sim.step(2);
      return read() === (value & 0xfffn) ? value : -1n;
    }
    const by = register.data.by.kind === 'bool' ? true : value & 0xfffn;
    const input = place(holder, key);
    input.set(by);
    p.sim.step();
    input.set(register.data.by.kind === 'bool' ? false : 0n);
    p.sim.step();
    return read() === BigInt(by) ? value : -1n;
  }
  switch (one.access) {
    case 'constant': return read();
    case 'ro': {
      if (indexed) {
        (holder[key] as Record<string, unknown>)['value'] = register.named ? { [one.name]: host(value) } : host(value);
      } else place(holder, key).set(host(value));
      return read();
    }
    case 'rw': {
      write();
      if (!indexed) return bits(place(holder, key).get());
      const lookup = holder[key] as { index: number; value: Record<string, unknown> };
      lookup.index = p.element!;
      p.sim.step(2);
      return bits(register.named ? lookup.value[one.name] : lookup.value);
    }
    case 'w1s':
      write();
      return bits(place(holder[key] as Record<string, unknown>, 'value').get());
    case 'w1c': {
      const input = place(holder[key] as Record<string, unknown>, 'set');
      input.set(host(value));
      p.sim.step();
      input.set(host(0n));
      p.sim.step();
      return read();
    }
    case 'pulse': {
      const port = p.sim.sampled as never as { regs: Record<string, Record<string, unknown>> };
      let seen = -1n;
      p.sim.start((function* () {
        for (let i = 0; i < 10; i++) {
          yield;
          const shown = (p.element === undefined ? port.regs[register.name]! : (port.regs['page'] as Record<string, Record<string, unknown>>)[register.name]!) as unknown as Record<string, { valid: boolean; payload: unknown }> & { valid: boolean; payload: unknown };
          const { valid, payload } = mixedPort ? shown['pulse']! : shown;
          if (!valid) continue;
          const content = (p.element === undefined ? payload : (payload as { index: bigint; value: unknown }).value) as Record<string, unknown>;
          seen = bits(register.named ? content[one.name] : content);
        }
      })());
      write();
      p.sim.step(10);
      return seen;
    }
  }
}
