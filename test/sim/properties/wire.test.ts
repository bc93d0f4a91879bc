/** The two properties of the wire: each lets pass what may be, and tells of a frame that was changed. */
import { describe, expect, test } from 'vitest';
import { Acknowledged } from '../../../sim/properties/acknowledged.ts';
import { OfferedWindow } from '../../../sim/properties/offered-window.ts';
import { ahead, type WireSegment, wireSegment } from '../../../sim/properties/wire-segment.ts';
import { EthernetHeader, IpProtocol } from '../../../hw/protocol/index.ts';
import { ipFrame } from '../../../sim/peer/ip-packet.ts';
import { encodeTcp, type TcpSegment } from '../../../sim/peer/tcp-segment.ts';

const [OWN, OTHER] = [{ address: 0x0a00_0001, port: 80 }, { address: 0x0a00_0002, port: 5000 }];
/** Both streams wrap on the way. */
const [ISN, ISS] = [0xffff_ff00, 0xffff_fe00];
type Fields = Partial<TcpSegment> & { readonly bytes?: number };

function segmentOf(from: 'toe' | 'peer', { bytes = 0, ...fields }: Fields): WireSegment {
  const [source, destination] = from === 'toe' ? [OWN, OTHER] : [OTHER, OWN];
  const addresses = { source: source.address, destination: destination.address };
  const whole = { sourcePort: source.port, destinationPort: destination.port, sequence: 0, acknowledgment: 0, syn: false, ack: true, fin: false, rst: false, psh: false, window: 1000, options: {}, payload: new Uint8Array(bytes), ...fields };
  const frame = ipFrame(1, { ...addresses, protocol: IpProtocol.value.TCP, identification: 0 }, encodeTcp(whole, addresses));
  return wireSegment(frame, from)!;
}

const at = (start: number, offset: number): number => (start + 1 + offset) >>> 0;

function subject() {
  const problems: string[] = [];
  const [acknowledged, window] = [new Acknowledged((problem) => problems.push(problem)), new OfferedWindow((problem) => problems.push(problem))];
  return {
    problems, acknowledged, window,
    peer: (fields: Fields) => {
      const segment = segmentOf('peer', fields);
      acknowledged.arrived(segment);
      window.arrived(segment);
    },
    toe: (fields: Fields) => {
      const segment = segmentOf('toe', fields);
      acknowledged.sent(segment);
      window.sent(segment);
      return problems.splice(0);
    },
  };
}

/** Opened by the peer: its window is 1,000 bytes times 2^`shift` behind the handshake. */
function opened(shift?: number) {
  const wire = subject();
  const options = shift === undefined ? {} : { windowScale: shift };
  wire.peer({ syn: true, ack: false, sequence: ISN, window: 500, options });
  expect(wire.toe({ syn: true, sequence: ISS, acknowledgment: at(ISN, 0), options: { windowScale: 2 } })).toEqual([]);
  wire.peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 0), window: 1000 });
  return wire;
}

test('a frame with a wrong checksum, and one that is no TCP, are none', () => {
  const addresses = { source: OTHER.address, destination: OWN.address };
  const tcp = encodeTcp({ sourcePort: 1, destinationPort: 2, sequence: 0, acknowledgment: 0, syn: true, ack: false, fin: false, rst: false, psh: false, window: 0, options: {}, payload: new Uint8Array(0) }, addresses);
  const frame = ipFrame(1, { ...addresses, protocol: IpProtocol.value.TCP, identification: 0 }, tcp);
  expect(wireSegment(frame, 'peer')).toBeDefined();
  const wrong = frame.slice();
  wrong[EthernetHeader.bytes + 20 + 5]! ^= 1;
  expect(wireSegment(wrong, 'peer')).toBeUndefined();
  expect(wireSegment(ipFrame(1, { ...addresses, protocol: IpProtocol.value.UDP, identification: 0 }, tcp), 'peer')).toBeUndefined();
});

describe('no acknowledgment beyond what was received', () => {
  test('as data come: in order, doubled, behind a hole that is filled later, with a FIN', () => {
    const { peer, toe, acknowledged } = opened();
    peer({ sequence: at(ISN, 0), bytes: 100 });
    peer({ sequence: at(ISN, 0), bytes: 100 });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 100) })).toEqual([]);
    peer({ sequence: at(ISN, 300), bytes: 100 });
    peer({ sequence: at(ISN, 200), bytes: 150 });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 100) })).toEqual([]);
    peer({ sequence: at(ISN, 50), bytes: 150, fin: false });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 400) })).toEqual([]);
    peer({ sequence: at(ISN, 400), bytes: 1, fin: true });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 402) })).toEqual([]);
    expect(acknowledged.checked).toBe(5);
  });

  test.each([
    ['a byte too much', 101], ['what is behind a hole', 300], ['a FIN that has not come', 401], ['what was before the SYN', -2],
  ])('%s is told', (_, offset) => {
    const { peer, toe } = opened();
    peer({ sequence: at(ISN, 0), bytes: 100 });
    peer({ sequence: at(ISN, 200), bytes: 200 });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, offset) })).toEqual([expect.stringMatching(/^the TOE acknowledges \d+ of port 80 to port 5000, and \d+ is the first that has not come/)]);
  });

  test('nothing is acknowledged without a SYN; a reset is no acknowledgment', () => {
    const { toe } = subject();
    expect(toe({ sequence: 1, acknowledgment: 2 })).toEqual(['the TOE acknowledges 2 of port 80 to port 5000, and no SYN has come']);
    expect(toe({ sequence: 1, acknowledgment: 2, rst: true })).toEqual([]);
  });

  test('a life before is still acknowledged, one that never was is not', () => {
    const { peer, toe } = opened();
    peer({ syn: true, ack: false, sequence: 5000 });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0) })).toEqual([]);
    expect(toe({ sequence: at(ISS, 0), acknowledgment: 5001 })).toEqual([]);
    expect(toe({ sequence: at(ISS, 0), acknowledgment: 70_000 })).toHaveLength(1);
    // However many SYNs a stranger makes up.
    for (let i = 0; i < 100; i += 1) peer({ syn: true, ack: false, sequence: 1_000_000 * i });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0) })).toEqual([]);
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 1) })).toHaveLength(1);
  });
});

describe('no payload beyond the window that was offered', () => {
  test.each([[undefined, 1000], [0, 1000], [3, 8000], [15, 1000 << 14]])('a scale of %s: %i bytes', (shift, bytes) => {
    const { toe, window } = opened(shift);
    expect(toe({ sequence: at(ISS, bytes - 600), acknowledgment: at(ISN, 0), bytes: 600 })).toEqual([]);
    expect(toe({ sequence: at(ISS, bytes - 600), acknowledgment: at(ISN, 0), bytes: 601 })).toEqual([expect.stringMatching(/^the TOE sends 601 bytes on port 80 to port 5000, the last 1 beyond the window that was offered: it ends at \d+$/)]);
    expect(window.checked).toBe(2);
  });

  test('the edge goes with what is acknowledged, and never back; a FIN is no payload', () => {
    const { peer, toe } = opened();
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 1000 })).toEqual([]);
    peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 400), window: 700 });
    peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 300), window: 10 });
    expect(toe({ sequence: at(ISS, 1000), acknowledgment: at(ISN, 0), bytes: 100, fin: true })).toEqual([]);
    expect(toe({ sequence: at(ISS, 1100), acknowledgment: at(ISN, 0), bytes: 1 })).toHaveLength(1);
  });

  test('a byte probes a closed window, when all before it is acknowledged', () => {
    const { peer, toe, window } = opened();
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 1000 })).toEqual([]);
    expect(toe({ sequence: at(ISS, 1000), acknowledgment: at(ISN, 0), bytes: 1 })).toHaveLength(1);
    peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 1000), window: 0 });
    expect(toe({ sequence: at(ISS, 1000), acknowledgment: at(ISN, 0), bytes: 1 })).toEqual([]);
    expect(toe({ sequence: at(ISS, 1000), acknowledgment: at(ISN, 0), bytes: 2 })).toHaveLength(1);
    expect(toe({ sequence: at(ISS, 1001), acknowledgment: at(ISN, 0), bytes: 1 })).toHaveLength(1);
    expect(window.probes).toBe(1);
  });

  test('an acknowledgment of what was never sent opens nothing; nor does a window before the handshake', () => {
    const { peer, toe } = opened();
    peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 5000), window: 60_000 });
    expect(toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 1001 })).toHaveLength(1);
    const fresh = subject();
    fresh.toe({ syn: true, ack: false, sequence: ISS });
    expect(fresh.toe({ sequence: at(ISS, 0), ack: false, bytes: 1 })).toEqual(['the TOE sends payload on port 80 to port 5000 before a window was offered']);
  });

  test('opened by the TOE: the window of the SYN that answers is not scaled', () => {
    const wire = subject();
    wire.toe({ syn: true, ack: false, sequence: ISS, options: { windowScale: 2 } });
    wire.peer({ syn: true, sequence: ISN, acknowledgment: at(ISS, 0), window: 500, options: { windowScale: 4 } });
    expect(wire.toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 501 })).toHaveLength(1);
    wire.peer({ sequence: at(ISN, 0), acknowledgment: at(ISS, 0), window: 500 });
    expect(wire.toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 8000 })).toEqual([]);
    expect(wire.toe({ sequence: at(ISS, 0), acknowledgment: at(ISN, 0), bytes: 8001 })).toHaveLength(1);
  });
});

test('numbers go round', () => {
  expect([ahead(0xffff_fff0, 0x10), ahead(0x10, 0xffff_fff0)]).toEqual([0x20, -0x20]);
});
