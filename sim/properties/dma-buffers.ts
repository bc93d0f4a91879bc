/**
 * Every burst of the TOE lies in one buffer of the owner that AxUSER names, and in one for its purpose: it reads submission queues
 * and rings, writes completion queues and rings (the VMM's: reads its raw ring, writes both). What the driver has not allocated, or has freed, is nobody's.
 *
 * Taken from the address channels, in the cycle of their handshakes. The windows of an owner are all of its memory.
 */
import { Signals } from '../bus/signals.ts';
import type { Ports } from '../engine/engine.ts';
import type { BusModel } from '../engine/test-bench.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';

const ADDRESS_BITS = 64;
/** Labels of buffers, as their beginnings. */
const PURPOSES = { aw: { verb: 'writes', labels: ['completion queue', 'ring', 'punt ring', 'raw ring'] }, ar: { verb: 'reads', labels: ['submission queue', 'ring', 'raw ring'] } } as const;
type Channel = keyof typeof PURPOSES;

export class DmaBuffers implements BusModel {
  readonly name = 'DMA';
  /** Bursts that were looked at. */
  checked = 0;
  readonly #words: Uint32Array;
  readonly #channels;
  readonly #owners: readonly OwnerMemory[];
  readonly #onProblem: (problem: string) => void;

  /** @param owners by user: the VMM's memory, then that of each VM */
  constructor(ports: Ports, prefix: string, owners: readonly OwnerMemory[], onProblem: (problem: string) => void) {
    const signals = new Signals(ports, prefix, 'the property of DMA');
    const channel = (name: Channel) => {
      const out = (field: string): number => signals.required(name + field, 'out').at;
      return { name, valid: out('valid'), ready: signals.required(`${name}ready`, 'in', 1).at, address: signals.required(`${name}addr`, 'out', ADDRESS_BITS).at, length: out('len'), size: out('size'), user: out('user') };
    };
    this.#words = ports.words;
    this.#channels = [channel('aw'), channel('ar')];
    this.#owners = owners;
    this.#onProblem = onProblem;
  }

  /** Looks at what happens only. */
  nextCycle(): number {
    return Infinity;
  }

  step(): void {
    const words = this.#words;
    for (const { name, valid, ready, address, length, size, user } of this.#channels) {
      if (words[valid] === 0 || words[ready] === 0) continue;
      const beat = 1 << words[size]!;
      const at = words[address]! + words[address + 1]! * 2 ** 32;
      this.#check(name, words[user]!, at, Math.floor(at / beat) * beat + (words[length]! + 1) * beat - at);
    }
  }

  #check(channel: Channel, user: number, address: number, bytes: number): void {
    this.checked += 1;
    const { verb, labels } = PURPOSES[channel];
    const what = `the TOE ${verb} ${bytes} bytes at 0x${address.toString(16)} in the name of ${user === 0 ? 'the VMM' : `VM ${user - 1}`}`;
    const memory = this.#owners[user];
    if (memory === undefined) {
      this.#onProblem(`${what}, whom nobody serves`);
      return;
    }
    const guest = address - memory.region.hostBase + memory.region.guestBase;
    const buffer = memory.bufferAt(guest);
    if (buffer === undefined || guest + bytes > buffer.address + buffer.bytes) this.#onProblem(`${what}: ${buffer === undefined ? 'it has no buffer there' : `beyond the end of its ${buffer.label}`}`);
    else if (!labels.some((label) => buffer.label.startsWith(label))) this.#onProblem(`${what}, which is its ${buffer.label}`);
  }
}
