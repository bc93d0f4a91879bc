import { Bool, elaborate, Enum, inst, match, module, scope, UInt, when, wire, type WhenChain } from '@vtoe/hdl';
import { wrong } from '../../lang/support/untyped.ts';
import { inBody } from './body.ts';
import { mistake } from './mistake.ts';

const nothing = () => {};

export const control = [
  mistake('when-ended', 'otherwise: this when has an elsewhen or otherwise already; chain them', (here) => inBody((io) => {
    const chain = when(io.on, nothing);
    chain.elsewhen(io.x.eq(3), nothing);
    here(); chain.otherwise(nothing);
  })),
  mistake('when-ended', 'elsewhen: this when has an elsewhen or otherwise already; chain them', (here) => inBody((io) => {
    const chain = when(io.on, nothing);
    chain.otherwise(nothing);
    here(); chain.elsewhen(io.on, nothing);
  })),
  mistake('when-elsewhere', 'otherwise: its when stands in another body; chain them where it stands', (here) => inBody((io) => {
    const chains: WhenChain[] = [];
    when(io.on, () => { chains.push(when(io.x.eq(1), nothing)); });
    here(); chains[0]!.otherwise(nothing);
  })),
  mistake('when-elsewhere', 'elsewhen: its when stands in another body; chain them where it stands', (here) => inBody((io) => {
    const chain = when(io.on, nothing);
    inst(module('inner', {}, {}, () => { here(); chain.elsewhen(io.on, nothing); }));
  })),
  mistake('async-body', 'when: the body must be a plain function, neither async nor a generator, since hardware is described in one go', (here) => inBody((io) => {
    here(); when(io.on, async () => { await Promise.reject(new Error('is not heard of')); });
  })),
  mistake('async-body', 'otherwise: the body must be a plain function, neither async nor a generator, since hardware is described in one go', (here) => inBody((io) => {
    here(); when(io.on, nothing).otherwise(wrong(function* body() { yield 1; }));
  })),
  mistake('async-body', 'match: the body must be a plain function, neither async nor a generator, since hardware is described in one go', (here) => inBody((io) => {
    here(); match(io.x, { 1: async () => {} });
  })),
  mistake('async-body', 'scope: the body must be a plain function, neither async nor a generator, since hardware is described in one go', (here) => inBody(() => { here(); scope('late', async () => {}); })),
  mistake('async-body', 'module: the body must be a plain function, neither async nor a generator, since hardware is described in one go', (here) => {
    const late = module('late', {}, {}, wrong(async () => {}));
    here(); elaborate(late);
  }),
  mistake('match-missing', 'match on enum State lacks an arm for Run, Drain; add it, or otherwise', (here) => inBody((io) => { here(); match(io.state, wrong<{ otherwise: () => void }>({ Idle: nothing })); })),
  mistake('match-otherwise', 'match on enum State: otherwise is never taken, every value has an arm', (here) => inBody((io) => { here(); match(io.state, { Idle: nothing, Run: nothing, Drain: nothing, otherwise: nothing }); })),
  mistake('match-otherwise', 'match on UInt(1): otherwise is never taken, every value has an arm', (here) => inBody((io) => { here(); match(io.x.trunc(1), { 0: nothing, 1: nothing, otherwise: nothing }); })),
  mistake('match-twice', 'match: value 3 has two arms', (here) => inBody((io) => { here(); match(io.x, [[[1, 3], nothing], [3n, nothing]]); })),
  mistake('match-key', 'match on a UInt needs whole numbers as keys, not "Idle"', (here) => inBody((io) => { here(); match(io.x, wrong<{ 1: () => void }>({ Idle: nothing })); })),
  mistake('match-key', 'match on a UInt needs whole numbers as keys, not "1e+21"', (here) => inBody((io) => { here(); match(io.x, { 1e21: nothing }); })),
  mistake('enum-no-label', 'match: enum State has no label "Runn"; it has Idle, Run, Drain', (here) => inBody((io) => { here(); match(io.state, wrong<{ otherwise: () => void }>({ Runn: nothing, otherwise: nothing })); })),
  mistake('latch', 'wire w is not driven when the condition does not hold: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(UInt(8));
    here(); when(io.on, () => { w.set(1); });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when the condition holds: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(Bool);
    here(); when(io.on, nothing).otherwise(() => { w.set(true); });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when the value is Run: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(Bool);
    here(); match(io.state, { Idle: () => { w.set(true); }, Run: nothing, Drain: () => { w.set(true); } });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when the value is 2 or 3: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(Bool);
    here(); match(io.x, [[1, () => { w.set(true); }], [[2, 3], nothing]], () => { w.set(true); });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when no arm matches: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(Bool);
    here(); match(io.x, { 1: () => { w.set(true); } });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when no arm matches: give it a value on every path, for instance a default before', (here) => inBody((io) => {
    const w = wire(Bool);
    here(); match(io.x, { 1: () => { w.set(true); }, otherwise: nothing });
    return { w };
  })),
  mistake('latch', 'wire w is not driven when the value is B or C: give it a value on every path, for instance a default before', (here) => inBody(() => {
    const [w, e] = [wire(Bool), wire(Enum('E', ['A', 'B', 'C', 'D']))];
    e.set('A');
    here(); match(e, { A: () => { w.set(true); }, D: () => { w.set(false); }, otherwise: nothing });
    return { w, e };
  })),
];
