/** The RTL of a bank. */
import { type Bool, Bundle, In, type InPort, module, type ModuleDefinition, mux, Out, type OutPort, UInt, type UIntShape, Valid, type ValidShape, type ValidSource, when } from '../../index.ts';
import { AxiLite, type AxiLiteShape } from '../axi-lite.ts';
import type { Bank } from './bank.ts';
import { type ReadAccess, readAccess, writeAccess } from './bus.ts';
import type { Cell, CellContext } from './cell.ts';
import { indexedCounter, replicatedCounter } from './counters.ts';
import type { Items } from './data.ts';
import { decode, eachWord, inSection, type Place } from './decode.ts';
import { highWord, keepsHighWords } from './high-word.ts';
import { askedRegister, indexedRegister } from './indexed.ts';
import { type FaultShape, judge, RegisterFault } from './judge.ts';
import type { Section } from './layout.ts';
import { hardwareSide, type HardwareSide } from './ports.ts';
import { replicatedRegister } from './replicated.ts';

export type BankPorts<R extends Items> = {
  /** The bus: leaves `s_axil_awaddr`, … */
  readonly axil: InPort<AxiLiteShape>;
  /** The hardware side, register by register. */
  readonly regs: OutPort<HardwareSide<R>>;
  /** One cycle for each access that was refused, whatever its answer. */
  readonly readFault: OutPort<ValidShape<FaultShape>>;
  readonly writeFault: OutPort<ValidShape<FaultShape>>;
};

/**
 * The bank behind an AXI4-Lite slave port of 32 bits (`s_axil_`), named `<name>_registers`.
 *
 * A write takes effect one cycle after address and data were both taken, and hardware sees it in the next. A read is
 * answered two cycles after its address, three if a group with a count has 64-bit or indexed registers.
 */
export function registerBank<const R extends Items>(bank: Bank<R>): ModuleDefinition<BankPorts<R>> {
  const { layout, answers } = bank;
  const fault = Valid(Bundle(`RegisterFault_a${layout.addressWidth}`, { address: UInt(layout.addressWidth), cause: RegisterFault }));
  const ports: BankPorts<R> = {
    axil: In(AxiLite(layout.addressWidth, 32), { prefix: 's_axil_' }),
    regs: Out(hardwareSide(bank)),
    readFault: Out(fault),
    writeFault: Out(fault),
  };
  return module(`${bank.name}_registers`, {}, ports, (io) => {
    const { names: writeNames, ...write } = writeAccess(io.axil);
    const { names: readNames, ...read } = readAccess(io.axil, needsMemories(bank));
    const writeTo = decode(write.address, layout), readFrom = decode(read.address, layout);
    const sections = layout.sections.map((section, i) => {
      const [to, from] = [writeTo.places[i]!, readFrom.places[i]!];
      const members = (section.name === '' ? io.regs : (io.regs as Record<string, unknown>)[section.name]) as Record<string, unknown>;
      const hot = hotElements(section, to, from, members['reset']);
      const cells = new Map(section.registers.map((register) => [register.name, cellOf({
        prefix: [bank.name, section.name].filter((name) => name !== '').join('_'), section, register, port: members[register.name],
        written: { index: to.index, data: write.data, strobes: write.strobes }, readIndex: from.index, ...hot,
      })]));
      return { section, to, from, hot, cells, members };
    });

    const writeJudged = judge(write, writeTo, answers, io.writeFault, true);
    when(write.fire.and(writeTo.aligned), () => {
      for (const { to, cells } of sections) {
        inSection(to, () => eachWord(to, ({ name }, high) => {
          const cell = cells.get(name)!;
          return cell.write && (() => cell.write!({ index: to.index, high, data: write.data, strobes: write.strobes }));
        }));
      }
    });

    const readJudged = judge(read, readFrom, answers, io.readFault, false);
    read.data.set(0);
    const kept = sections.map(({ from, cells }) => readSection(from, cells, read, readFrom.aligned));

    for (const { section, cells, members } of sections) {
      if (section.resettable) restart(section.count, cells, members['reset']);
    }
    const state: Record<string, unknown> = {}, shared: Record<string, unknown> = {};
    for (const [i, { section, hot, cells }] of sections.entries()) {
      const names = Object.fromEntries([...cells].map(([name, cell]) => [name, cell.names]));
      if (section.name === '') Object.assign(state, names);
      else state[section.name] = names;
      shared[section.name === '' ? 'bank' : section.name] = { ...hot, ...kept[i] };
    }
    return {
      write: { ...writeNames, ...writeJudged, ...named(sections.map(({ to }) => to)) },
      read: { ...readNames, ...readJudged, ...named(sections.map(({ from }) => from)) },
      state, shared,
    };
  });
}

/** Drives the value that is read from one section; returns what it keeps. */
function readSection(place: Place, cells: ReadonlyMap<string, Cell>, read: ReadAccess, aligned: Bool): object {
  const { section, index } = place;
  const keeps = [...cells.values()].some((cell) => cell.keepsHigh === true);
  const high = keeps ? highWord(section.count, index, read) : undefined;
  when(aligned, () => inSection(place, () => eachWord(place, ({ name, words }, second) => {
    const { value, keepsHigh } = cells.get(name)!;
    if (value === undefined) return undefined;
    if (words === 1) return () => read.data.set(value(index));
    if (keepsHigh !== true) return () => read.data.set(second ? value(index).bits(63, 32) : value(index).trunc(32));
    if (second) return () => read.data.set(high!.kept);
    return () => {
      const now = value(index);
      read.data.set(now.trunc(32));
      high!.keep(now);
    };
  })));
  if (read.issue !== undefined) {
    when(read.issue.and(aligned), () => inSection(place, () => eachWord(place, ({ name }, second) => {
      const { issue, keepsHigh } = cells.get(name)!;
      return second && keepsHigh === true ? high!.issue : issue;
    })));
  }
  return high === undefined ? {} : { high: high.names };
}

function restart(count: number | undefined, cells: ReadonlyMap<string, Cell>, port: unknown): void {
  const all = (index: UInt | undefined) => () => { for (const cell of cells.values()) cell.restart?.(index); };
  if (count === undefined) return void when(port as Bool, all(undefined));
  const { valid, payload } = port as ValidSource<UIntShape>;
  when(valid, all(payload));
}

/** Names of the decoded places: they share their record with those of the bus, so they stand in one of their own. */
function named(places: readonly Place[]): object {
  return { in: Object.fromEntries(places.filter(({ section }) => section.name !== '').map(({ section, hit, index }) => [section.name, { hit, index }])) };
}

/** Elements as one bit each, for the bits that indexed registers keep of each element. */
function hotElements({ count, registers, resettable }: Section, to: Place, from: Place, reset: unknown): Pick<CellContext, 'writeHot' | 'readHot' | 'restarted'> {
  if (count === undefined || !registers.some(({ data }) => data.kind !== 'mixed' && data.indexed)) return { writeHot: undefined, readHot: undefined, restarted: undefined };
  const { valid, payload } = (reset ?? {}) as ValidSource<UIntShape>;
  return { writeHot: to.index!.oneHot(count), readHot: from.index!.oneHot(count), restarted: resettable ? mux(valid, payload.oneHot(count), 0) : undefined };
}

function cellOf(context: CellContext): Cell {
  const { data } = context.register;
  if (data.kind === 'counter') return data.indexed ? indexedCounter(context) : replicatedCounter(context);
  if (data.kind === 'register' && data.indexed) return data.access === 'rw' ? indexedRegister(context) : askedRegister(context);
  return replicatedRegister(context);
}

function needsMemories({ layout }: Bank): boolean {
  return layout.sections.some((section) => section.count !== undefined && section.registers.some(({ data, words }) =>
    (data.kind !== 'mixed' && data.indexed) || keepsHighWords(data, words)));
}
