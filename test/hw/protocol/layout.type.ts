/** What must not compile of layouts: names and kinds of fields are checked. */
import { Bool, In, module, Out, UInt } from '@vtoe/hdl';
import { CompletionEntry, ConnectEntry, EtherType, flag, Handle, layout, MssOption, preset, SubmissionEntry, TcpHeader } from '../../../hw/protocol/index.ts';

const bytes = new Uint8Array(64);

const header = TcpHeader.decode(bytes);
export const good: { readonly port: number; readonly syn: boolean } = { port: header.source_port, syn: header.syn };
// @ts-expect-error no such field
export const noField = header.sourcePort;
// @ts-expect-error what is reserved has no value
export const noValue = header.reserved;
// @ts-expect-error a flag is a boolean
export const noNumber: number = header.syn;

MssOption.encode({ mss: 1460 });
// @ts-expect-error `mss` has no preset
MssOption.encode({});
// @ts-expect-error no such field
MssOption.encode({ mss: 1460, size: 3 });
// @ts-expect-error a number
Handle.encode({ index: 1n, generation: 2 });

// @ts-expect-error no such field
TcpHeader.get(bytes, 'sequence');
// @ts-expect-error a boolean
TcpHeader.put(bytes, 'syn', 1);
// @ts-expect-error what is reserved has no name
SubmissionEntry.get(bytes, 'body');

export const page: bigint = ConnectEntry.decode(bytes).rx_ring.page;
// @ts-expect-error a part is a record
export const noHandle: number = CompletionEntry.decode(bytes).handle;

// @ts-expect-error no such code
export const noCode = EtherType.value.IPX;
// @ts-expect-error a flag has no preset
preset(flag('A flag.'), 1);
// @ts-expect-error an order is one of two
layout({ name: 'X', doc: '', source: '', order: 'big', bytes: 1 }, {});

module('typed', {}, { word: In(UInt(160)), syn: Out(Bool), port: Out(UInt(16)) }, (io) => {
  const header = TcpHeader.fromLanes(io.word);
  io.syn.set(header.syn);
  io.port.set(TcpHeader.pick(io.word, 'source_port'));
  // @ts-expect-error a number is no condition
  io.syn.set(header.window);
  // @ts-expect-error no such field
  io.port.set(header.port);
  // @ts-expect-error a flag is a Bool
  io.port.set(TcpHeader.pick(io.word, 'syn'));
  // @ts-expect-error no such field
  TcpHeader.pick(io.word, 'port');
  io.word.eq(TcpHeader.toLanes(header));
  // @ts-expect-error the fields of another layout
  Handle.toLanes(header);
});
