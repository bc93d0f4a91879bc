/** How a driver reaches registers: words of 32 bits, each access a part of a process. */
import type { Wait } from '@vtoe/hdl';
import { registerProcess, type RegisterBus } from '@vtoe/hdl/lib';
import type { Config } from '../../hw/config.ts';
import { registerMap } from '../../hw/registers.ts';

export interface GuestBus {
  read32(address: number): Generator<Wait, number, void>;
  write32(address: number, value: number): Generator<Wait, void, void>;
}

/** What an AXI4-Lite master gives. */
export interface WordMaster {
  read(address: number): Generator<Wait, number, void>;
  write(address: number, value: number): Generator<Wait, void, void>;
}

export function busOf(master: WordMaster): GuestBus {
  return { read32: (address) => master.read(address), write32: (address, value) => master.write(address, value) };
}

/** All registers: the VMM's view. */
export type EngineRegisters = ReturnType<typeof engineRegisters>;
export function engineRegisters(config: Config, bus: GuestBus) {
  return registerProcess(registerMap(config), registerBus(bus));
}

/** The page of one VM: all that its guest sees of the engine. */
export type VmRegisters = ReturnType<EngineRegisters['page']>;
export function vmRegisters(config: Config, bus: GuestBus, vm: number): VmRegisters {
  return engineRegisters(config, bus).page(vm);
}

function registerBus(bus: GuestBus): RegisterBus {
  return {
    read: function* (address) {
      return BigInt(yield* bus.read32(address));
    },
    write: (address, data) => bus.write32(address, Number(data)),
  };
}
