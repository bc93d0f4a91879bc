/** What a VMM does before a guest's driver can start, by the registers of its page; on a machine without VMs, what its driver does first. */
import type { Wait } from '@vtoe/hdl';
import { type Config, derived } from '../../hw/config.ts';
import { infrastructureRate } from '../../hw/registers.ts';
import type { OwnerMemory } from '../host/owner-memory.ts';
import { wholeNumber } from '../options.ts';
import type { Random } from '../random.ts';
import type { EngineRegisters } from './bus.ts';
import { DriverError } from './errors.ts';

export type TcpConstant = keyof EngineRegisters['tcp'];

export interface EngineSetup {
  /** Where keys come from. */
  readonly random: Random;
  /** 2^-24 µs a cycle; by default what follows from the build's clock. */
  readonly clockIncrement?: number;
  /** Those that are not to be as after reset. */
  readonly tcp?: { readonly [K in TcpConstant]?: number };
  /** Share of the line rate for ARP, ICMP and resets without a connection. */
  readonly infrastructurePercent?: number;
  readonly axiAttributes?: { readonly aw: number; readonly ar: number };
}

export interface AddressSetup {
  /** IPv4, as a number. */
  readonly address: number;
  readonly mac: bigint;
  readonly prefixBits: number;
  readonly gateway?: number;
  readonly mtu?: number;
  /** Frames carry this tag. */
  readonly vlan?: number;
  /** Default: all. */
  readonly ports?: { readonly first: number; readonly last: number };
}

export interface WindowSetup {
  readonly guest: bigint;
  readonly host: bigint;
  readonly bytes: number;
  readonly writable: boolean;
}

export interface VmSetup {
  readonly vm: number;
  readonly addresses: readonly AddressSetup[];
  readonly windows: readonly WindowSetup[];
  readonly quota?: { readonly connections: number; readonly listeners: number };
  readonly quotaPassive?: { readonly half_open: number; readonly pre_posts: number };
  readonly share?: { readonly weight: number; readonly quantum: number };
}

/** Status reads before the VMM gives up: tables of the largest build are cleared long before. */
const PATIENCE = 100_000;

/** All of an owner's memory as one window. */
export function windowOf({ region: { guestBase, hostBase, bytes } }: OwnerMemory): WindowSetup {
  return { guest: BigInt(guestBase), host: BigInt(hostBase), bytes, writable: true };
}

/** Waits for the tables, writes keys and constants. VMs are set up after this, and `enableEngine` comes last. */
export function* setUpEngine(registers: EngineRegisters, config: Config, setup: EngineSetup): Generator<Wait, void, void> {
  const { random, clockIncrement = derived(config).clockIncrement, tcp = {}, infrastructurePercent, axiAttributes } = setup;
  for (let tries = 0; !(yield* registers.status.read()).ready; tries += 1) {
    if (tries === PATIENCE) throw new DriverError('the engine did not become ready');
    yield 10;
  }
  const word = (): bigint => (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  for (const key of [registers.isn_key, registers.flow_key]) {
    yield* key.low.write(word());
    yield* key.high.write(word());
  }
  yield* registers.clock_increment.write(clockIncrement);
  for (const [name, value] of Object.entries(tcp) as [TcpConstant, number][]) yield* registers.tcp[name].write(value);
  if (infrastructurePercent !== undefined) yield* registers.infrastructure_rate.write(infrastructureRate(config, infrastructurePercent / 100));
  if (axiAttributes !== undefined) yield* registers.axi_attributes.write(axiAttributes);
  yield* registers.interrupt_mask.write({ fault: true, punt: false, raw: false });
}

/** Addresses and windows take effect one by one; elements of the VM that are not named are taken out. @throws RangeError for more than there is room for */
export function* setUpVm(registers: EngineRegisters, config: Config, setup: VmSetup): Generator<Wait, void, void> {
  const { vm, addresses, windows, quota, quotaPassive, share } = setup;
  wholeNumber('vm', vm, 0, config.vms - 1);
  wholeNumber('addresses', addresses.length, 1, config.addressesPerVm);
  wholeNumber('windows', windows.length, 1, config.windowsPerVm);
  for (let i = 0; i < config.addressesPerVm; i += 1) {
    const element = registers.address(vm * config.addressesPerVm + i);
    const given = addresses[i];
    if (given !== undefined) {
      const { address, mac, prefixBits, gateway = 0, mtu = 1500, vlan, ports = { first: 0, last: 65_535 } } = given;
      yield* element.address.write(address);
      yield* element.ports.write(ports);
      yield* element.mac.write(mac);
      yield* element.gateway.write(gateway);
      yield* element.link.write({ vlan: vlan ?? 0, tagged: vlan !== undefined, mtu });
      yield* element.prefix.write({ bits: prefixBits });
    }
    yield* element.apply.write({ valid: given !== undefined });
  }
  for (let i = 0; i < config.windowsPerVm; i += 1) {
    const element = registers.window(vm * config.windowsPerVm + i);
    const given = windows[i];
    if (given !== undefined) {
      yield* element.guest.write(given.guest);
      yield* element.host.write(given.host);
      yield* element.limit.write(BigInt(wholeNumber('bytes', given.bytes, 4096, Number.MAX_SAFE_INTEGER, { multipleOf: 4096 })));
    }
    yield* element.apply.write({ valid: given !== undefined, writable: given?.writable === true });
  }
  const element = registers.vm(vm);
  if (quota !== undefined) yield* element.quota.write(quota);
  if (quotaPassive !== undefined) yield* element.quota_passive.write(quotaPassive);
  if (share !== undefined) yield* element.share.write(share);
}

/** From now on frames are taken and doorbells count. */
export function* enableEngine(registers: EngineRegisters): Generator<Wait, void, void> {
  yield* registers.control.write({ enable: true });
}
