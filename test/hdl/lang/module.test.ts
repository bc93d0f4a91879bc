/** Modules: when bodies run, and what surrounds them. */
import { Bool, elaborate, In, inst, module, Out, type Port, UInt, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { elaborated } from './support/ir.ts';

describe('a module', () => {
  test('has the attributes it was given', () => {
    const { top } = elaborate(module('m', {}, {}, () => {}, { attributes: { keep_hierarchy: 'yes', dont_touch: true, max_fanout: 16 } }));
    expect([...top.attributes]).toEqual([['keep_hierarchy', 'yes'], ['dont_touch', 'true'], ['max_fanout', '16']]);
  });

  test('does not change when the record of its ports does', () => {
    const ports: { [name: string]: Port } = { a: In(Bool) };
    const part = module('m', {}, ports, () => {});
    ports['b'] = In(Bool);
    expect(elaborate(part).top.ports.map(({ name }) => name)).toEqual(['a']);
  });

  test('may be described, and instantiated, in the body of another', () => {
    const { modules } = elaborate(module('outer', {}, { y: Out(UInt(8)) }, (io) => {
      const inner = inst(module('inner', {}, { y: Out(UInt(8)) }, (own) => { own.y.set(3); }));
      io.y.set(inner.y.add(1));
      return { inner };
    }));
    expect(modules.map(({ name }) => name)).toEqual(['inner', 'outer']);
  });

  test('knows its own nets only, though another body ran in between', () => {
    const subject = elaborated({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      const first = wire(UInt(8));
      const unit = inst(module('inner', {}, {}, () => { wire(Bool).set(true); }));
      const after = wire(UInt(8));
      first.set(io.x);
      after.set(first);
      io.y.set(after);
      return { first, unit, after };
    });
    expect(subject.wires.map(({ name }) => name)).toEqual(['first', 'after']);
  });

  test('without ports and body is one too', () => {
    expect(elaborate(module('empty', {}, {}, () => {})).top).toMatchObject({ name: 'empty', ports: [], wires: [], registers: [], clocked: [], memories: [], instances: [], assertions: [], probes: [] });
  });
});
