import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { DirectionOptions } from '../../../sim/link/direction.ts';
import { createPcapng } from '../../../sim/link/pcapng.ts';
import { Peer, type TcpSettings } from '../../../sim/peer/peer.ts';
import { complaintsOfTshark, hasTshark, tsharkFields } from '../link/tshark.ts';
import { A, B, exchange, PORT, world, type World, type WorldOptions } from './exchange.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-peer-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every byte once and in order, both ways, and an orderly end. */
function run(options: WorldOptions, bytesA = 200_000, bytesB = 200_000): World {
  const it = world(options);
  const { client, server } = exchange(it, bytesA, bytesB);
  it.run(() => client.closed && server.closed);
  expect({ client: [client.received, client.wrongAt, client.ended, client.error], server: [server.received, server.wrongAt, server.ended, server.error] }).toEqual({
    client: [bytesB, undefined, true, undefined], server: [bytesA, undefined, true, undefined],
  });
  // No connection is left.
  it.run();
  expect([it.a.connections, it.b.connections]).toEqual([0, 0]);
  return it;
}

const MICROSECOND = 1_000_000;
const NETWORKS: Readonly<Record<string, DirectionOptions>> = {
  clean: { latencyPs: 5 * MICROSECOND },
  lossy: { latencyPs: 20 * MICROSECOND, loss: { probability: 0.03 } },
  bursts: { latencyPs: 20 * MICROSECOND, burstLoss: { goodToBad: 0.01, badToGood: 0.3 } },
  reordering: { latencyPs: 20 * MICROSECOND, jitter: { distribution: 'uniform', maxPs: 30 * MICROSECOND, mayReorder: true }, reorder: { probability: 0.05, holdPs: 100 * MICROSECOND } },
  duplicating: { latencyPs: 5 * MICROSECOND, duplication: { probability: 0.2, delayPs: 50 * MICROSECOND } },
  // Neither does an FCS tell half of it.
  corrupting: { latencyPs: 5 * MICROSECOND, corruption: { probability: 0.03, bits: 1, fcs: 'recomputed' } },
  everything: { latencyPs: 50 * MICROSECOND, loss: { probability: 0.02 }, duplication: { probability: 0.02 }, reorder: { probability: 0.05, holdPs: 200 * MICROSECOND }, corruption: { probability: 0.01 } },
  narrow: { latencyPs: 500 * MICROSECOND, queueBytes: 20_000 },
};

const SETTINGS: Readonly<Record<string, TcpSettings>> = {
  usual: {},
  bare: { timestamps: false, windowScale: false, receiveBytes: 60_000 },
  tiny: { mss: 100, receiveBytes: 1000, sendBytes: 700, noDelay: true },
  prompt: { ackEvery: 1, noDelay: true, receiveBytes: 2 ** 20, sendBytes: 2 ** 20 },
};

describe.each(Object.keys(NETWORKS))('a network that is %s', (network) => {
  test.each(Object.keys(SETTINGS))('%s settings', (settings) => {
    const bytes = settings === 'tiny' ? 20_000 : 200_000;
    for (const seed of [1, 2]) {
      run({ seed, aToB: NETWORKS[network]!, bToA: NETWORKS[network]!, tcpA: SETTINGS[settings]!, tcpB: SETTINGS[seed === 1 ? settings : 'usual']! }, bytes, seed === 1 ? bytes : 1000);
    }
  });
});

test.skipIf(process.env['VTOE_LONG'] !== '1')('a thousand seeds through everything', () => {
  for (let seed = 0; seed < 1000; seed += 1) run({ seed, aToB: NETWORKS['everything']!, bToA: NETWORKS['everything']! }, 50_000, 50_000);
}, 3_600_000);

test('the same seed gives the same frames, another one others', () => {
  const frames = (seed: number): string[] => {
    const seen: string[] = [];
    run({ seed, aToB: NETWORKS['everything']!, bToA: NETWORKS['everything']!, onFrame: (from, frame) => seen.push(from + Buffer.from(frame).toString('hex')) }, 20_000, 20_000);
    return seen;
  };
  expect(frames(3)).toEqual(frames(3));
  expect(frames(3)).not.toEqual(frames(4));
});

test('a transfer fills a link of 10 Gbit/s', () => {
  const it = world({ tcpA: { sendBytes: 2 ** 20 }, tcpB: { receiveBytes: 2 ** 20 } });
  const bytes = 4_000_000;
  const { server } = exchange(it, bytes, 0);
  it.run(() => server.received === bytes);
  const seconds = Number(it.link.nowPs) / 1e12;
  // Headers, timestamps, preamble, FCS and gap leave 94.1 %; slow start takes a few round trips of 10 µs.
  expect((bytes * 8) / seconds / 1e10).toBeGreaterThan(0.93);
});

test('what the network loses is sent again, and not much more', () => {
  const it = world({ seed: 5, aToB: { latencyPs: 50 * MICROSECOND, loss: { probability: 0.02 } } });
  const { client, server } = exchange(it, 1_000_000, 0);
  it.run(() => server.received === 1_000_000);
  const { retransmissions } = client.socket!.statistics;
  expect(it.link.counters.a.lost).toBeGreaterThan(4);
  expect(retransmissions).toBeGreaterThanOrEqual(it.link.counters.a.lost);
  expect(retransmissions).toBeLessThan(6 * it.link.counters.a.lost);
});

test('a single loss costs a round trip, and no time-out', () => {
  const it = world({ aToB: { latencyPs: 50 * MICROSECOND, loss: { at: [30, 34] } }, bToA: { latencyPs: 50 * MICROSECOND } });
  const { client, server } = exchange(it, 300_000, 0);
  it.run(() => server.received === 300_000);
  expect([it.link.counters.a.lost, client.socket!.statistics.retransmissions]).toEqual([2, 2]);
  expect(Number(it.link.nowPs) / 1e9).toBeLessThan(5);
});

describe.skipIf(!hasTshark())('tshark, which has its own idea of TCP (skipped where missing: sudo apt-get install tshark),', () => {
  test('sees what is wrong on purpose', () => {
    const file = join(folder, 'wrong.pcapng');
    const capture = createPcapng(file);
    const { a } = run({ misbehaviourA: { wrongChecksums: 0.1, garbageOptions: 0.1 }, capture }, 50_000, 0);
    capture.close();
    expect(complaintsOfTshark(file).length).toBeGreaterThanOrEqual(a.mischief.wrongChecksums);
    expect(a.mischief.wrongChecksums).toBeGreaterThan(3);
  });

  // What the network did is no fault of the peers.
  const OF_NETWORK = ['retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order', 'lost_segment', 'ack_lost_segment'].map((name) => `tcp.analysis.${name}`).join(' || ');

  test.each([['clean', undefined], ['reordering', OF_NETWORK], ['everything', `${OF_NETWORK} || frame.packet_flags_crc_error == 1`]])('minds nothing in what is %s', (network, beside) => {
    const file = join(folder, `${network}.pcapng`);
    const capture = createPcapng(file);
    run({ aToB: NETWORKS[network]!, bToA: NETWORKS[network]!, capture }, 100_000, 50_000);
    capture.close();
    expect(complaintsOfTshark(file, beside)).toEqual([]);
    expect(tsharkFields(file, 'tcp.flags.syn == 1', ['tcp.options.mss_val', 'tcp.options.wscale.shift']).slice(0, 2)).toEqual(['1460\t3', '1460\t3']);
    expect(tsharkFields(file, 'tcp.flags.fin == 1', ['frame.number']).length).toBeGreaterThanOrEqual(2);
  });
});

describe('ARP and ICMP', () => {
  test('an echo comes back as it was, padded or not', () => {
    const it = world();
    const seen: string[] = [];
    for (const data of ['', 'x', 'y'.repeat(1400)]) it.a.ping(B.address, Buffer.from(data), (reply) => seen.push(Buffer.from(reply).toString()));
    it.run();
    expect(seen).toEqual(['', 'x', 'y'.repeat(1400)]);
    expect(it.b.counters.echoes).toBe(3);
    // One question and its answer, and three echoes each way.
    expect([it.a.counters.framesOut, it.b.counters.framesOut]).toEqual([4, 4]);
  });

  test('nobody answers for an address that nobody has', () => {
    const it = world();
    let replies = 0;
    it.a.ping(0x0a00_0063, new Uint8Array(8), () => { replies += 1; });
    it.run();
    expect([replies, it.a.counters.framesOut, it.b.counters.framesOut]).toEqual([0, 3, 0]);
    expect(it.link.nowPs).toBeGreaterThan(2_000_000_000_000n);
  });

  test('frames that are broken or for somebody else change nothing', () => {
    const it = world();
    const frames: Uint8Array[] = [];
    const other = new Peer({ ...A, transmit: (frame) => frames.push(frame.slice()) });
    other.receive(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0xb, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0xb, 10, 0, 0, 0xb, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0xa]), 0n);
    other.ping(B.address, Buffer.from('hello'), () => {});
    const [, echo] = frames as [Uint8Array, Uint8Array];
    for (let at = 0; at < echo.length; at += 1) {
      const damaged = echo.slice();
      damaged[at]! ^= 0x10;
      it.b.receive(damaged, 0n);
      it.b.receive(echo.subarray(0, at), 0n);
    }
    // The source of the frame and the padding are in no checksum; the ethertype leads elsewhere.
    const harmless = 6 + (echo.length - 14 - 20 - 8 - 5);
    expect(it.b.counters.echoes).toBeLessThanOrEqual(harmless + (echo.length - 14 - 20 - 8 - 5));
    expect(it.b.counters.badIp + it.b.counters.badIcmp + it.b.counters.ignored).toBeGreaterThan(80);
    const { echoes } = it.b.counters;
    it.b.receive(echo, 0n);
    expect(it.b.counters.echoes).toBe(echoes + 1);
  });
});

test.each([
  [() => new Peer({ mac: 0, address: 1, transmit: () => {} }), 'mac must be a whole number from 1 to 281474976710655, not 0'],
  [() => new Peer({ ...A, transmit: () => {}, tcp: { ms: 3 } as never }), 'tcp has no option ms (did you mean mss?); its options are mss, sendBytes, receiveBytes, windowScale, timestamps, timestampNs, noDelay, ackEvery, delayedAckNs, initialTimeoutNs, leastTimeoutNs, mostTimeoutNs, retries, timeWaitNs'],
  [() => new Peer({ ...A, transmit: () => {}, tcp: { mss: 10 } }), 'tcp.mss must be a whole number from 76 to 65495, not 10'],
  [() => new Peer({ ...A, transmit: () => {}, misbehaviour: { resets: 2 } }), 'misbehaviour.resets must be a number from 0 to 1, not 2'],
  [() => new Peer({ ...A, transmit: () => {}, misbehaviour: { zeroWindows: { everyBytes: 0, forNs: 1 } } }), 'misbehaviour.zeroWindows.everyBytes must be a whole number from 1 up, not 0'],
  [() => world().a.connect({ address: B.address, port: PORT, localPort: 0 }), 'localPort must be a whole number from 1 to 65535, not 0'],
])('%s makes no sense', (action, message) => {
  expect(action).toThrow(new RangeError(message));
});
