/** A host on the peer's end of the link whose every segment the test writes itself: what no well-behaved end would send, and when. */
import { EthernetHeader, EtherType, IpProtocol, parseIpv4 } from '../../../../hw/protocol/index.ts';
import type { LinkEvent } from '../../../../sim/link/direction.ts';
import { ipFrame } from '../../../../sim/peer/ip-packet.ts';
import { Neighbours } from '../../../../sim/peer/neighbours.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from '../../../../sim/peer/tcp-segment.ts';
import { type Native, nativeMachine, type NativeOptions, OWN } from '../../../../sim/toe/native.ts';

const MAC = 0x0200_0000_0077;
const ADDRESS = 0x0a00_0077;
const START_OF_IP = EthernetHeader.bytes;

export interface FromToe extends TcpSegment {
  readonly timePs: bigint;
}

export class Stranger {
  readonly address = ADDRESS;
  /** Segments that the TOE sent to it, with good checksums, as they came. */
  readonly heard: FromToe[] = [];
  machine: Native | undefined;
  /** Answers who asks for its address. */
  readonly #neighbours = new Neighbours({ mac: MAC, address: ADDRESS, now: () => 0, transmit: (frame) => this.send(frame) });

  /** A frame to the TOE. @param padding bytes behind the packet, as Ethernet adds to short ones. */
  frame(segment: Partial<TcpSegment> & Pick<TcpSegment, 'sourcePort' | 'destinationPort'>, padding?: Uint8Array): Uint8Array {
    const addresses = { source: ADDRESS, destination: OWN.address };
    const complete: TcpSegment = {
      sequence: 0, acknowledgment: 0, syn: false, ack: false, fin: false, rst: false, psh: false, window: 65_535, options: {}, payload: new Uint8Array(0), ...segment,
    };
    const packet = encodeTcp(complete, addresses);
    const frame = ipFrame(MAC, { ...addresses, protocol: IpProtocol.value.TCP, identification: 0 }, packet);
    EthernetHeader.put(frame, 'destination', Number(OWN.mac));
    if (padding === undefined) return frame;
    const padded = new Uint8Array(START_OF_IP + 20 + packet.length + padding.length);
    padded.set(frame.subarray(0, Math.min(frame.length, padded.length)));
    padded.set(padding, padded.length - padding.length);
    return padded;
  }

  /** Puts frames on the wire, back to back, as soon as it is free. */
  send(...frames: readonly Uint8Array[]): void {
    const { link, bench } = this.machine!;
    const now = BigInt(Math.floor(bench.cycle * PERIOD_PS));
    for (const frame of frames) link.send('b', frame, now < link.nowPs ? link.nowPs : now);
  }

  /** What came since `from` for one of its ports. */
  to(port: number, from = 0): FromToe[] {
    return this.heard.slice(from).filter(({ destinationPort }) => destinationPort === port);
  }

  readonly onLinkEvent = (event: LinkEvent): void => {
    if (event.kind !== 'departed' || event.from !== 'a') return;
    const packet = event.frame.subarray(START_OF_IP);
    if (EthernetHeader.get(event.frame, 'ethertype') === EtherType.value.ARP) this.#neighbours.receive(packet);
    const ip = parseIpv4(packet);
    if (ip.verdict !== 'good' || ip.header.destination !== ADDRESS) return;
    const segment = decodeTcp(packet.subarray(ip.payload.from, ip.payload.to), { source: OWN.address, destination: ADDRESS });
    if (segment === undefined) throw new Error('the engine sent a segment with a wrong checksum');
    this.heard.push({ ...segment, timePs: event.timePs });
  };
}

/** Of the default clock. */
const PERIOD_PS = 1e12 / 156_250_000;

/** A machine with a TOE, and a stranger besides the peer. */
export function strangeMachine(options: NativeOptions): { readonly machine: Native; readonly stranger: Stranger } {
  const stranger = new Stranger();
  const machine = nativeMachine({ ...options, onLinkEvent: stranger.onLinkEvent });
  stranger.machine = machine;
  return { machine, stranger };
}
