/** Keys of connections with their hashes, for tests of the flow table. */
import { FLOW_KEY_BYTES, rowsPlaces } from '../../../../hw/tcp/flow-hash.ts';
import type { Random } from '../../../../sim/random.ts';
import { siphashModel } from '../../../hdl/support/siphash-model.ts';

export const SECRET = 0x8d3f_6a11_c0de_42b7_9e55_0123_4567_89abn;

export interface Key {
  readonly vlan: number;
  readonly local_address: number;
  readonly remote_address: number;
  readonly local_port: number;
  readonly remote_port: number;
}

export function packed({ vlan, local_address, remote_address, local_port, remote_port }: Key): bigint {
  return (((BigInt(vlan) << 32n | BigInt(local_address)) << 32n | BigInt(remote_address)) << 16n | BigInt(local_port)) << 16n | BigInt(remote_port);
}

export function hashOf(key: bigint, secret = SECRET): bigint {
  return siphashModel('siphash', secret, Array.from({ length: FLOW_KEY_BYTES }, (_, i) => Number(key >> BigInt(8 * i) & 0xffn)));
}

/** The row in each of the four tables. */
export function rowsModel(hash: bigint, rows: number): number[] {
  return rowsPlaces().map((low) => Number(hash >> BigInt(low) & BigInt(rows - 1)));
}

/** Clients of a few servers. */
export function randomKey(stream: Random): Key {
  return {
    vlan: stream.chance(0.5) ? 0 : stream.below(4096),
    local_address: 0x0a000001 + stream.below(4), local_port: [80, 443, 8080, 5001][stream.below(4)]!,
    remote_address: stream.uint32(), remote_port: stream.below(65536),
  };
}
