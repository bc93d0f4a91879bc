/** Registers of the fake engine: words that are kept, and what happens when some of them are written. By the map, like the hardware. */
import { registerDriver } from '@vtoe/hdl/lib';
import type { Wait } from '@vtoe/hdl';
import type { Config } from '../../../../hw/config.ts';
import { registerMap } from '../../../../hw/registers.ts';
import type { GuestBus } from '../../../../sim/guest/bus.ts';

export class FakeRegisters {
  readonly words = new Map<number, number>();
  /** By address: instead of keeping what is written, or reading what was kept. */
  readonly writes = new Map<number, (value: number) => void>();
  readonly reads = new Map<number, () => number>();
  readonly map: ReturnType<typeof accessors>;
  /** Accesses so far. */
  readonly counts = { reads: 0, writes: 0 };
  readonly #stride: number;

  constructor(config: Config) {
    this.#stride = config.pageStrideBytes;
    this.map = accessors(config, (address) => this.words.get(address) ?? 0, (address, value) => this.words.set(address, value));
  }

  /** Each access takes some cycles. */
  bus(cycles: number): GuestBus {
    return { read32: (address) => this.#read(cycles, address), write32: (address, value) => this.#write(cycles, address, value) };
  }

  /** As `bus`, but only the page of one VM. */
  busOfVm(vm: number, cycles: number): GuestBus {
    const bus = this.bus(cycles);
    const check = (address: number): void => {
      if (Math.floor(address / this.#stride) !== vm + 1) throw new Error(`the guest of VM ${vm} reached for 0x${address.toString(16)}`);
    };
    return {
      read32: (address) => { check(address); return bus.read32(address); },
      write32: (address, value) => { check(address); return bus.write32(address, value); },
    };
  }

  * #read(cycles: number, address: number): Generator<Wait, number, void> {
    yield cycles;
    this.counts.reads += 1;
    return this.reads.get(address)?.() ?? this.words.get(address) ?? 0;
  }

  * #write(cycles: number, address: number, value: number): Generator<Wait, void, void> {
    yield cycles;
    this.counts.writes += 1;
    const write = this.writes.get(address);
    if (write === undefined) this.words.set(address, value);
    else write(value);
  }
}

function accessors(config: Config, read: (address: number) => number, write: (address: number, value: number) => void) {
  return registerDriver(registerMap(config), read, (address, value) => write(address, Number(value)));
}
