/** What each VM's page says to the blocks that serve it, and what they say to the page. Wires, and what a page reads from memories. */
import { allOf, Bool, cat, mem, type ModuleDefinition, mux, type OuterPorts, type PortRecord, type Read, reg, scope, type Source, UInt, type ValidSource, when } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import type { DmaFault } from '../dma/burst.ts';
import type { Verdict } from '../net/received.ts';
import type { TxSegment } from '../net/tx-segment.ts';
import type { EngineRegisters } from './bank.ts';
import type { canceled } from './canceled.ts';
import type { completion } from './completion.ts';
import { indexBits } from './events.ts';
import type { interrupts } from './interrupts.ts';
import type { lifeCycle } from './life-cycle.ts';
import type { submission } from './submission.ts';

/** An instance of what a function like `submission` describes. */
type Instance<F extends (...args: never[]) => ModuleDefinition<PortRecord>> = ReturnType<F> extends ModuleDefinition<infer P> ? OuterPorts<P> : never;

interface Blocks {
  /** All tables are initialised. */
  readonly ready: Bool;
  readonly life: Instance<typeof lifeCycle>;
  readonly sq: Instance<typeof submission>;
  readonly cq: Instance<typeof completion>;
  readonly unused: Instance<typeof canceled>;
  readonly irqs: Instance<typeof interrupts>;
  /** Payload that came for a VM could not be written. */
  readonly unplaced: ValidSource<UInt['shape']>;
  /** Refused accesses to memory; of two at once the first counts. */
  readonly faults: readonly [ValidSource<ReturnType<typeof DmaFault>>, ValidSource<ReturnType<typeof DmaFault>>];
  /** By owner: memory has not answered an access. */
  readonly stuck: UInt;
}

/** Wires the pages of all VMs. */
export const guestPages = (c: Config, regs: EngineRegisters, { ready, life, sq, cq, unused, irqs, unplaced, faults: [first, second], stuck }: Blocks) => scope('guest', () => {
  const { vms } = c;
  const { page } = regs;
  const Vm = UInt(indexBits(vms));
  page.sq_base.index.set(sq.base_index);
  page.cq_base.index.set(cq.base_index);
  sq.base.set(page.sq_base.value);
  cq.base.set(page.cq_base.value);
  sq.tail_bell.valid.set(page.sq_tail.valid);
  sq.tail_bell.payload.set({ vm: page.sq_tail.payload.index, index: page.sq_tail.payload.value });
  cq.head_bell.valid.set(page.cq_head.valid);
  cq.head_bell.payload.set({ vm: page.cq_head.payload.index, index: page.cq_head.payload.value });

  // Answers a cycle after the page is asked.
  const asked = { head: reg(Vm), fault: reg(Vm) };
  asked.head.next = page.sq_head.index.payload;
  page.sq_head.value.set(sq.head.at(asked.head));
  asked.fault.next = page.fault_address.index.payload;
  const addresses = mem(UInt(64), vms, { style: 'distributed' });
  page.fault_address.value.set(addresses.read(asked.fault));
  // A fault of the VMM's own has no page.
  const [ofFirst, ofSecond] = [first, second].map(({ valid, payload }) => valid.and(payload.owner.ne(0)));
  const fault = mux(ofFirst!, first.payload, second.payload);
  const faulty = fault.owner.sub(1).trunc(Vm.width);
  // What fails after the access that stopped the VM is no news.
  const active = cat(...[...life.active].toReversed());
  when(allOf(ofFirst!.or(ofSecond!), active.bit(faulty)), () => { addresses.write(faulty, fault.address); });

  const stuckOf = ({ valid, payload: { owner, cause } }: typeof first) => ({ valid: allOf(valid, cause.eq('Stuck'), owner.ne(0)), payload: owner.sub(1).trunc(Vm.width) });
  // What memory never answers ends as an error besides: of its causes the first counts.
  const causes = [[stuckOf(first), 'Stuck'], [stuckOf(second), 'Stuck'], [sq.bad_bell, 'Doorbell'], [cq.bad_bell, 'Doorbell'], [sq.failed, 'QueueAccess'], [cq.failed, 'QueueAccess'], [unplaced, 'Placement']] as const;
  const ports = [...life.fault];
  for (const [i, [found, cause]] of causes.entries()) {
    ports[i]!.valid.set(found.valid);
    ports[i]!.payload.set({ vm: found.payload, cause });
  }
  sq.enable.set(life.active);
  cq.enable.set(life.active);
  for (let v = 0; v < vms; v++) {
    const enable = allOf(page.control.at(v).enable, regs.control.enable, ready);
    life.enable.at(v).set(enable);
    life.quiet.at(v).set(allOf(sq.quiet.at(v), cq.quiet.at(v), unused.quiet.bit(v), stuck.bit(1 + v).not()));
    // Not with `active`: a VM that a fault stopped is to be interrupted for it.
    irqs.clear.at(v).set(enable.not());
    page.status.at(v).set({ ready, running: life.status.at(v).running, faulted: life.status.at(v).faulted });
    page.fault.at(v).set({ cause: life.cause.at(v).toUInt().zext(4) });
    sq.park.at(v).set(regs.vm.park.at(v).parked);
    sq.size_log2.at(v).set(page.queue_size.at(v).sq_log2);
    cq.size_log2.at(v).set(page.queue_size.at(v).cq_log2);
    cq.sq_head.at(v).set(sq.head.at(v));
    const mask = page.interrupt_mask.at(v);
    const { entries, microseconds } = page.interrupt_moderation.at(v);
    const { suppress, index } = page.interrupt_index.rw.at(v);
    irqs.settings.at(v).set({ mask_completion: mask.completion, mask_fault: mask.fault, entries, microseconds, suppress, index });
    page.interrupt_status.set.at(v).set(irqs.set.at(v));
  }
  const { vm, raised, held_back } = irqs.counted;
  for (const [counter, by] of [[page.interrupts, raised], [page.interrupts_suppressed, held_back]] as const) {
    counter.valid.set(by.ne(0));
    counter.payload.set({ index: vm, by: by.zext(counter.payload.by.width) });
  }
  return { asked, addresses };
});

interface Traffic {
  readonly sent: Source<ReturnType<typeof TxSegment>>;
  readonly placed: ValidSource<ReturnType<typeof Verdict>>;
  /** By VM: commands that ended well, or not; event entries. */
  readonly carriedOut: ValidSource<UInt['shape']>;
  readonly refused: ValidSource<UInt['shape']>;
  readonly told: ValidSource<UInt['shape']>;
}

/** Counts what is done in the name of each VM. Segments that need no connection are nobody's. */
export function countTraffic({ vms }: Config, { page }: EngineRegisters, { sent, placed, carriedOut, refused, told }: Traffic): void {
  const vmOf = (owner: Read<UInt['shape']>): UInt => owner.sub(1).trunc(indexBits(vms));
  const [sender, receiver] = [vmOf(sent.payload.owner), vmOf(placed.payload.owner)];
  const { send } = sent.payload;
  const counts = (counter: typeof page.rx_segments, valid: Bool, index: UInt): void => {
    counter.valid.set(valid);
    counter.payload.set({ index, by: true });
  };
  page.rx_bytes.valid.set(allOf(placed.valid, placed.payload.kind.eq('Place')));
  page.rx_bytes.payload.set({ index: receiver, by: placed.payload.length });
  page.tx_bytes.valid.set(sent.fire);
  page.tx_bytes.payload.set({ index: sender, by: send.length });
  counts(page.rx_segments, placed.valid, receiver);
  counts(page.tx_segments, sent.fire, sender);
  counts(page.retransmissions, allOf(sent.fire, send.kind.eq('Retransmission')), sender);
  counts(page.commands, carriedOut.valid, carriedOut.payload);
  counts(page.command_errors, refused.valid, refused.payload);
  counts(page.events, told.valid, told.payload);
}
