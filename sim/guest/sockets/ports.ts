/** Local ports of a guest: who has which, and which one a connection without a name of its own gets. */
import type { Random } from '../../random.ts';
import { SocketError } from '../errors.ts';

/** RFC 6335, section 6: dynamic ports. */
export const EPHEMERAL_FIRST = 49_152;
export const EPHEMERAL_LAST = 65_535;

interface Peer {
  readonly addressIndex: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

export class Ports {
  /** `address index:port` of sockets that were bound. */
  readonly #bound = new Set<string>();
  /** Of connections, with the peer. */
  readonly #connections = new Set<string>();
  readonly #first: number;
  readonly #count: number;
  /** The next one to try: they go round, so that a port rests for as long as possible (RFC 6056, section 3.3.3). */
  #next: number;

  constructor(random: Random, { first = EPHEMERAL_FIRST, last = EPHEMERAL_LAST }: { readonly first?: number; readonly last?: number } = {}) {
    this.#first = first;
    this.#count = last - first + 1;
    this.#next = random.below(this.#count);
  }

  /** How many ephemeral ones there are. */
  get count(): number {
    return this.#count;
  }

  /** Port 0: any. @returns the port. @throws SocketError EADDRINUSE */
  bind(addressIndex: number, port: number): number {
    const chosen = port === 0 ? this.#any((candidate) => !this.#bound.has(`${addressIndex}:${candidate}`)) : port;
    const key = `${addressIndex}:${chosen}`;
    if (chosen === undefined || this.#bound.has(key)) throw new SocketError('EADDRINUSE', `bind to port ${port}`);
    this.#bound.add(key);
    return chosen;
  }

  unbind(addressIndex: number, port: number): void {
    this.#bound.delete(`${addressIndex}:${port}`);
  }

  /** An ephemeral port for a connection to this peer. @throws SocketError EADDRNOTAVAIL */
  choose(peer: Peer): number {
    const port = this.#any((candidate) => !this.#bound.has(`${peer.addressIndex}:${candidate}`) && !this.#connections.has(key(peer, candidate)));
    if (port === undefined) throw new SocketError('EADDRNOTAVAIL', 'connect');
    return port;
  }

  connect(peer: Peer, port: number): void {
    this.#connections.add(key(peer, port));
  }

  disconnect(peer: Peer, port: number): void {
    this.#connections.delete(key(peer, port));
  }

  #any(isFree: (port: number) => boolean): number | undefined {
    for (let tried = 0; tried < this.#count; tried += 1) {
      const port = this.#first + this.#next;
      this.#next = (this.#next + 1) % this.#count;
      if (isFree(port)) return port;
    }
    return undefined;
  }
}

function key({ addressIndex, remoteAddress, remotePort }: Peer, port: number): string {
  return `${addressIndex}:${port}:${remoteAddress}:${remotePort}`;
}
