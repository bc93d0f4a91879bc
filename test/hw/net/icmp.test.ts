import { pausing, simulate, type Simulation, streamSink } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { icmpEcho } from '../../../hw/net/icmp.ts';
import { EthernetHeader, IcmpHeader, IcmpType, internetChecksum, Ipv4Header, parseEthernet, parseIpv4 } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { type Beat, beatsOf, bytesOf } from './support/drive.ts';
import { echoFrame, icmp, icmpFrame, OUR_MAC, PEER_MAC, rightHeaderChecksum } from './support/frames.ts';

const bench = hardwareBench();
type Sim = Simulation<ReturnType<typeof icmpEcho>['ports']>;

/** Sends requests without a pause between them, or with `idle` cycles, and gives the answers. */
function run(sim: Sim, width: number, requests: readonly Uint8Array[], { idle = 0, pressure = 0 } = {}): Uint8Array[] {
  const beats: Beat[] = [];
  sim.start(streamSink(sim.io.reply, sim.sampled.reply, beats, pausing(pressure, 1)));
  sim.start(heldUntilReady(sim.sampled.reply, 'reply'));
  sim.start((function* () {
    let inside = false;
    for (;;) {
      yield;
      const { valid, ready, payload } = sim.sampled.reply;
      if (inside && !valid) throw new Error('valid falls inside of a frame');
      if (valid && ready) inside = !payload.last;
    }
  })());
  for (const bytes of requests) {
    for (const beat of beatsOf({ bytes, bad: false }, width / 8)) {
      sim.io.request.valid = true;
      sim.io.request.payload = beat;
      sim.step();
    }
    sim.io.request.valid = false;
    if (idle > 0) sim.step(Math.ceil(idle));
  }
  sim.step(100 + Math.ceil((4 * requests.reduce((sum, { length }) => sum + length, 0)) / (width / 8)));
  const frames: Uint8Array[] = [];
  let bytes: number[] = [];
  for (const beat of beats) {
    bytes.push(...bytesOf(beat, width / 8));
    if (!beat.last) continue;
    frames.push(Uint8Array.from(bytes));
    bytes = [];
  }
  return frames;
}

/** What software would answer, its checksums made anew. */
function answerTo(request: Uint8Array): Uint8Array {
  const answer = request.slice();
  const { destination, source, payload } = parseEthernet(request)!;
  EthernetHeader.put(answer, 'destination', source);
  EthernetHeader.put(answer, 'source', destination);
  const packet = answer.subarray(payload);
  const ip = Ipv4Header.decode(packet);
  Ipv4Header.put(packet, 'source', ip.destination);
  Ipv4Header.put(packet, 'destination', ip.source);
  Ipv4Header.put(packet, 'ttl', 64);
  rightHeaderChecksum(packet);
  const message = packet.subarray(20, ip.total_length);
  IcmpHeader.put(message, 'type', IcmpType.value.ECHO_REPLY);
  IcmpHeader.put(message, 'checksum', 0);
  IcmpHeader.put(message, 'checksum', internetChecksum(message));
  return answer;
}

function some(count: number, seed: number): Uint8Array[] {
  const r = random(seed);
  return Array.from({ length: count }, () => {
    const frame = echoFrame(Uint8Array.from({ length: r.below(r.chance(0.2) ? 900 : 120) }, () => r.below(256)), { ...(r.chance(0.4) && { vlan: r.below(65_536) }), padTo: r.chance(0.5) ? 60 : 0 });
    const packet = frame.subarray(parseEthernet(frame)!.payload);
    packet[8] = r.below(256);
    packet[1] = r.below(256);
    rightHeaderChecksum(packet);
    return frame;
  });
}

describe.each([64, 128, 256, 512])('%i bits', (width) => {
  test.each([0, 60])('requests come back as answers, back-pressure %i percent', (pressure) => {
    const requests = some(12, width + pressure);
    expect(run(bench.simulate(icmpEcho({ width, bytes: 2048 })), width, requests, { idle: 40 + 3000 / (width / 8), pressure })).toEqual(requests.map(answerTo));
  });
});

test('every checksum that the type can be corrected from, with carries to all sides', () => {
  // Data that make the checksum any number: the first two bytes of data go through all values that carry.
  const requests = [0, 1, 0x07ff, 0x0800, 0x0801, 0xf7ff, 0xf800, 0xfffe, 0xffff, 0xe7cc, 0xe5cb, 0xedcb, 0xedcc].map((value) => echoFrame(Uint8Array.of(value >> 8, value & 255)));
  const answers = run(simulate(icmpEcho({ width: 64, bytes: 2048 })), 64, requests, { idle: 30 });
  for (const answer of answers) {
    const { payload } = parseEthernet(answer)!;
    const parsed = parseIpv4(answer.subarray(payload));
    if (parsed.verdict !== 'good') throw new Error(parsed.verdict);
    expect(internetChecksum(answer.subarray(payload + parsed.payload.from, payload + parsed.payload.to))).toBe(0);
  }
  expect(answers.length).toBe(requests.length);
  expect(parseEthernet(answers[0]!)).toMatchObject({ destination: PEER_MAC, source: OUR_MAC });
});

test('an answer that is all zeros has the checksum 0xffff: 0 would be wrong', () => {
  const requests = [0, 1, 40].map((length) => icmpFrame(icmp(IcmpType.value.ECHO_REQUEST, 0, 0, new Uint8Array(length))));
  const answers = run(bench.simulate(icmpEcho({ width: 64, bytes: 2048 })), 64, requests, { idle: 30 });
  expect(answers).toEqual(requests.map(answerTo));
  expect(answers.map((answer) => IcmpHeader.decode(answer.subarray(34)).checksum)).toEqual([0xffff, 0xffff, 0xffff]);
});

test('what finds no room is dropped whole and counted; a request longer than the FIFO is never answered', () => {
  const sim = bench.simulate(icmpEcho({ width: 64, bytes: 256 }));
  const requests = [...Array.from({ length: 8 }, (_, i) => echoFrame(new Uint8Array(60).fill(i))), echoFrame(new Uint8Array(400))];
  sim.io.reply.ready = false;
  const answers = run(sim, 64, requests);
  const { dropped } = sim.io;
  expect(dropped).toBeGreaterThan(1n);
  expect(answers.length + Number(dropped)).toBe(requests.length);
  expect(answers[0]).toEqual(answerTo(requests[0]!));
  // And it goes on.
  expect(run(sim, 64, requests.slice(3, 4))).toEqual([answerTo(requests[3]!)]);
});

bench.verilog();
