/** Segments without a connection: every field of the segment, from random ends and actions, against values written out here. */
import { Bool, Bundle, In, module, Out, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config, derived } from '../../../hw/config.ts';
import { ackSend, resetSend, statelessSegment } from '../../../hw/net/stateless.ts';
import { TxSegment } from '../../../hw/net/tx-segment.ts';
import { StatelessReset } from '../../../hw/tcp/actions.ts';
import { FlowKey } from '../../../hw/tcp/flow-key.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const Ack = Bundle('Ack', { seq: UInt(32), ack: UInt(32), window: UInt(16), has_ts: Bool, tsval: UInt(32), tsecr: UInt(32) });

/** Both kinds, between the same two ends. */
const both = (vms: number) => {
  const c = config({ connections: 16, vms });
  const { ownerBits } = derived(c);
  return module('stateless', { v: vms }, {
    owner: In(UInt(ownerBits)), key: In(FlowKey), local_mac: In(UInt(48)), remote_mac: In(UInt(48)),
    reset: In(StatelessReset), ack: In(Ack), rst: Out(TxSegment(c)), acknowledges: Out(TxSegment(c)),
  }, (io) => {
    io.rst.set(statelessSegment(c, io, resetSend(io.reset)));
    io.acknowledges.set(statelessSegment(c, io, ackSend(io.ack)));
    return {};
  });
};

const NOT_SENT = { psh: false, syn: false, fin: false, length: 0n, offset: 0n, has_mss: false, mss: 0n, has_wscale: false, wscale: 0n };

test.each([1, 8, 127])('%i VMs', (vms) => {
  const sim = bench.simulate(both(vms));
  const rng = random(vms);
  const word = () => BigInt(rng.uint32());
  const mac = () => (BigInt(rng.below(2 ** 16)) << 32n) | word();
  for (let i = 0; i < 100; i++) {
    const owner = BigInt(rng.below(vms + 1));
    const key = { vlan: i % 2 === 0 ? 0n : BigInt(1 + rng.below(4094)), local_address: word(), remote_address: word(), local_port: BigInt(rng.below(65_536)), remote_port: BigInt(rng.below(65_536)) };
    const [local, remote] = [mac(), mac()];
    const reset = { seq: word(), ack: word(), ack_flag: rng.chance(0.5) };
    const ack = { seq: word(), ack: word(), window: BigInt(rng.below(65_536)), has_ts: rng.chance(0.5), tsval: word(), tsecr: word() };
    Object.assign(sim.io.key, key);
    Object.assign(sim.io.reset, reset);
    Object.assign(sim.io.ack, ack);
    [sim.io.owner, sim.io.local_mac, sim.io.remote_mac] = [owner, local, remote];
    sim.step();
    const common = {
      owner, connection: 0n, ring: { page: 0n, size_log2: 0n },
      addresses: {
        source_mac: local, destination_mac: remote, tagged: key.vlan !== 0n, vid: key.vlan,
        source: key.local_address, destination: key.remote_address, source_port: key.local_port, destination_port: key.remote_port,
      },
    };
    expect(sim.sampled.rst).toEqual({ ...common, send: { ...NOT_SENT, kind: 'Reset', ...reset, rst: true, window: 0n, has_ts: false, tsval: 0n, tsecr: 0n } });
    expect(sim.sampled.acknowledges).toEqual({ ...common, send: { ...NOT_SENT, kind: 'Ack', ...ack, ack_flag: true, rst: false } });
  }
});

bench.verilog();
