/**
 * The record of accesses that were not allowed. Accesses of the device are answered with an error and recorded; those
 * of a model of software are recorded and throw, for there the model is wrong.
 */
import { byteCount, hexadecimal } from './wording.ts';

/** Whose memory, or in whose name: 0 the VMM, 1 + v VM v, as on awuser and aruser of the TOE. */
export type Owner = number;

export const VMM: Owner = 0;

export function vmOwner(vm: number): Owner {
  return 1 + vm;
}

export function ownerName(owner: Owner): string {
  return owner === VMM ? 'the VMM' : `VM ${owner - 1}`;
}

export interface Violation {
  /** In whose name the access was made. */
  readonly owner: Owner;
  /** Who made it: `software`, or what the bus master calls itself, `dma` by default. */
  readonly who: string;
  readonly access: 'read' | 'write';
  /** Guest-physical of `software`, else host-physical. */
  readonly address: bigint;
  readonly length: number;
  /** What is wrong with it. */
  readonly reason: string;
}

/** `dma of VM 1 may not write 8 bytes at 0x1000: there is no memory` */
export function violationText({ owner, who, access, address, length, reason }: Violation): string {
  return `${who} of ${ownerName(owner)} may not ${access} ${byteCount(length)} at ${hexadecimal(address)}: ${reason}`;
}

export class ViolationError extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violationText(violation));
    this.name = 'ViolationError';
    this.violation = violation;
  }
}

/** The first ones are kept, all are counted: a hostile guest makes millions. */
export class ViolationLog {
  readonly kept: Violation[] = [];
  count = 0;
  readonly #keep: number;

  constructor(keep: number) {
    this.#keep = keep;
  }

  record(violation: Violation): Violation {
    this.count += 1;
    if (this.kept.length < this.#keep) this.kept.push(violation);
    return violation;
  }
}
