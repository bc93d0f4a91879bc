/** Known defects and hazards on a whole engine, by the names of docs/reference/hazards.md. */
import { elaborate } from '@vtoe/hdl';
import { test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { foreignDoorbell, manyEvents, OUT_OF_ORDER, roundTheRings, SMALL_QUEUE } from './plays/guests.ts';
import { closedFirst, dataBehindHandshake, firstNumbers, otherLives, simultaneousOpenAndClose } from './plays/opening.ts';
import { AT_ONCE, finDataOutOfOrder, framePadding, overlaps, threeOutOfOrder } from './plays/receiving.ts';
import { closeBehindZeroWindow, SHORT_TIMES, smallMss, wholeWindowLost, zeroWindow } from './plays/sending.ts';
import { perform, type Play, type PlayOptions } from './support/stage.ts';

const BUILD = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));

const HAZARDS: readonly { readonly name: string; readonly play: Play; readonly options?: PlayOptions }[] = [
  { name: "data right behind the handshake's ACK", play: dataBehindHandshake },
  { name: 'simultaneous open and close', play: simultaneousOpenAndClose },
  { name: 'generation mismatch', play: otherLives },
  { name: 'TIME_WAIT holds a connection for 60 s', play: closedFirst },
  { name: 'constant ISN', play: firstNumbers },
  { name: 'frame padding taken for data', play: framePadding, options: AT_ONCE },
  { name: 'FIN + data + out-of-order', play: finDataOutOfOrder },
  { name: 'overlap with each interval edge', play: overlaps, options: AT_ONCE },
  { name: 'three out-of-order arrivals during a saturated egress give three pure ACKs', play: threeOutOfOrder },
  { name: 'zero window + persist + window update', play: zeroWindow, options: SHORT_TIMES },
  { name: 'stalls after close or window pressure', play: closeBehindZeroWindow, options: SHORT_TIMES },
  { name: "peer's MSS ignored", play: smallMss },
  { name: 'at most 4 segments per retransmission event', play: wholeWindowLost, options: SHORT_TIMES },
  { name: 'doorbell from a foreign page', play: foreignDoorbell },
  { name: 'ring wrap with 4 KiB split', play: roundTheRings },
  { name: 'DMA completions out of order', play: roundTheRings, options: OUT_OF_ORDER },
  { name: 'CQ full', play: manyEvents, options: SMALL_QUEUE },
];

for (const { name, play, options } of HAZARDS) test(name, () => { perform(DESIGN, BUILD, play, options); });
