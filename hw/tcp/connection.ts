/**
 * What belongs to a connection besides its record: whose it is, between whom, through which next hop, and its rings.
 *
 * Written when a slot begins a life (`identity`) and when its rings are known (`rings`); each reader has a port of its own that
 * gives the words of an index one cycle later. A reader in the cycle of a write gets the word before it, but for a receive ring:
 * the segment that completes a handshake may bring payload, and is done in the very cycle that says whose the ring is.
 * It knows nothing of TCP's state, and nobody clears it: the generation says whether a word is of this life.
 */
import { Bool, Bundle, clog2, type Data, In, Interface, type Like, mem, module, mux, Out, reg, UInt, Valid, when } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { RingDescriptor } from '../protocol/ring-descriptor.ts';
import { FlowKey } from './flow-key.ts';
import { Generation } from './pipeline.ts';

/** Bits of an index of `count` things. */
const bits = (count: number): number => Math.max(1, clog2(count));

/** A ring of a connection, as its descriptor says. */
export const Ring = Bundle('Ring', { page: UInt(52), size_log2: UInt(RingDescriptor.slots.find(({ name }) => name === 'log2_bytes')!.field.width) });

type Build = Pick<Config, 'connections' | 'vms' | 'neighbours'>;

/** Begins with the slot's life. */
export const connectionIdentity = ({ vms, neighbours }: Build) => Bundle('ConnectionIdentity', {
  vm: UInt(bits(vms)),
  generation: Generation,
  key: FlowKey,
  local_mac: UInt(48),
  /** Index of the next hop. */
  neighbour: UInt(bits(neighbours)),
});

/** Known from CONNECT, or when the handshake of a passive open took an ACCEPT. */
export const ConnectionRings = Bundle('ConnectionRings', {
  rx: Ring,
  tx: Ring,
  /** Of the ACCEPT. */
  command_id: UInt(16),
});

/** A reader: `index` now, `word` in the next cycle. */
const reader = <T extends Data>(index: ReturnType<typeof UInt>, word: T) => Interface('ConnectionReader', { index: In(index), word: Out(word) });

/** Who reads what. */
export const connectionWords = (config: Build) => {
  const identity = connectionIdentity(config);
  const { vm, generation, key, local_mac, neighbour } = identity.fields;
  return {
    /** Commands: whose it is. */
    owner: Bundle('OwnerWord', { vm, generation }),
    /** Payload that is to be placed. */
    placing: Bundle('PlacingWord', { vm, rx: Ring }),
    /** Segments that are to be sent. */
    sending: Bundle('SendingWord', { vm, key, local_mac, neighbour, tx: Ring }),
    /** Answers without a ring, and what is left of it in tables when it ends. */
    ending: Bundle('EndingWord', { vm, key, local_mac, neighbour }),
    /** Faults: which life it is. */
    faulting: Bundle('FaultingWord', { generation }),
    /** Who waits for which next hop. */
    reaching: Bundle('ReachingWord', { vm, generation, neighbour }),
    /** Events. */
    telling: Bundle('TellingWord', { peer: Bundle('TellingPeer', { vm, remote_address: UInt(32), remote_port: UInt(16) }), command_id: UInt(16) }),
  };
};

export function connectionTable(config: Build) {
  const { connections, vms, neighbours } = config;
  const Connection = UInt(bits(connections));
  const Identity = connectionIdentity(config);
  const words = connectionWords(config);
  return module('connection_table', { n: connections, v: vms, h: neighbours }, {
    identity: In(Valid(Bundle('IdentityWrite', { connection: Connection, identity: Identity }))),
    rings: In(Valid(Bundle('RingsWrite', { connection: Connection, rings: ConnectionRings }))),
    owner: Out(reader(Connection, words.owner)),
    placing: Out(reader(Connection, words.placing)),
    sending: Out(reader(Connection, words.sending)),
    ending: Out(reader(Connection, words.ending)),
    reaching: Out(reader(Connection, words.reaching)),
    faulting: Out(reader(Connection, words.faulting)),
    telling: Out(reader(Connection, words.telling)),
  }, (io) => {
    const begins = io.identity.valid;
    const { connection: starting, identity } = io.identity.payload;
    const gets = io.rings.valid;
    const { connection: served, rings } = io.rings.payload;
    // A copy for each reader, of what it reads: of everything for everybody there would be too many.
    const { vm, generation, key, local_mac, neighbour } = identity;
    const owner = copyOf(words.owner, begins, starting, { vm, generation });
    io.owner.word.set(owner.readSync(io.owner.index, 'read'));
    const ending = copyOf(words.ending, begins, starting, { vm, key, local_mac, neighbour });
    io.ending.word.set(ending.readSync(io.ending.index, 'read'));

    const faulting = copyOf(words.faulting, begins, starting, { generation });
    io.faulting.word.set(faulting.readSync(io.faulting.index, 'read'));
    const reaching = copyOf(words.reaching, begins, starting, { vm, generation, neighbour });
    io.reaching.word.set(reaching.readSync(io.reaching.index, 'read'));

    const placing = { vm: copyOf(vm.shape, begins, starting, vm), rx: copyOf(Ring, gets, served, rings.rx) };
    const fresh = { counts: reg(Bool), rx: reg(Ring, { reset: false }) };
    fresh.counts.next = gets.and(served.eq(io.placing.index));
    fresh.rx.next = rings.rx;
    io.placing.word.set({ vm: placing.vm.readSync(io.placing.index, 'read'), rx: mux(fresh.counts, fresh.rx, placing.rx.readSync(io.placing.index, 'read')) });
    const sending = { identity: copyOf(words.ending, begins, starting, { vm, key, local_mac, neighbour }), tx: copyOf(Ring, gets, served, rings.tx) };
    const sends = sending.identity.readSync(io.sending.index, 'read');
    io.sending.word.set({ vm: sends.vm, key: sends.key, local_mac: sends.local_mac, neighbour: sends.neighbour, tx: sending.tx.readSync(io.sending.index, 'read') });
    const { remote_address, remote_port } = key;
    const telling = { vm: copyOf(words.telling.fields.peer, begins, starting, { vm, remote_address, remote_port }), accept: copyOf(UInt(16), gets, served, rings.command_id) };
    io.telling.word.set({ peer: telling.vm.readSync(io.telling.index, 'read'), command_id: telling.accept.readSync(io.telling.index, 'read') });
    return { faulting, owner, ending, reaching, placing, fresh, sending, telling };
  });

  function copyOf<T extends Data>(shape: T, valid: Bool, connection: UInt, word: Like<NoInfer<T>>) {
    const ram = mem(shape, connections, { collision: 'old', style: 'block' });
    when(valid, () => { ram.write(connection, word); });
    return ram;
  }
}
