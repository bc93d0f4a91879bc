/**
 * Decides which connection may send next: the VMs by a policy of their own, the connections of a VM in turn.
 *
 * One grant every 3 cycles; a connection that becomes eligible in an empty scheduler has its grant at the output 5 cycles
 * after the write-back, a choice between VMs counts 2 cycles later.
 * It does not know what a connection sends, nor whether it still wants to: a grant may turn out to be unused.
 */
import { assert, Bool, Bundle, clog2, Enum, In, inst, lit, match, mem, module, mux, Out, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';
import { forwarded } from '@vtoe/hdl/lib';
import { roundRobinVms } from './round-robin-vms.ts';
import { Charge, vmIndex, type VmPolicy } from './vm-policy.ts';

export interface TxSchedulerOptions {
  /** Power of two from 2 up. */
  readonly connections: number;
  readonly vms: number;
  /** Whose turn it is among the VMs; turn by turn by default. */
  readonly policy?: VmPolicy;
}

/**
 * Where a connection stands, in two memories with one writer each. `queued` with tags that differ: in the list of its VM.
 * `queued` with equal tags: granted, which is how the side that grants marks it.
 */
const Mark = Bundle('Mark', { queued: Bool, tag: UInt(1) });
const Turn = Enum('Turn', ['Choose', 'Read', 'Decide']);

export function txScheduler({ connections, vms, policy = roundRobinVms(vms) }: TxSchedulerOptions) {
  const [index, vmShape] = [UInt(clog2(connections)), vmIndex(vms)];
  const Report = Bundle('EligibleReport', {
    connection: index,
    /** Stays the same while the connection is eligible. */
    vm: vmShape,
    /** It has something to send now. */
    eligible: Bool,
    /** The step's event was a grant's: the connection may be granted again. */
    grant: Bool,
  });
  const Grant = Bundle('TxGrant', { connection: index, vm: vmShape });
  return module('tx_scheduler', { n: connections, v: vms, p: policy.name }, {
    /** Every write-back, whatever its event. */
    write_back: In(Valid(Report)),
    /** The transmit path has room for one segment more, of any size. Falls only because of `take_credit`. */
    credit: In(Bool),
    /** A grant was made, which took a credit. */
    take_credit: Out(Bool),
    grant: Out(Stream(Grant)),
    /** For the policy. */
    charge: In(Valid(Charge(vms))),
    /** The memory is cleared. */
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
  }, (io) => {
    const clearing = reg(Bool, { init: true });
    const clear = reg(index);
    when(clearing, () => {
      clear.next = clear.add(1);
      clearing.next = clear.ne(connections - 1);
    });
    assert(clearing.not().or(io.write_back.valid.not()), 'txScheduler: nothing is written back before ready');

    // A list of connections for each VM, doubly linked: what is no longer eligible leaves it from anywhere. The side of the
    // reports writes `next`, `prev`, `tails` and `heads`; the side of the grants writes `popped` and `headsLeft`.
    const next = forwarded(index, connections);
    const prev = forwarded(index, connections);
    const marks = forwarded(Mark, connections);
    const popped = forwarded(UInt(1), connections);
    const table = () => mem(index, vms, { style: 'distributed' });
    const [heads, headsLeft, tails] = [table(), table(), table()];
    /** Bit v: VM v has a list; its head is in `heads`, else in `headsLeft`. */
    const [listed, fresh] = [reg(UInt(vms)), reg(UInt(vms))];
    const headOf = (vm: UInt): UInt => mux(fresh.bit(vm), heads.read(vm), headsLeft.read(vm));

    // The side of the reports: one a cycle, decided in the second.
    const report = { valid: reg(Bool), payload: reg(Report) };
    report.valid.next = io.write_back.valid;
    when(io.write_back.valid, () => { report.payload.next = io.write_back.payload; });
    const { connection, vm, eligible } = report.payload;
    const at = { address: io.write_back.payload.connection };
    const [mark, tag, after, before] = [marks.read(at), popped.read(at), next.read(at), prev.read(at)];
    const waiting = mark.queued.and(mark.tag.ne(tag));
    const granted = mark.queued.and(mark.tag.eq(tag));
    const ends = report.valid.and(report.payload.grant);
    const push = report.valid.and(eligible).and(waiting.not()).and(granted.not().or(ends));
    const remove = report.valid.and(eligible.not()).and(waiting);
    marks.write({
      enable: clearing.or(push).or(remove).or(ends), address: mux(clearing, clear, connection),
      data: { queued: push, tag: tag.not() },
    });
    const [head, tail] = [headOf(vm), tails.read(vm)];
    const [isHead, isTail] = [connection.eq(head), connection.eq(tail)];
    const append = push.and(listed.bit(vm));
    const unlink = remove.and(isHead.not()).and(isTail.not());
    const link = { enable: append.or(unlink), address: mux(push, tail, before), data: mux(push, connection, after) };
    next.write(link);
    prev.write({ enable: append.or(unlink), address: mux(push, connection, after), data: mux(push, tail, before) });
    const first = push.and(append.not());
    const headMoves = first.or(remove.and(isHead));
    when(headMoves, () => { heads.write(vm, mux(push, connection, after)); });
    const tailMoves = push.or(remove.and(isTail));
    const newTail = mux(push, connection, before);
    when(tailMoves, () => { tails.write(vm, newTail); });
    const emptied = remove.and(isHead).and(isTail);
    assert(ends.not().or(granted), 'txScheduler: a grant that ends was made before');
    assert(waiting.and(report.valid).not().or(listed.bit(vm)), 'txScheduler: the VM of a connection that is eligible stays the same');

    // The side of the grants: a VM, its first connection, and whether that is still the first.
    const out = { valid: reg(Bool), payload: reg(Grant, { reset: false }) };
    const turn = reg(Turn);
    const chosen = reg(vmShape);
    const candidate = reg(index, { reset: false });
    const choice = inst(policy, { active: listed, charge: io.charge });
    const read = turn.eq('Read');
    const chosenHead = headOf(chosen);
    const behind = next.read({ enable: read, address: chosenHead });
    const oldTag = popped.read({ enable: read, address: chosenHead });
    match(turn, {
      Choose: () => {
        const room = out.valid.not().or(io.grant.ready);
        when(choice.choice.valid.and(io.credit).and(room), () => {
          chosen.next = choice.choice.payload;
          turn.next = 'Read';
        });
      },
      Read: () => {
        candidate.next = chosenHead;
        turn.next = 'Decide';
      },
      Decide: () => { turn.next = 'Choose'; },
    });
    // The report of this cycle comes first, and may take the candidate away, or link another behind it.
    const sameVm = vm.eq(chosen);
    const leaves = remove.and(connection.eq(candidate));
    const grant = turn.eq('Decide').and(listed.bit(chosen)).and(chosenHead.eq(candidate)).and(leaves.not());
    const last = candidate.eq(mux(tailMoves.and(sameVm), newTail, tails.read(chosen)));
    const newHead = mux(link.enable.and(link.address.eq(candidate)), link.data, behind);
    when(grant, () => { headsLeft.write(chosen, newHead); });
    popped.write({ enable: grant, address: candidate, data: oldTag.not() });
    assert(grant.not().or(io.credit), 'txScheduler: credit falls only by what was taken');

    const [none, vmBit, chosenBit] = [lit(UInt(vms), 0), vm.oneHot(vms), chosen.oneHot(vms)];
    listed.next = listed.and(mux(emptied, vmBit, none).not()).and(mux(grant.and(last), chosenBit, none).not()).or(mux(first, vmBit, none));
    fresh.next = fresh.and(mux(grant, chosenBit, none).not()).or(mux(headMoves, vmBit, none));

    when(out.valid.not().or(io.grant.ready), () => { out.valid.next = grant; });
    when(grant, () => { out.payload.next = { connection: candidate, vm: chosen }; });
    io.grant.valid.set(out.valid);
    io.grant.payload.set(out.payload);
    io.take_credit.set(grant);
    choice.granted.valid.set(grant);
    choice.granted.payload.set(chosen);

    io.ready.set(clearing.not());
    const still = turn.eq('Choose').and(choice.choice.valid.not().or(io.credit.not()));
    io.idle.set(still.and(clearing.not()).and(report.valid.not()).and(io.write_back.valid.not()).and(out.valid.not()).and(choice.idle));
    return { clearing, clear, next, prev, marks, popped, heads, headsLeft, tails, listed, fresh, report, out, turn, chosen, candidate, policy: choice, push, remove, grant };
  });
}
