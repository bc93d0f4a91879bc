/**
 * A second simulator, as plain as can be: walks the IR with the reference semantics of `evaluate.ts`, statement by
 * statement. Shares nothing with the engine. For small designs: it recurses and computes with big integers.
 */
import type { Design, Instance, Memory, MemoryRead, Module } from '@vtoe/hdl/internal/ir/design';
import { evaluate } from '@vtoe/hdl/internal/ir/evaluate';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import type { Net, Statement } from '@vtoe/hdl/internal/ir/net';
import { startValue } from '@vtoe/hdl/internal/ir/random-start';

interface Collision {
  readonly address: bigint;
  readonly cycle: number;
  readonly written: bigint;
}

export class Unit {
  readonly path: string;
  readonly module: Module;
  readonly parent: Unit | undefined;
  readonly instance: Instance | undefined;
  readonly children = new Map<Instance, Unit>();
  readonly registers = new Map<Net, bigint>();
  readonly memories = new Map<Memory, bigint[]>();
  /** Data of synchronous reads, and the register before it where there is an output register. */
  readonly data = new Map<MemoryRead, bigint>();
  readonly stage = new Map<MemoryRead, bigint>();
  readonly collisions = new Map<MemoryRead, Collision>();
  readonly stageCollisions = new Map<MemoryRead, Collision>();

  constructor(module: Module, path: string, parent: Unit | undefined, instance: Instance | undefined, seed: number) {
    this.path = path;
    this.module = module;
    this.parent = parent;
    this.instance = instance;
    const random = (leaf: string, width: number, index = 0): bigint => startValue(seed, `${module.name}.${leaf}`, index, width);
    for (const net of module.registers) this.registers.set(net, net.register!.reset ?? random(net.name, net.width));
    for (const memory of module.memories) {
      this.memories.set(memory, Array.from({ length: memory.depth }, (_, i) => memory.init?.[i] ?? random(memory.name, memory.width, i)));
      for (const read of memory.reads) {
        if (read.kind === 'asynchronous') continue;
        this.data.set(read, random(read.data.name, memory.width));
        if (read.outputRegister) this.stage.set(read, random(`${read.data.name}_stage`, memory.width));
      }
    }
    for (const child of module.instances) {
      this.children.set(child, new Unit(child.module, path === '' ? child.name : `${path}.${child.name}`, this, child, seed));
    }
  }

  *all(): Iterable<Unit> {
    yield this;
    for (const child of this.children.values()) yield* child.all();
  }
}

/** What the edge would change, and what is visible. */
interface Outcome {
  readonly outputs: Map<string, bigint>;
  readonly failed: string | undefined;
  readonly registers: Map<Unit, Map<Net, bigint>>;
  readonly data: Map<Unit, Map<MemoryRead, bigint>>;
  readonly stage: Map<Unit, Map<MemoryRead, bigint>>;
  readonly writes: Map<Unit, Map<Memory, { address: bigint; data: bigint; mask: bigint }>>;
  readonly reads: Map<Unit, Map<MemoryRead, bigint>>;
}

export class Reference {
  readonly top: Unit;
  readonly inputs = new Map<string, bigint>([['rst', 0n]]);
  cycle = 0;
  failure: string | undefined;
  sampled = new Map<string, bigint>();

  constructor(design: Design, seed = 1) {
    this.top = new Unit(design.top, '', undefined, undefined, seed);
    for (const port of design.top.ports) if (port.kind === 'input') this.inputs.set(port.name, 0n);
  }

  get units(): Unit[] {
    return [...this.top.all()];
  }

  /** Values of all nets in this moment. */
  now(): (unit: Unit, net: Net) => bigint {
    const memo = new Map<Unit, Map<Net, bigint>>(this.units.map((unit) => [unit, new Map()]));
    const value = (unit: Unit, net: Net): bigint => {
      const known = memo.get(unit)!.get(net);
      if (known !== undefined) return known;
      const made = compute(unit, net);
      memo.get(unit)!.set(net, made);
      return made;
    };
    const compute = (unit: Unit, net: Net): bigint => {
      const { module } = unit;
      switch (net.kind) {
        case 'reg': return unit.registers.get(net)!;
        case 'input': {
          if (unit.parent === undefined) return this.inputs.get(net.name)!;
          return value(unit.parent, unit.instance!.nets[unit.instance!.module.ports.indexOf(net)]!);
        }
        case 'instanceOutput': {
          const owner = module.instances.find((one) => one.nets.includes(net))!;
          return value(unit.children.get(owner)!, owner.module.ports[owner.nets.indexOf(net)]!);
        }
        case 'memoryRead': {
          const memory = module.memories.find((one) => one.reads.some((read) => read.data === net))!;
          const read = memory.reads.find((one) => one.data === net)!;
          if (read.kind === 'synchronous') return unit.data.get(read)!;
          return word(unit, memory, at(unit, read.address, value));
        }
        default: {
          const values = new Map<Net, bigint>();
          execute(net.drive, values, (expression) => at(unit, expression, value));
          return values.get(net)!;
        }
      }
    };
    return value;
  }

  expression(unit: Unit, expression: Expression): bigint {
    return at(unit, expression, this.now());
  }

  outputs(): Map<string, bigint> {
    const value = this.now();
    return new Map(this.top.module.ports.filter((net) => net.kind === 'output').map((net) => [net.name, value(this.top, net)]));
  }

  /** One cycle; false if it stopped before the edge. */
  step(): boolean {
    const outcome = this.#evaluate();
    this.sampled = outcome.outputs;
    this.failure = outcome.failed ?? (this.inputs.get('rst') === 1n ? undefined : this.#usedCollision(outcome));
    if (this.failure !== undefined) return false;
    this.#commit(outcome);
    this.cycle += 1;
    return true;
  }

  #evaluate(): Outcome {
    const value = this.now();
    const reset = this.inputs.get('rst') === 1n;
    const outcome: Outcome = { outputs: this.outputs(), failed: this.#failedAssertion(value, reset), registers: new Map(), data: new Map(), stage: new Map(), writes: new Map(), reads: new Map() };
    for (const unit of this.units) {
      const of = (expression: Expression): bigint => at(unit, expression, value);
      const registers = new Map(unit.registers);
      execute(unit.module.clocked, registers, of);
      for (const net of registers.keys()) if (reset && net.register!.reset !== undefined) registers.set(net, net.register!.reset);
      outcome.registers.set(unit, registers);
      const data = new Map(unit.data);
      const stage = new Map(unit.stage);
      const writes = new Map<Memory, { address: bigint; data: bigint; mask: bigint }>();
      const reads = new Map<MemoryRead, bigint>();
      for (const memory of unit.module.memories) {
        for (const read of memory.reads) {
          if (read.kind === 'asynchronous') continue;
          if (read.outputRegister) data.set(read, unit.stage.get(read)!);
          if (read.enable !== undefined && of(read.enable) === 0n) continue;
          const address = of(read.address);
          reads.set(read, address);
          (read.outputRegister ? stage : data).set(read, word(unit, memory, address));
        }
        const { write } = memory;
        if (write === undefined || (write.enable !== undefined && of(write.enable) === 0n)) continue;
        const address = of(write.address);
        if (address >= BigInt(memory.depth)) continue;
        writes.set(memory, { address, data: of(write.data), mask: write.mask === undefined ? ones(memory.width) : laneMask(of(write.mask), write.lanes) });
      }
      outcome.data.set(unit, data);
      outcome.stage.set(unit, stage);
      outcome.writes.set(unit, writes);
      outcome.reads.set(unit, reads);
    }
    return outcome;
  }

  #failedAssertion(value: (unit: Unit, net: Net) => bigint, reset: boolean): string | undefined {
    if (reset) return undefined;
    for (const unit of this.units) {
      for (const one of unit.module.assertions) {
        if (one.kind === 'cover' || (one.enable !== undefined && at(unit, one.enable, value) === 0n)) continue;
        if (at(unit, one.condition, value) === 0n) return one.message;
      }
    }
    return undefined;
  }

  #usedCollision(expected: Outcome): string | undefined {
    for (const unit of this.units) {
      for (const read of unit.module.memories.flatMap((memory) => memory.reads)) {
        const collision = unit.collisions.get(read);
        if (collision === undefined) continue;
        const { address, cycle, written } = collision;
        const truth = unit.data.get(read)!;
        unit.data.set(read, truth ^ written);
        const other = this.#evaluate();
        unit.data.set(read, truth);
        const memory = unit.module.memories.find((one) => one.reads.includes(read))!;
        if (text(expected, unit, read) !== text(other, unit, read)) {
          return `read of ${memory.name} port ${read.name} collided with the write of ${address} in cycle ${cycle} and its data was used`;
        }
      }
    }
    return undefined;
  }

  #commit(outcome: Outcome): void {
    for (const unit of this.units) {
      for (const [net, next] of outcome.registers.get(unit)!) unit.registers.set(net, next);
      for (const [read, next] of outcome.data.get(unit)!) unit.data.set(read, next);
      for (const [read, next] of outcome.stage.get(unit)!) unit.stage.set(read, next);
      for (const memory of unit.module.memories) {
        const write = outcome.writes.get(unit)!.get(memory);
        if (memory.collision === 'asserted') this.#note(unit, memory, outcome);
        if (write === undefined) continue;
        const words = unit.memories.get(memory)!;
        const old = words[Number(write.address)]!;
        words[Number(write.address)] = (old & ~write.mask) | (write.data & write.mask);
      }
    }
  }

  #note(unit: Unit, memory: Memory, outcome: Outcome): void {
    const write = outcome.writes.get(unit)!.get(memory);
    for (const read of memory.reads) {
      if (read.kind === 'asynchronous') continue;
      const first = read.outputRegister ? unit.stageCollisions : unit.collisions;
      if (read.outputRegister) {
        const moved = unit.stageCollisions.get(read);
        if (moved === undefined) unit.collisions.delete(read);
        else unit.collisions.set(read, moved);
      }
      const address = outcome.reads.get(unit)!.get(read);
      if (address === undefined) continue;
      if (write !== undefined && write.address === address && write.mask !== 0n) first.set(read, { address, cycle: this.cycle, written: write.mask });
      else first.delete(read);
    }
  }
}

function at(unit: Unit, expression: Expression, value: (unit: Unit, net: Net) => bigint): bigint {
  return evaluate(expression, (net) => value(unit, net));
}

function execute(statements: readonly Statement[], values: Map<Net, bigint>, of: (expression: Expression) => bigint): void {
  for (const statement of statements) {
    if (statement.kind === 'assign') values.set(statement.target, of(statement.value));
    else if (statement.kind === 'if') execute(of(statement.condition) !== 0n ? statement.then : statement.otherwise, values, of);
    else {
      const subject = of(statement.subject);
      const arm = statement.arms.find(({ values: labels }) => labels.includes(subject)) ?? statement.arms[statement.defaultArm];
      if (arm !== undefined) execute(arm.body, values, of);
    }
  }
}

function word(unit: Unit, memory: Memory, address: bigint): bigint {
  return address < BigInt(memory.depth) ? unit.memories.get(memory)![Number(address)]! : 0n;
}

const ones = (width: number): bigint => (1n << BigInt(width)) - 1n;

function laneMask(mask: bigint, lanes: readonly { lo: number; width: number }[]): bigint {
  return lanes.reduce((all, { lo, width }, i) => ((mask >> BigInt(i)) & 1n ? all | (ones(width) << BigInt(lo)) : all), 0n);
}

/** Everything that must not depend on a colliding word, as text. */
function text(outcome: Outcome, own: Unit, port: MemoryRead): string {
  const lines = [...outcome.outputs].map(([name, value]) => `${name} ${value}`);
  for (const [unit, registers] of outcome.registers) for (const [net, value] of registers) if (!net.register!.verificationOnly) lines.push(`${unit.path} ${net.name} ${value}`);
  for (const [unit, data] of outcome.data) for (const [read, value] of data) if (unit !== own || read !== port) lines.push(`${unit.path} ${read.name} ${value}`);
  for (const [unit, stage] of outcome.stage) for (const [read, value] of stage) lines.push(`${unit.path} ${read.name} stage ${value}`);
  for (const [unit, writes] of outcome.writes) for (const [memory, { address, data, mask }] of writes) lines.push(`${unit.path} ${memory.name} ${address} ${data & mask} ${mask}`);
  return lines.join('\n');
}
