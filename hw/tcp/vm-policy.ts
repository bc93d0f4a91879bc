/** What decides whose turn it is among the VMs: the interface between the transmit scheduler and its policy. */
import { Bool, Bundle, clog2, In, type ModuleDefinition, Out, UInt, type UIntShape, Valid } from '@vtoe/hdl';

/** Number of a VM, from 0. */
export const vmIndex = (vms: number): UIntShape => UInt(Math.max(1, clog2(vms)));

/** What a segment cost on the wire, known when it has been cut: `max(84, frame + 24)` bytes. */
export const Charge = (vms: number) => Bundle('Charge', { vm: vmIndex(vms), wire_bytes: UInt(16) });

export const policyPorts = (vms: number) => ({
  /** Bit v: VM v has a connection that can be granted now. */
  active: In(UInt(vms)),
  /** Whose turn it is: follows `active` within the cycle, only VMs that are active. Not valid: nobody's, though some may be active (a cap). */
  choice: Out(Valid(vmIndex(vms))),
  /** A grant of this VM was made: debit the upper bound. Of several cycles in which a choice was shown, this one counts. */
  granted: In(Valid(vmIndex(vms))),
  /** What the grant of some cycles before cost in truth: credit the difference. */
  charge: In(Valid(Charge(vms))),
  /** No register changes while the inputs stay as they are. */
  idle: Out(Bool),
});
export type VmPolicy = ModuleDefinition<ReturnType<typeof policyPorts>>;
