/** Known defects and hazards on a whole engine, by the names of docs/reference/hazards.md; each is found when it is planted. */
import { elaborate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { FlowOp } from '../../../hw/tcp/flow-entry.ts';
import { toe } from '../../../hw/toe.ts';
import { always, constantly, never } from '../../hw/tcp/plants/changes.ts';
import { defectPlants } from '../../hw/tcp/plants/defect-plants.ts';
import { type Change, constant, operation, plant } from '../../hw/tcp/plants/plant.ts';
import { foreignDoorbell, moreEventsThanPlaces, OUT_OF_ORDER, roundTheRings, SMALL_QUEUE } from './plays/guests.ts';
import { again, closedFirst, dataBehindHandshake, firstNumbers, otherLives, SHORT_TIME_WAIT, simultaneousOpenAndClose } from './plays/opening.ts';
import { AT_ONCE, finDataOutOfOrder, framePadding, MUCH_TO_SEND, overlaps, threeOutOfOrder } from './plays/receiving.ts';
import { closeBehindZeroWindow, SHORT_TIMES, smallMss, wholeWindowLost, zeroWindow } from './plays/sending.ts';
import { perform, type Play, type PlayOptions } from './support/stage.ts';

const BUILD = config({ vms: 2, connections: 32, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });

/** Instances in the engine, and their modules, or how those begin. */
const MODULES = { tcp: 'tcp_pipeline', gate: 'accept_gate', 'front.path.isns': 'isn', returns: 'slot_return', 'rx.parse': 'rx_parse', split: 'dma_split_d128_m2048_o2_b16_w4', cq: 'completion', opens: 'opener' } as const;

interface Fault {
  readonly of: keyof typeof MODULES;
  readonly changes: readonly Change[];
}

interface Hazard {
  readonly name: string;
  readonly play: Play;
  readonly options?: PlayOptions;
  readonly fault?: Fault;
}

const fault = (of: Fault['of'], at: string, to: Change['to']): Fault => ({ of, changes: [{ at, to }] });
/** The defect of that name in `test/hw/tcp/plants/`. */
const defect = (name: string): Fault => ({ of: 'tcp', changes: defectPlants([name])[0]!.changes });

const HAZARDS: readonly Hazard[] = [
  { name: "data right behind the handshake's ACK", play: dataBehindHandshake, fault: fault('gate', 'request_payload_prepost', never) },
  { name: 'simultaneous open and close', play: simultaneousOpenAndClose, fault: fault('tcp', 'synCrosses', never) },
  // The flow stays where it was as its slot goes back.
  { name: 'generation mismatch', play: otherLives, fault: fault('returns', 'command_payload_op', constantly(BigInt(FlowOp.labels.indexOf('Find')))) },
  { name: 'TIME_WAIT holds a connection for 60 s', play: closedFirst, fault: fault('tcp', 'freed_valid', never) },
  { name: 'a new life while the old one is in TIME_WAIT', play: again, options: SHORT_TIME_WAIT, fault: fault('opens', 'wait_payload_hash', constantly(0n)) },
  { name: 'constant ISN', play: firstNumbers, fault: fault('front.path.isns', 'iss', constantly(1n)) },
  { name: 'frame padding taken for data', play: framePadding, options: AT_ONCE, fault: fault('rx.parse', 'parsed_segment_length', (right) => operation('mux', right.width, operation('eq', 1, right, constant(0n, right.width)), constant(6n, right.width), right)) },
  { name: 'FIN + data + out-of-order', play: finDataOutOfOrder, options: AT_ONCE, fault: defect('FIN with data, out of order') },
  { name: 'overlap with each interval edge', play: overlaps, options: AT_ONCE, fault: defect('overlap with the out-of-order block leaves no accept/drop decision and reception hangs') },
  { name: 'three out-of-order arrivals during a saturated egress give three pure ACKs', play: threeOutOfOrder, options: MUCH_TO_SEND, fault: fault('tcp', 'next_dupack_owed', (right) => operation('mux', right.width, operation('gtu', 1, right, constant(1n, right.width)), constant(1n, right.width), right)) },
  { name: 'zero window + persist + window update', play: zeroWindow, options: SHORT_TIMES, fault: fault('tcp', 'next_probe_due', never) },
  { name: 'stalls after close or window pressure', play: closeBehindZeroWindow, options: SHORT_TIMES, fault: fault('tcp', 'next_probe_due', never) },
  { name: "peer's MSS ignored", play: smallMss, fault: defect("peer's MSS ignored") },
  { name: 'at most 4 segments per retransmission event', play: wholeWindowLost, options: SHORT_TIMES },
  { name: 'doorbell from a foreign page', play: foreignDoorbell },
  { name: 'ring wrap with 4 KiB split', play: roundTheRings, fault: fault('split', 'last', always) },
  { name: 'DMA completions out of order', play: roundTheRings, options: OUT_OF_ORDER },
  { name: 'CQ full', play: moreEventsThanPlaces, options: SMALL_QUEUE, fault: fault('cq', 'room_0', always) },
];

const DESIGN = elaborate(toe(BUILD));
const FAULTY = HAZARDS.filter((one): one is Hazard & { readonly fault: Fault } => one.fault !== undefined);
for (const [of, module] of Object.entries(MODULES)) {
  const top = DESIGN.modules.find(({ name }) => name === module || name.startsWith(`${module}_`));
  if (top === undefined) throw new Error(`the engine has no ${module}`);
  plant({ ...DESIGN, top }, FAULTY.filter((one) => one.fault.of === of).map(({ name, fault }) => ({ name, changes: fault.changes })));
}
const numberOf = ({ fault }: Hazard): number => FAULTY.filter((one) => one.fault.of === fault!.of).findIndex((one) => one.fault === fault) + 1;

describe.each(HAZARDS.map((hazard) => [hazard.name, hazard] as const))('%s', (_, hazard) => {
  const { play, options, fault } = hazard;
  test('does not happen', () => { perform(DESIGN, BUILD, play, options); });
  if (fault === undefined) return;
  test('is found when planted', () => {
    expect(() => perform(DESIGN, BUILD, play, { ...options, limitCycles: 40_000, fault: { path: `${fault.of}.fault`, number: numberOf(hazard) } })).toThrow(/did not end|, cycle \d|expected/);
  });
});
