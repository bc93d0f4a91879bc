import { In, module, type ModuleDefinition, Out, Packet, type PortRecord, simulate, Stream, UInt } from '@vtoe/hdl';
import { align, narrow, packetFifo, widen } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';

const Beats = Stream(Packet(32));
const blocks = {
  widen: module('w', {}, { in: In(Beats), out: Out(Stream(Packet(64))) }, (io) => { io.out.from(widen(io.in, 2)); }),
  narrow: module('n', {}, { in: In(Beats), out: Out(Stream(Packet(16))) }, (io) => { io.out.from(narrow(io.in, 2)); }),
  align: module('a', {}, { in: In(Beats), bytes: In(UInt(2)), out: Out(Beats) }, (io) => { io.out.from(align(io.in, { remove: io.bytes })); }),
  packetFifo: packetFifo(32, { depth: 4, packets: 2 }),
} as const;

/** What the block says to one beat. */
function said(block: keyof typeof blocks, last: boolean, keep: number): string {
  const sim = simulate(blocks[block] as ModuleDefinition<Pick<(typeof blocks)['widen']['ports'], 'in'> & PortRecord>);
  sim.io.in.valid = true;
  sim.io.in.payload = { user: false, last, keep, data: 0 };
  try {
    sim.step();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(Object.keys(blocks) as (keyof typeof blocks)[])('%s relies on dense packets', (block) => {
  test.each([[false, 0b1111], [true, 0b1111], [true, 0b0001], [true, 0]])('last %s, keep %i is dense', (last, keep) => {
    expect(said(block, last, keep)).toBe('');
  });

  test.each([[false, 0b0111], [false, 0]])('last %s, keep %i is not', (last, keep) => {
    expect(said(block, last, keep)).toContain(`${block}: keep must be all ones before the last beat of a packet`);
  });

  test.each([[true, 0b0101], [true, 0b1110]])('last %s, keep %i is not', (last, keep) => {
    expect(said(block, last, keep)).toContain(`${block}: keep must be a run of ones from byte 0`);
  });
});
