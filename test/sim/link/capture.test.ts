import { expect, test } from 'vitest';
import { captureLink } from '../../../sim/link/capture.ts';
import { createLink } from '../../../sim/link/link.ts';
import { pcapngOnto } from '../../../sim/link/pcapng.ts';
import { readPcapng, text } from './pcapng-reader.ts';

test('a tap at each end sees what leaves it and what comes, with what the link did as comments', () => {
  const rateBitsPerSecond = 10_000_000_000;
  const link = createLink({
    rateBitsPerSecond, seed: 1,
    aToB: { latencyPs: 1_000_000, loss: { at: [1] }, corruption: { at: [2] }, duplication: { at: [3] }, reorder: { at: [4], holdPs: 999 }, queueBytes: 240 },
    bToA: { corruption: { at: [0], bits: 2, fcs: 'recomputed' } },
  });
  const parts: Uint8Array[] = [];
  const pcapng = pcapngOnto({ name: 'x', write: (bytes) => (parts.push(bytes.slice()), bytes.length), close: () => {} });
  const capture = captureLink({ pcapng, rateBitsPerSecond, names: { a: 'toe', b: 'peer' }, comments: ({ number }) => (number === 0 ? ['state: SYN-SENT'] : []) });
  // The sixth finds the queue full.
  for (let n = 0; n < 6; n += 1) link.send('a', new Uint8Array(60).fill(n), 0n);
  for (const event of link.advance(10_000_000n)) capture(event);
  link.send('b', new Uint8Array(60), 10_000_000n);
  for (const event of link.advance(20_000_000n)) capture(event);
  pcapng.close();

  const blocks = readPcapng(Buffer.concat(parts));
  const interfaces = blocks.filter(({ type }) => type === 'interface').map((block) => text(block, 2)[0]!);
  const packets = blocks.filter(({ type }) => type === 'packet').map((block) => {
    const flags = block.options.find(({ code }) => code === 2)!.value.readUInt32LE(0);
    return [`${block.fields['timeNs']} ns`, interfaces[Number(block.fields['interfaceId'])], (flags & 3) === 1 ? 'in' : 'out', `${block.data.length}`, ...(flags >>> 24 === 1 ? ['CRC error'] : []), ...text(block, 1)].join(', ');
  });
  expect(packets).toEqual([
    '57 ns, toe, out, 60, state: SYN-SENT',
    '124 ns, toe, out, 60, frame 1: lost on the link (loss)',
    '192 ns, toe, out, 60, frame 2: 1 bit flipped on the link',
    '259 ns, toe, out, 60, frame 3: duplicated on the link',
    '326 ns, toe, out, 60, frame 4: held back by 999 ps',
    '1057 ns, peer, in, 60, state: SYN-SENT',
    '1192 ns, peer, in, 64, CRC error, frame 2: corrupted, FCS wrong',
    '1259 ns, peer, in, 60',
    '1326 ns, peer, in, 60, frame 3: second copy',
    '1393 ns, peer, in, 60',
    '10057 ns, peer, out, 60, frame 0: 2 bits flipped on the link, state: SYN-SENT',
    '10057 ns, toe, in, 60, frame 0: corrupted, FCS right, state: SYN-SENT',
  ]);
});
