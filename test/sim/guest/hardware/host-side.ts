/**
 * The queues of the TOE as hardware, behind its ports: register bank, submission and completion queues, events, interrupts and
 * the DMA engines. Commands come out where the command decoder would take them; answers and notifications go in. No frame goes
 * through.
 */
import { Bool, cat, clog2, In, inst, lit, module, mux, Out, reg, Stream, UInt, Valid, Vec } from '@vtoe/hdl';
import { AxiLite, AxiRead, AxiStream, AxiWrite, registerBank } from '@vtoe/hdl/lib';
import { type Config, derived } from '../../../../hw/config.ts';
import { dmaAxi } from '../../../../hw/dma/checked-bursts.ts';
import { dmaRead } from '../../../../hw/dma/read.ts';
import { dmaWrite } from '../../../../hw/dma/write.ts';
import { completion, statusEntry } from '../../../../hw/host/completion.ts';
import { eventNotice, events, indexBits, Peer } from '../../../../hw/host/events.ts';
import { interrupts } from '../../../../hw/host/interrupts.ts';
import { fetchedEntry, submission } from '../../../../hw/host/submission.ts';
import { registerMap } from '../../../../hw/registers.ts';

const CLIENT = { clients: 1, tagBits: 4 };

export function hostSide(config: Config) {
  const { vms, connections } = config;
  const Vm = UInt(indexBits(vms));
  return module('host_side', {}, {
    s: In(AxiLite(derived(config).axilAddressBits), { prefix: 's_axil_' }),
    mr: Out(AxiRead(dmaAxi(config)), { prefix: 'm_axi_' }),
    mw: Out(AxiWrite(dmaAxi(config)), { prefix: 'm_axi_' }),
    rx: In(AxiStream(config.datapathBits), { prefix: 's_axis_rx_' }),
    tx: Out(AxiStream(config.datapathBits), { prefix: 'm_axis_tx_' }),
    irq: Out(UInt(vms + 1)),
    entry: Out(Stream(fetchedEntry(vms))),
    status: In(Stream(statusEntry(vms))),
    release: In(Valid(Vm)),
    notify: In(Valid(eventNotice(config))),
    /** The slot may be used again. */
    finished: Out(Valid(UInt(indexBits(connections)))),
    lookup: Out(UInt(indexBits(connections))),
    peer: In(Peer),
    /** Doorbells that made no sense, accesses that failed: a fault of the VM. */
    faults: Out(UInt(3)),
  }, (io) => {
    const bank = inst(registerBank(registerMap(config)), { axil: io.s });
    const { page, vm, address, window, ...vmm } = bank.regs;
    const sq = inst(submission(config, CLIENT.tagBits));
    const cq = inst(completion(config, CLIENT.tagBits));
    const words = inst(events(config));
    const irqs = inst(interrupts({ vms }));
    const read = inst(dmaRead(config, CLIENT), { period: false });
    const write = inst(dmaWrite(config, CLIENT), { period: false });
    const each = <T>(make: (v: number) => T): T[] => Array.from({ length: vms }, (_, v) => make(v));

    // Registers that somebody else has.
    vmm.status.set({ ready: words.ready });
    vmm.clock.set(0);
    vmm.interrupt_status.set.set({ fault: false, punt: false, raw: false });
    for (const { status } of [vmm.punt_ring, vmm.raw_ring]) status.set({ running: false, cause: 0 });
    vmm.punt_ring.tail.set(0);
    vmm.raw_ring.head.set(0);
    vmm.counter.value.value.set(0);
    for (const memory of [vm.quota, vm.quota_passive, address.address, address.ports, address.mac, address.gateway, address.link, address.prefix]) memory.index.set(0);
    // A window counts as a whole when `apply` is written: its element is read in the next cycle.
    const applied = { valid: reg(Bool), payload: reg(window.apply.payload.shape, { reset: false }) };
    applied.valid.next = window.apply.valid;
    applied.payload.next = window.apply.payload;
    for (const memory of [window.guest, window.host, window.limit]) memory.index.set(window.apply.payload.index);
    const element = applied.payload.index;
    const { valid, writable } = applied.payload.value;
    const pageOf = (address: UInt): UInt => address.shr(12).trunc(52);
    const dmaWindow = {
      vm: element.shr(clog2(config.windowsPerVm)).trunc(Vm.width), index: config.windowsPerVm === 1 ? 0 : element.trunc(clog2(config.windowsPerVm)),
      guest_page: pageOf(window.guest.value), host_page: pageOf(window.host.value), pages: mux(valid, pageOf(window.limit.value), 0), writable,
    };
    for (const counter of [page.rx_bytes, page.tx_bytes, page.interrupts, page.interrupts_suppressed]) {
      counter.valid.set(false);
      counter.payload.set({ index: 0, by: 0 });
    }
    for (const counter of [page.rx_segments, page.tx_segments, page.retransmissions, page.commands, page.command_errors, page.events]) {
      counter.valid.set(false);
      counter.payload.set({ index: 0, by: false });
    }
    page.fault.set(each(() => ({ cause: 0 })));
    page.fault_address.value.set(0);
    const asked = reg(Vm);
    asked.next = page.sq_head.index.payload;
    page.sq_head.value.set(sq.head.at(asked));

    const enable = lit(Vec(Bool, vms), each((v) => page.control.at(v).enable));
    page.status.set(each((v) => ({ ready: words.ready, running: enable.at(v).or(sq.quiet.at(v).not()).or(cq.quiet.at(v).not()), faulted: false })));
    sq.enable.set(enable);
    sq.park.set(lit(Vec(Bool, vms), each(() => false)));
    sq.size_log2.set(each((v) => page.queue_size.at(v).sq_log2));
    page.sq_base.index.set(sq.base_index);
    sq.base.set(page.sq_base.value);
    sq.tail_bell.valid.set(page.sq_tail.valid);
    sq.tail_bell.payload.set({ vm: page.sq_tail.payload.index, index: page.sq_tail.payload.value });
    sq.data.valid.set(read.data.valid);
    sq.data.payload.set({ tag: read.data.payload.tag, index: read.data.payload.index, data: read.data.payload.data });
    sq.done.valid.set(read.done.valid);
    sq.done.payload.set({ tag: read.done.payload.tag, error: read.done.payload.error });
    sq.may_reserve.set(cq.may_reserve);
    io.entry.from(sq.entry);

    cq.enable.set(enable);
    cq.size_log2.set(each((v) => page.queue_size.at(v).cq_log2));
    page.cq_base.index.set(cq.base_index);
    cq.base.set(page.cq_base.value);
    cq.head_bell.valid.set(page.cq_head.valid);
    cq.head_bell.payload.set({ vm: page.cq_head.payload.index, index: page.cq_head.payload.value });
    cq.sq_head.set(sq.head);
    cq.reserve.from(sq.reserve);
    cq.release.from(io.release);
    cq.status.from(io.status);
    cq.allocate.from(words.allocate);
    cq.entry.from(words.entry);
    cq.done.valid.set(write.done.valid);
    cq.done.payload.set({ tag: write.done.payload.tag, error: write.done.payload.error });

    words.notify.from(io.notify);
    words.room.set(cq.room);
    words.tail.set(cq.tail);
    words.head.set(cq.head);
    io.finished.from(words.finished);
    io.lookup.set(words.lookup);
    words.peer.set(io.peer);

    irqs.settings.set(each((v) => {
      const [mask, moderation, index] = [page.interrupt_mask.at(v), page.interrupt_moderation.at(v), page.interrupt_index.rw.at(v)];
      return { mask_completion: mask.completion, mask_fault: mask.fault, entries: moderation.entries, microseconds: moderation.microseconds, suppress: index.suppress, index: index.index };
    }));
    irqs.written.from(cq.written);
    irqs.tail.set(cq.tail);
    irqs.fault.valid.set(false);
    irqs.fault.payload.set(0);
    irqs.clear.set(each((v) => enable.at(v).not()));
    irqs.now.set(0);
    page.interrupt_status.set.set(irqs.set);
    io.irq.set(cat(irqs.irq, lit(UInt(1), 0)));
    io.rx.ready.set(true);
    io.tx.valid.set(false);
    io.tx.payload.set({ data: 0, keep: 0, last: false, user: false });

    for (const engine of [read, write]) {
      engine.window.valid.set(applied.valid);
      engine.window.payload.set(dmaWindow);
      engine.cache.set(0b0011);
    }
    read.request[0]!.from(sq.request);
    write.request[0]!.from(cq.request);
    write.data[0]!.from(cq.data);
    io.mr.ar.from(read.m.ar);
    read.m.r.from(io.mr.r);
    io.mw.aw.from(write.m.aw);
    io.mw.w.from(write.m.w);
    write.m.b.from(io.mw.b);
    io.faults.set(cat(sq.bad_bell.valid.or(cq.bad_bell.valid), sq.failed.valid, cq.failed.valid));
    return { asked, applied, bank, sq, cq, words, irqs, read, write };
  });
}
