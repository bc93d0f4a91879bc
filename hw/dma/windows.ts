/**
 * Checks each burst of a VM against the windows of guest memory that it may touch, and translates its page to the host's.
 *
 * One burst a cycle, 3 cycles later, in order; what is refused passes too, with its cause, so that whoever gave it hears of
 * its end. A window that is written counts for bursts that come 2 cycles later or more.
 * It does not look into a burst: a burst lies within a page, and windows are made of pages. Pages of the VMM, owner 0, pass
 * as they are; and where windows of a VM overlap, the one with the lowest index that allows the access counts.
 */
import { Bool, Bundle, clog2, type Data, In, lit, mem, module, mux, Out, type Read, reg, Stream, type UIntShape, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { map, stage } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaCause, PAGE_BITS } from './burst.ts';

/** Pages of 4 KiB of VM `vm`: from `guest_page` on `pages` of them, at `host_page` in host memory. None: the window is off. */
export function DmaWindow({ vms, windowsPerVm }: Config) {
  return Bundle(`DmaWindow_v${vms}_n${windowsPerVm}`, {
    vm: UInt(Math.max(1, clog2(vms))), index: UInt(Math.max(1, clog2(windowsPerVm))),
    guest_page: UInt(PAGE_BITS), host_page: UInt(PAGE_BITS), pages: UInt(PAGE_BITS), writable: Bool,
  });
}

export interface DmaWindowsParameters<T extends Data> {
  readonly access: 'read' | 'write';
  /** What a burst carries through. */
  readonly carried: T;
}

export function DmaPageRequest<T extends Data>(config: Config, carried: T) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaPageRequest_o${ownerBits}_c${carried.width}`, { owner: UInt(ownerBits), page: UInt(PAGE_BITS), carried });
}

/** `host_page` has no meaning with a cause other than None. */
export function DmaPageAnswer<T extends Data>(config: Config, carried: T) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaPageAnswer_o${ownerBits}_c${carried.width}`, { owner: UInt(ownerBits), page: UInt(PAGE_BITS), host_page: UInt(PAGE_BITS), cause: DmaCause, carried });
}

/** A window as it is stored: its last page, and what has to be added to a guest page. */
const Stored = Bundle('DmaStoredWindow', { first: UInt(PAGE_BITS), last: UInt(PAGE_BITS), delta: UInt(PAGE_BITS), writable: Bool });

export function dmaWindows<T extends Data>(config: Config, { access, carried }: DmaWindowsParameters<T>) {
  const { vms, windowsPerVm } = config;
  const { ownerBits } = derived(config);
  const Request = DmaPageRequest(config, carried), Answer = DmaPageAnswer(config, carried);
  const Found = Bundle(`DmaPageFound_o${ownerBits}_c${carried.width}`, { owner: UInt(ownerBits), page: UInt(PAGE_BITS), delta: UInt(PAGE_BITS), cause: DmaCause, carried });

  return module('dma_windows', { v: vms, n: windowsPerVm, a: access, c: carried }, {
    window: In(Valid(DmaWindow(config))),
    in: In(Stream(Request)),
    out: Out(Stream(Answer)),
  }, (io) => {
    // A memory for each index: all windows of a VM are read at once.
    const tables = Array.from({ length: windowsPerVm }, () => mem(Stored, vms, { style: 'distributed' }));
    const on = reg(Vec(UInt(windowsPerVm), vms));

    const change = { valid: reg(Bool), vm: reg(io.window.payload.vm.shape, { reset: false }), index: reg(io.window.payload.index.shape, { reset: false }), on: reg(Bool, { reset: false }), stored: reg(Stored, { reset: false }) };
    const { vm, index, guest_page, host_page, pages, writable } = io.window.payload;
    const last = guest_page.addc(pages.sub(1));
    change.valid.next = io.window.valid;
    change.vm.next = vm;
    change.index.next = index;
    change.on.next = pages.ne(0);
    // A window that would go beyond the last page of all ends there.
    change.stored.next = { first: guest_page, last: mux(last.bits(PAGE_BITS, PAGE_BITS).asBool(), ALL_ONES, last.trunc(PAGE_BITS)), delta: host_page.sub(guest_page), writable };
    when(change.valid, () => {
      const mask = change.index.oneHot(windowsPerVm);
      const before = on.at(change.vm);
      on.at(change.vm).next = mux(change.on, before.or(mask), before.and(mask.not()));
      for (const [i, table] of tables.entries()) when(change.index.eq(i), () => { table.write(change.vm, change.stored); });
    });

    const asked = stage(io.in);
    const { owner, page } = asked.payload;
    // Of the VMM it reads VM 0's windows, and does not look at them.
    const row = mux(asked.valid.and(owner.ne(0)), owner.sub(1), 0).zext(Math.max(ownerBits, change.vm.width)).trunc(change.vm.width);
    const windows = tables.map((table) => table.read(row));
    const inside = windows.map(({ first, last: end }, i) => page.ge(first).and(page.le(end)).and(on.at(row).bit(i)));
    const allowed = windows.map((window, i) => (access === 'read' ? inside[i]! : inside[i]!.and(window.writable)));
    const any = (bits: readonly Bool[]): Bool => bits.reduce((a, b) => a.or(b));
    const delta = windows.reduceRight<Read<UIntShape>>((rest, window, i) => mux(allowed[i]!, window.delta, rest), lit(UInt(PAGE_BITS), 0));
    const found = stage(map(asked, Found, (request) => ({
      owner: request.owner, page: request.page, carried: request.carried,
      delta: mux(owner.eq(0), 0, delta),
      cause: mux(owner.eq(0).or(any(allowed)), lit(DmaCause, 'None'), mux(any(inside), lit(DmaCause, 'ReadOnly'), lit(DmaCause, 'OutsideWindows'))),
    })));
    const answered = stage(map(found, Answer, (f) => ({ owner: f.owner, page: f.page, host_page: f.page.add(f.delta), cause: f.cause, carried: f.carried })));
    io.out.from(answered);
    return { tables, on, change, asked, found, answered, inside, allowed };
  });
}

const ALL_ONES = (1n << BigInt(PAGE_BITS)) - 1n;
