/**
 * Interrupts of VMs: raised for entries of the completion queue and for faults, moderated by number and time, held back by
 * mask and index.
 *
 * Takes an entry a cycle; without moderation the pulse comes one cycle after its entry is in memory. It does not wait for
 * the guest to acknowledge: the status is a latch of the page, and a mask that opens on what is due raises at once.
 */
import { allOf, anyOf, Bool, Bundle, cat, clog2, In, lit, module, mux, Out, type Read, reg, UInt, Valid, Vec, type VecShape, when } from '@vtoe/hdl';
import { elementIndex, reached, seqMin } from '@vtoe/hdl/lib';
import { Microseconds } from '../tcp/tcb.ts';
import { indexBits, QueueIndex } from './events.ts';

/** Bits of `microseconds`. */
const DELAY_BITS = 16;
/** A deadline, modulo 2^17 microseconds: it lies at most 2^16 ahead, and when it is reached that is kept. */
const Deadline = UInt(DELAY_BITS + 1);

/** As the VM's page gives them. */
export const InterruptSettings = Bundle('InterruptSettings', {
  mask_completion: Bool,
  mask_fault: Bool,
  /** Entries until one is raised; 0 counts as 1. */
  entries: UInt(8),
  /** Microseconds after the first of them; 0: at once. */
  microseconds: UInt(DELAY_BITS),
  /** None until the entry `index` is written. */
  suppress: Bool,
  index: QueueIndex,
});

/** What the page latches. */
export const InterruptCauses = Bundle('InterruptCauses', { completion: Bool, fault: Bool });

/** Moderation raises an interrupt at `at`, modulo 2^17. */
export const InterruptDeadline = Bundle('InterruptDeadline', { valid: Bool, at: Deadline });

const PerVm = Bundle('InterruptState', { entries: UInt(8), armed: Bool, late: Bool, at: Deadline, fault: Bool, held: Bool });

/** @param vms VMs, each with its settings, its latches and its interrupt */
export function interrupts({ vms }: { readonly vms: number }) {
  const Vm = UInt(indexBits(vms));
  /** Of a VM, while a walk visits all others. */
  const Few = UInt(clog2(vms + 2));
  return module('interrupts', { v: vms }, {
    settings: In(Vec(InterruptSettings, vms)),
    /** An entry of this VM is in guest memory. */
    written: In(Valid(Vm)),
    /** By VM: index of the next entry. */
    tail: In(Vec(QueueIndex, vms)),
    /** This VM was stopped. */
    fault: In(Valid(Vm)),
    /** By VM: nothing is due any more. */
    clear: In(Vec(Bool, vms)),
    now: In(Microseconds),
    /** Sets the latches. */
    set: Out(Vec(InterruptCauses, vms)),
    /** A cycle each. */
    irq: Out(UInt(vms)),
    /** Of one VM after the other: so many interrupts of the completion queue were raised, so many that were due were held back. */
    counted: Out(Bundle('InterruptsCounted', { vm: Vm, raised: Few, held_back: Few })),
    /** By VM: when moderation raises the next one, for `earliestInterrupt`. */
    waiting: Out(Vec(InterruptDeadline, vms)),
  }, (io) => {
    const state = reg(Vec(PerVm, vms));
    const now = io.now.trunc(Deadline.width);
    // Only one VM is told of at a time.
    const later = now.add(io.settings.at(elementIndex(io.written.payload, vms)).microseconds.zext(Deadline.width));
    const made = Array.from({ length: vms }, (_, v) => {
      const [settings, own] = [io.settings.at(v), state.at(v)];
      const comes = allOf(io.written.valid, io.written.payload.eq(v));
      const stops = allOf(io.fault.valid, io.fault.payload.eq(v));
      io.set.at(v).set({ completion: comes, fault: stops });

      const some = own.entries.ne(0);
      const enough = own.entries.ge(settings.entries);
      const passed = allOf(own.armed, anyOf(own.late, reached(now, own.at)));
      const late = anyOf(settings.microseconds.eq(0), passed);
      const due = allOf(some, enough.or(late));
      const written = io.tail.at(v).sub(settings.index).sgt(0);
      const allowed = allOf(settings.mask_completion, settings.suppress.not().or(written));
      const raise = allOf(due, allowed);
      const faultRaise = allOf(own.fault, settings.mask_fault);

      const base = mux(raise, lit(UInt(8), 0), own.entries);
      own.entries.next = mux(comes.and(base.ne(255)), base.add(1), base);
      own.armed.next = anyOf(comes, own.armed.and(raise.not()));
      own.late.next = allOf(passed, raise.not());
      // From the first entry since the last interrupt.
      when(comes.and(own.armed.not().or(raise)), () => { own.at.next = later; });
      own.fault.next = stops.or(own.fault.and(faultRaise.not()));
      own.held.next = allOf(due, allowed.not());
      when(io.clear.at(v), () => {
        own.entries.next = 0;
        own.armed.next = false;
        own.fault.next = false;
      });
      io.waiting.at(v).set({ valid: allOf(own.armed, due.not()), at: own.at });
      return { irq: raise.or(faultRaise), raised: raise, heldBack: allOf(due, allowed.not(), own.held.not()) };
    });
    io.irq.set(cat(...made.map(({ irq }) => irq).reverse()));

    // One VM a cycle has its counts fetched, as long as there are any.
    const visited = reg(Vm);
    const counts = { raised: reg(Vec(Few, vms)), held_back: reg(Vec(Few, vms)) };
    const some = anyOf(...[...counts.raised, ...counts.held_back].map((few) => few.ne(0)));
    when(some, () => { visited.next = mux(visited.eq(vms - 1), lit(Vm, 0), visited.add(1)); });
    for (const [v, { raised, heldBack }] of made.entries()) {
      for (const [few, happens] of [[counts.raised.at(v), raised], [counts.held_back.at(v), heldBack]] as const) {
        few.next = mux(visited.eq(v), lit(Few, 0), few).add(happens.toUInt().zext(Few.width));
      }
    }
    io.counted.set({ vm: visited, raised: counts.raised.at(visited), held_back: counts.held_back.at(visited) });
    return { state, visited, counts };
  });
}

/** The first of the deadlines `waiting`. */
export function earliestInterrupt(now: UInt, waiting: Read<VecShape<typeof InterruptDeadline>>): { readonly valid: Bool; readonly at: UInt } {
  const first = [...waiting].map(({ valid, at }) => ({ valid, at })).reduce((a, b) => ({
    valid: a.valid.or(b.valid), at: mux(a.valid.not(), b.at, mux(b.valid.not(), a.at, seqMin(a.at, b.at))),
  }));
  return { valid: first.valid, at: now.add(first.at.sub(now.trunc(Deadline.width)).zext(now.width)) };
}
