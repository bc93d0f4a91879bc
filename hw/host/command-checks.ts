/** What CONNECT and LISTEN check alike. Combinational: wires only. */
import { allOf, anyOf, type Bool, cat, clog2, type UInt } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { addressShapes, type LocalAddress } from '../net/addresses.ts';
import { RING_LEAST_LOG2, RING_MOST_LOG2 } from '../protocol/ring-descriptor.ts';

type Addresses = Pick<Config, 'vms' | 'addressesPerVm'>;

/** Entry of the address table for address `among` of a VM: whose it is follows from the VM, never from the guest. */
export function addressOf(config: Addresses, vm: UInt, among: UInt): UInt {
  const { addressesPerVm } = config;
  const place = addressesPerVm === 1 ? vm : cat(vm, among.trunc(clog2(addressesPerVm)));
  return place.trunc(addressShapes(config).index.width);
}

/** The VM has an address `among`, which is `local`, and `port` is in its range. */
export function isAvailable({ addressesPerVm }: Addresses, local: LocalAddress, { among, port }: { readonly among: UInt; readonly port: UInt }): Bool {
  return allOf(among.lt(addressesPerVm), local.valid, local.first_port.le(port), port.le(local.last_port));
}

/** One of the rings is too small or too large; sizes as base-2 logarithms of bytes. */
export function isBadRing(...sizes: readonly UInt[]): Bool {
  return anyOf(...sizes.flatMap((size) => [size.lt(RING_LEAST_LOG2), size.gt(RING_MOST_LOG2)]));
}
