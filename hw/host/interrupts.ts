/**
 * Interrupts of VMs: raised for entries of the completion queue and for faults, moderated by number and time, held back by
 * mask and index.
 *
 * Takes an entry a cycle; without moderation the pulse comes one cycle after its entry is in memory. It does not wait for
 * the guest to acknowledge: the status is a latch of the page, and a mask that opens on what is due raises at once.
 */
import { allOf, anyOf, Bool, Bundle, cat, In, lit, module, mux, Out, type Read, reg, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { reached, seqMin } from '@vtoe/hdl/lib';
import { Microseconds } from '../tcp/tcb.ts';
import { indexBits, QueueIndex } from './events.ts';

/** As the VM's page gives them. */
export const InterruptSettings = Bundle('InterruptSettings', {
  mask_completion: Bool,
  mask_fault: Bool,
  /** Entries until one is raised; 0 counts as 1. */
  entries: UInt(8),
  /** Microseconds after the first of them; 0: at once. */
  microseconds: UInt(16),
  /** None until the entry `index` is written. */
  suppress: Bool,
  index: QueueIndex,
});

/** What the page latches. */
export const InterruptCauses = Bundle('InterruptCauses', { completion: Bool, fault: Bool });

const PerVm = Bundle('InterruptState', { entries: UInt(8), armed: Bool, at: Microseconds, fault: Bool, held: Bool });

/** @param vms VMs, each with its settings, its latches and its interrupt */
export function interrupts({ vms }: { readonly vms: number }) {
  const Vm = UInt(indexBits(vms));
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
    /** By VM: an interrupt of the completion queue was raised; one that was due was held back. */
    raised: Out(UInt(vms)),
    held_back: Out(UInt(vms)),
    /** When moderation raises the next one. */
    next_deadline: Out(Valid(Microseconds)),
  }, (io) => {
    const state = reg(Vec(PerVm, vms));
    const made = Array.from({ length: vms }, (_, v) => {
      const [settings, own] = [io.settings.at(v), state.at(v)];
      const comes = allOf(io.written.valid, io.written.payload.eq(v));
      const stops = allOf(io.fault.valid, io.fault.payload.eq(v));
      io.set.at(v).set({ completion: comes, fault: stops });

      const some = own.entries.ne(0);
      const enough = own.entries.ge(settings.entries.max(1));
      const late = anyOf(settings.microseconds.eq(0), allOf(own.armed, reached(io.now, own.at)));
      const due = allOf(some, enough.or(late));
      const written = io.tail.at(v).sub(settings.index).sgt(0);
      const allowed = allOf(settings.mask_completion, settings.suppress.not().or(written));
      const raise = allOf(due, allowed);
      const faultRaise = allOf(own.fault, settings.mask_fault);

      const base = mux(raise, lit(UInt(8), 0), own.entries);
      own.entries.next = mux(comes.and(base.ne(255)), base.add(1), base);
      own.armed.next = anyOf(comes, own.armed.and(raise.not()));
      // From the first entry since the last interrupt.
      when(comes.and(own.armed.not().or(raise)), () => { own.at.next = io.now.add(settings.microseconds.zext(32)); });
      own.fault.next = stops.or(own.fault.and(faultRaise.not()));
      own.held.next = allOf(due, allowed.not());
      when(io.clear.at(v), () => {
        own.entries.next = 0;
        own.armed.next = false;
        own.fault.next = false;
      });
      const waits = wire(Bool);
      waits.set(allOf(own.armed, due.not()));
      return { raise, faultRaise, heldBack: allOf(due, allowed.not(), own.held.not()), waits, at: own.at };
    });
    const perVm = (bit: (one: (typeof made)[number]) => Bool) => cat(...made.map(bit).reverse());
    io.irq.set(perVm(({ raise, faultRaise }) => raise.or(faultRaise)));
    io.raised.set(perVm(({ raise }) => raise));
    io.held_back.set(perVm(({ heldBack }) => heldBack));
    const earliest = made.reduce<{ readonly waits: Bool; readonly at: Read<typeof Microseconds> }>((a, b) => ({
      waits: a.waits.or(b.waits), at: mux(a.waits.not(), b.at, mux(b.waits.not(), a.at, seqMin(a.at, b.at))),
    }), made[0]!);
    io.next_deadline.valid.set(earliest.waits);
    io.next_deadline.payload.set(earliest.at);
    return { state };
  });
}
