/** What a connection does, segment by segment: a second peer's part is played by the test. */
import { beforeEach, describe, expect, test } from 'vitest';
import { CheckedStream } from '../../../sim/peer/checked-stream.ts';
import type { SocketError } from '../../../sim/peer/connection.ts';
import type { Socket } from '../../../sim/peer/socket.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from '../../../sim/peer/tcp-segment.ts';
import { ipFrame } from '../../../sim/peer/ip-packet.ts';
import { parseIpv4 } from '../../../hw/protocol/index.ts';
import { A, B, exchange, PORT, SECOND_PS, world, type World } from './exchange.ts';

let it: World;
beforeEach(() => { it = world(); });

test('nobody listens: refused', () => {
  let error: SocketError | undefined;
  it.a.connect({ address: B.address, port: 9 }, { onClose: (why) => { error = why; } });
  it.run();
  expect([error, it.b.counters.resets, it.a.connections]).toEqual(['ECONNREFUSED', 1, 0]);
});

test('nobody answers: given up, after SYNs that come ever more rarely', () => {
  const times: number[] = [];
  it = world({ aToB: { loss: { probability: 1 } }, tcpA: { retries: 4 } });
  let error: SocketError | undefined;
  it.a.connect({ address: B.address, port: PORT }, { onClose: (why) => { error = why; } });
  // ARP gets no answer either: the SYNs wait for it.
  it.run();
  times.push(Number(it.link.nowPs) / 1e12);
  expect([error, it.a.connections]).toEqual(['ETIMEDOUT', 0]);
  // 1 + 2 + 4 + 8 + 16 s.
  expect(it.a.nowNs).toBeCloseTo(31e9, -8);
});

test('both open at once: one connection', () => {
  const [left, right] = [new CheckedStream({ sends: 1000, own: 1, other: 2 }), new CheckedStream({ sends: 2000, own: 2, other: 1 })];
  // Addresses are known, so that the SYNs cross.
  it.a.ping(B.address, new Uint8Array(1), () => {});
  it.run();
  left.socket = it.a.connect({ address: B.address, port: 2000, localPort: 1000 }, left.handlers);
  right.socket = it.b.connect({ address: 0x0a00_000a, port: 1000, localPort: 2000 }, right.handlers);
  expect([left.socket.state, right.socket.state]).toEqual(['SYN-SENT', 'SYN-SENT']);
  it.run(() => left.ended && right.ended);
  expect([left.received, left.wrongAt, right.received, right.wrongAt]).toEqual([2000, undefined, 1000, undefined]);
  expect([it.a.connections, it.b.connections]).toEqual([1, 1]);
});

test('half closed, the other half goes on', () => {
  const { client, server } = exchange(it, 10, 500_000);
  it.run(() => client.socket!.state === 'FIN-WAIT-2');
  expect([server.ended, server.socket!.state]).toEqual([true, 'CLOSE-WAIT']);
  expect(client.received).toBeLessThan(500_000);
  it.run(() => client.ended);
  expect(client.received).toBe(500_000);
});

test('who closes first waits for 2 MSL, and answers a FIN that comes again', () => {
  it = world({ bToA: { latencyPs: 1_000_000 }, aToB: { latencyPs: 1_000_000, loss: { at: [6, 7] } } });
  const { client, server } = exchange(it, 100, 0);
  it.run(() => client.ended);
  const start = it.link.nowPs;
  it.run(() => server.closed);
  it.run();
  expect([client.closed, client.error, server.error, it.a.connections, it.b.connections]).toEqual([true, undefined, undefined, 0, 0]);
  expect(it.link.nowPs - start).toBeGreaterThan(59n * SECOND_PS);
});

test('both close at once', () => {
  const { client, server } = exchange(it, 0, 0);
  it.run();
  expect([client, server].map(({ closed, ended, error }) => [closed, ended, error])).toEqual([[true, true, undefined], [true, true, undefined]]);
});

test('an abort is a reset', () => {
  const { client, server } = exchange(it, 1_000_000, 0);
  it.run(() => server.received > 100_000);
  client.socket!.abort();
  expect([client.closed, client.error]).toEqual([true, undefined]);
  it.run();
  expect([server.closed, server.error, it.b.connections]).toEqual([true, 'ECONNRESET', 0]);
});

test('a closed socket reads no more, and the other side is not stopped by it', () => {
  const { client, server } = exchange(it, 0, 1_000_000);
  it.run(() => client.received > 1000);
  const { received } = client;
  client.socket!.close();
  it.run();
  expect([client.received, server.closed, server.error]).toEqual([received, true, undefined]);
});

test('a reader that is slow stops the sender, and loses nothing', () => {
  it = world({ tcpB: { receiveBytes: 5000 } });
  const server: { socket?: Socket; bytes: number } = { bytes: 0 };
  it.b.listen(PORT, (socket) => {
    server.socket = socket;
    return {};
  });
  const client = new CheckedStream({ sends: 50_000, own: 1, other: 2 });
  client.socket = it.a.connect({ address: B.address, port: PORT }, client.handlers);
  it.run(undefined, 3);
  expect(server.socket!.readable).toBe(5000);
  for (let second = 4; server.bytes < 50_000 && second < 200; second += 1) {
    server.bytes += server.socket!.read(1700).length;
    it.run(undefined, second);
  }
  expect(server.bytes).toBe(50_000);
});

test('a FIN needs a place in the window, too', () => {
  const fins: number[] = [];
  it = world({ tcpB: { receiveBytes: 3000 }, onFrame: (from, frame) => { if (from === 'a' && frame[12] === 8 && frame[13] === 0 && (frame[14 + 20 + 13]! & 1) === 1) fins.push(it.a.nowNs); } });
  let socket: Socket | undefined;
  let ended = false;
  it.b.listen(PORT, (accepted) => {
    socket = accepted;
    return { onEnd: () => { ended = true; } };
  });
  const client = new CheckedStream({ sends: 3000, own: 1, other: 2 });
  client.socket = it.a.connect({ address: B.address, port: PORT }, client.handlers);
  // Before the first probe of the window of zero.
  it.run(() => socket?.readable === 3000);
  expect([fins, ended]).toEqual([[], false]);
  socket!.read();
  it.run(() => ended);
  expect(fins.length).toBe(1);
});

describe('somebody else who sends segments for a connection', () => {
  /** `a` and `b` are connected and silent; `forge` makes a segment of `a`, by what is next on its side and by what it got. */
  function established(timestamps = false) {
    const sent: TcpSegment[] = [];
    const replies: TcpSegment[] = [];
    let error: SocketError | undefined;
    let socket: Socket | undefined;
    it = world({
      tcpA: { timestamps },
      onFrame: (from, frame) => {
        const ip = parseIpv4(frame.subarray(14));
        if (ip.verdict !== 'good') return;
        const segment = decodeTcp(frame.subarray(14 + ip.payload.from, 14 + ip.payload.to), ip.header);
        (from === 'a' ? sent : replies).push(segment!);
      },
    });
    it.b.listen(PORT, (accepted) => {
      socket = accepted;
      return { onClose: (why) => { error = why; } };
    });
    const client = it.a.connect({ address: B.address, port: PORT });
    it.run(() => socket !== undefined);
    client.send(Uint8Array.of(1, 2, 3));
    it.run(() => socket!.readable === 3);
    it.run(undefined, 1);
    const last = sent.at(-1)!;
    const next = (last.sequence + last.payload.length) >>> 0;
    replies.length = 0;
    const forge = (change: Partial<TcpSegment> & { readonly ahead?: number }): void => {
      const { ahead = 0, ...rest } = change;
      const segment: TcpSegment = { ...last, options: {}, payload: new Uint8Array(0), psh: false, sequence: (next + ahead) >>> 0, ...rest };
      it.b.receive(ipFrame(A.mac, { source: A.address, destination: B.address, protocol: 6, identification: 0 }, encodeTcp(segment, { source: A.address, destination: B.address })).map((byte, i) => (i < 6 ? Number((BigInt(B.mac) >> BigInt(8 * (5 - i))) & 0xffn) : byte)), it.link.nowPs);
    };
    return { forge, replies, last, socket: socket!, error: () => error };
  }

  test('a reset at the very place ends it', () => {
    const { forge, error, replies } = established();
    forge({ rst: true });
    expect([error(), replies.length]).toEqual(['ECONNRESET', 0]);
  });

  test('a reset elsewhere in the window is asked about, one outside is nothing (RFC 5961, 3.2)', () => {
    const { forge, error, replies, socket } = established();
    forge({ rst: true, ahead: 1 });
    expect([error(), replies.map(({ ack, rst }) => [ack, rst])]).toEqual([undefined, [[true, false]]]);
    forge({ rst: true, ahead: -1 });
    forge({ rst: true, ahead: 2 ** 30 });
    expect([error(), replies.length, socket.state]).toEqual([undefined, 1, 'ESTABLISHED']);
  });

  test('a SYN is asked about (RFC 5961, 4.2)', () => {
    const { forge, replies, socket } = established();
    forge({ syn: true, ack: false });
    expect([socket.state, replies.length, replies[0]!.rst]).toEqual(['ESTABLISHED', 1, false]);
  });

  test('what was never sent cannot be acknowledged (RFC 5961, 5.2)', () => {
    const { forge, last, replies, socket } = established();
    forge({ acknowledgment: (last.acknowledgment + 1000) >>> 0, payload: Uint8Array.of(9) });
    expect([socket.readable, replies.length]).toEqual([3, 1]);
  });

  test('data without an ACK bit are not taken, data with it are', () => {
    const { forge, socket } = established();
    forge({ ack: false, payload: Uint8Array.of(9) });
    expect(socket.readable).toBe(3);
    forge({ payload: Uint8Array.of(9) });
    expect(socket.readable).toBe(4);
  });

  test('data of which a part is old, or ahead of a gap: acknowledged at once (RFC 5681, 4.2)', () => {
    const { forge, last, replies, socket } = established();
    const acknowledged = () => replies.map(({ acknowledgment }) => (acknowledgment - last.sequence) >>> 0);
    forge({ ahead: 2, payload: Uint8Array.of(6, 7) });
    expect([socket.readable, acknowledged()]).toEqual([3, [3]]);
    forge({ ahead: -2, payload: Uint8Array.of(99, 99, 4, 5, 88) });
    expect(acknowledged()).toEqual([3, 7]);
    expect([...socket.read()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('with timestamps, a segment without or with an old one is not taken (RFC 7323, 3.2 and 5.3)', () => {
    const { forge, last, socket } = established(true);
    forge({ payload: Uint8Array.of(9) });
    forge({ payload: Uint8Array.of(9), options: { timestamps: { value: (last.options.timestamps!.value - 1) >>> 0, echo: 0 } } });
    expect(socket.readable).toBe(3);
    forge({ payload: Uint8Array.of(9), options: { timestamps: last.options.timestamps! } });
    expect(socket.readable).toBe(4);
  });
});

test('two connections between the same two, and a port that is used again', () => {
  const { client, server } = exchange(it, 1000, 1000);
  const other = new CheckedStream({ sends: 500, own: 1, other: 2 });
  it.run(() => client.closed && server.closed);
  const served: Socket[] = [];
  it.b.listen(PORT, (socket) => {
    served.push(socket);
    return { onEnd: () => socket.close() };
  });
  other.socket = it.a.connect({ address: B.address, port: PORT }, other.handlers);
  const third = it.a.connect({ address: B.address, port: PORT });
  expect(other.socket.localPort).not.toBe(third.localPort);
  expect(() => it.a.connect({ address: B.address, port: PORT, localPort: third.localPort })).toThrow('there is a connection from port');
  it.run(() => served.length === 2);
  third.abort();
  it.run(() => it.b.connections === 0 && it.a.connections === 0);
  expect(served.map(({ state }) => state)).toEqual(['CLOSED', 'CLOSED']);
});
