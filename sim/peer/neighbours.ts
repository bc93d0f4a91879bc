/** MAC addresses of neighbours by ARP (RFC 826): asks for those that it does not know, and keeps what has to wait. */
import { ArpOperation, ArpPacket, BROADCAST, ETHERNET_LEAST_BYTES, EthernetHeader, EtherType, isArpForIpv4 } from '../../hw/protocol/index.ts';

export interface NeighboursHost {
  readonly mac: number;
  readonly address: number;
  now(): number;
  transmit(frame: Uint8Array): void;
}

interface Question {
  /** Frames whose destination is still open. */
  readonly waiting: Uint8Array[];
  asked: number;
  nextAt: number;
}

const ASK_EVERY_NS = 1_000_000_000;
const MOST_QUESTIONS = 3;
/** What waits beyond it is dropped; TCP sends it again. */
const MOST_WAITING = 16;

export class Neighbours {
  readonly #host: NeighboursHost;
  readonly #known = new Map<number, number>();
  readonly #questions = new Map<number, Question>();

  constructor(host: NeighboursHost) {
    this.#host = host;
  }

  get deadlineNs(): number {
    let least = Infinity;
    for (const { nextAt } of this.#questions.values()) least = Math.min(least, nextAt);
    return least;
  }

  macOf(address: number): number | undefined {
    return this.#known.get(address);
  }

  /** Sends the frame to whoever has the address, now or once it is known. */
  send(address: number, frame: Uint8Array): void {
    const mac = this.#known.get(address);
    if (mac !== undefined) return this.#sendTo(mac, frame);
    const question = this.#questions.get(address);
    if (question !== undefined) {
      if (question.waiting.length < MOST_WAITING) question.waiting.push(frame);
      return;
    }
    this.#questions.set(address, { waiting: [frame], asked: 0, nextAt: this.#host.now() });
    this.onTime(this.#host.now());
  }

  onTime(now: number): void {
    for (const [address, question] of this.#questions) {
      if (question.nextAt > now) continue;
      if (question.asked === MOST_QUESTIONS) {
        this.#questions.delete(address);
        continue;
      }
      question.asked += 1;
      question.nextAt = now + ASK_EVERY_NS;
      this.#say(BROADCAST, ArpOperation.value.REQUEST, 0, address);
    }
  }

  /** @param packet behind the Ethernet header */
  receive(packet: Uint8Array): void {
    if (packet.length < ArpPacket.bytes) return;
    const arp = ArpPacket.decode(packet);
    const { mac, address } = this.#host;
    // A group has no MAC address of its own.
    if (!isArpForIpv4(arp) || (Math.floor(arp.sha / 2 ** 40) & 1) === 1) return;
    const isForMe = arp.tpa === address;
    if (arp.spa !== 0 && arp.spa !== address && (isForMe || this.#known.has(arp.spa))) this.#learn(arp.spa, arp.sha);
    if (isForMe && arp.oper === ArpOperation.value.REQUEST && arp.sha !== mac) this.#say(arp.sha, ArpOperation.value.REPLY, arp.sha, arp.spa);
  }

  #learn(address: number, mac: number): void {
    this.#known.set(address, mac);
    const question = this.#questions.get(address);
    this.#questions.delete(address);
    for (const frame of question?.waiting ?? []) this.#sendTo(mac, frame);
  }

  #sendTo(mac: number, frame: Uint8Array): void {
    EthernetHeader.put(frame, 'destination', mac);
    this.#host.transmit(frame);
  }

  #say(destination: number, oper: number, tha: number, tpa: number): void {
    const { mac, address } = this.#host;
    const frame = new Uint8Array(ETHERNET_LEAST_BYTES);
    EthernetHeader.write(frame, 0, { destination, source: mac, ethertype: EtherType.value.ARP });
    ArpPacket.write(frame, EthernetHeader.bytes, { oper, sha: mac, spa: address, tha, tpa });
    this.#host.transmit(frame);
  }
}
