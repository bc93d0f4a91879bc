/** Stream verbs keep the types of payloads, without a cast: compiled, never run. */
import { Bool, Bundle, type Data, In, inst, module, Out, Packet, type Source, Stream, UInt, Vec } from '@vtoe/hdl';
import { align, arbitrate, arbitratePackets, demux, drop, dropPackets, fifo, fork, halt, join, map, narrow, queue, skid, stage, widen } from '@vtoe/hdl/lib';

const Meta = Bundle('Meta', { index: UInt(4), hit: Bool });

/** A generic block of verbs alone. */
export const twice = <T extends Data>(source: Source<T>): Source<T> => skid(stage(queue(halt(source, source.valid.not()), 4)));

export const verbs = module('verbs', {}, {
  meta: In(Stream(Meta)), word: In(Stream(UInt(8))), beat: In(Stream(Packet(64))), many: In(Vec(Stream(Meta), 3)), count: In(UInt(3)), out: Out(Stream(Meta)), bytes: Out(Stream(UInt(8))),
}, (io) => {
  const meta: Source<typeof Meta> = twice(io.meta);
  // Fields of the payload stay known, also in what verbs make of it.
  const both = join('Both', { meta, word: io.word });
  void both.payload.meta.index.add(1);
  void both.payload.word.shl(1);
  const [left, right] = fork(both, 2);
  void map(left, ({ meta }) => meta.hit).payload.not();
  void map(right, Meta, ({ meta }) => ({ index: meta.index, hit: false })).payload.hit;
  void drop(meta, ({ hit }) => hit);
  void demux(meta, ({ index }) => index, 4)[3].payload.hit;
  void arbitrate([meta, ...io.many], { policy: 'fixedPriority' }).payload.index;
  void inst(fifo(Meta, 8), { in: meta }).out.payload.index;
  void arbitratePackets([widen(io.beat, 1), narrow(io.beat, 1), dropPackets(io.beat, (beat) => beat.user)]).payload.keep;
  io.out.from(meta);

  // What a verb does not have
  // @ts-expect-error
  void both.payload.words;
  // @ts-expect-error
  void fork(both, 2)[2];
  // @ts-expect-error
  void demux(meta, ({ index }) => index, 4)[4];

  // Payloads of other shapes
  // @ts-expect-error
  io.out.from(io.word);
  // @ts-expect-error
  void arbitrate([meta, io.word]);
  // @ts-expect-error
  void arbitratePackets([io.word]);
  // @ts-expect-error
  void widen(meta, 2);
  // @ts-expect-error
  void dropPackets(io.word, (beat) => beat.bit(0));
  // @ts-expect-error
  void map(meta, Meta, ({ index }) => ({ index }));
  // @ts-expect-error
  void map(meta, Meta, ({ hit }) => ({ index: hit, hit: false }));
  // @ts-expect-error
  void inst(fifo(Meta, 8), { in: io.word });

  // Conditions that are none, choices that are none
  // @ts-expect-error
  void halt(meta, meta.payload.index);
  // @ts-expect-error
  void drop(meta, ({ index }) => index);
  // @ts-expect-error
  void demux(meta, ({ hit }) => hit, 2);
  // @ts-expect-error
  void arbitrate([meta], { policy: 'lottery' });
  // @ts-expect-error
  void align(io.beat, {});
  // @ts-expect-error
  void align(io.beat, { remove: 14 });
  // @ts-expect-error
  void dropPackets(io.beat, (beat) => beat.user, { decide: 'last' });
  // @ts-expect-error
  void queue(meta, 4, { form: 'ring' });

  // The wrong end of a stream
  // @ts-expect-error
  void stage(io.out);
  // @ts-expect-error
  stage(meta).valid.set(true);
});
