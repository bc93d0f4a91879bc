/**
 * Bad frames of every class into a whole TOE: each frame was delivered, answered or is on the counter that it should be on; guest
 * memory holds what it should; and connections that were open before carry bytes both ways afterwards.
 */
import { expect, test } from 'vitest';
import { type CounterName, COUNTERS } from '../../../hw/registers.ts';
import { BUILD, Campaign, type Counted } from './bad-frames/campaign.ts';
import { CLASSES, FRAMES_OF_A_LOOK } from './bad-frames/classes.ts';

const LONG = process.env['VTOE_LONG'] === '1';
const SEED = 2026;
/** Of each class that has no number of its own. */
const FRAMES = LONG ? 3500 : 300;
const LEAST_FRAMES = LONG ? 100_000 : 10_000;
const MOST_CYCLES = LONG ? 20_000_000 : 2_000_000;

/** Counters of the receive path that need more than bad frames: tested with their blocks, the first one here too. */
const NOT_REACHED: ReadonlySet<CounterName> = new Set<CounterName>([
  'rx_not_ready', 'route_too_big_dropped', 'flow_reset_dropped', 'flow_over_backlog', 'flow_no_slot', 'flow_table_full', 'punt_full', 'punt_overflow', 'too_big_taken',
]);

/** Of other blocks: what bad frames must have come to. */
const REACHED: readonly CounterName[] = [
  'arp_overflow', 'arp_conflict', 'arp_not_ours', 'echo_dropped', 'time_wait_dropped',
  'tcp_outside_window', 'tcp_paws', 'tcp_ts_missing', 'tcp_rst_outside', 'tcp_rst_inexact', 'tcp_syn_in_sync', 'tcp_no_ack', 'tcp_ack_range', 'tcp_ack_old', 'tcp_trimmed', 'tcp_duplicate',
  'tcp_out_of_order', 'tcp_intervals_full', 'tcp_challenge_ack', 'tcp_challenge_suppressed',
];

test.each(LONG ? [64, 512] : [64])('each bad frame is on its counter, and does nothing else: %i bits', (width) => {
  const campaign = new Campaign({ seed: SEED, build: { ...BUILD, datapathBits: width, hostBits: 2 * width } });
  const problems: string[] = [];
  const counted: Counted = {};
  let frames = 0;
  campaign.run(function* () {
    for (const [name, { frames: make, most = FRAMES_OF_A_LOOK, ...way }] of Object.entries(CLASSES)) {
      const until = frames + FRAMES;
      while (frames < until) {
        const result = yield* campaign.class({ frames: make(campaign, Math.min(most, until - frames)), ...way });
        frames += result.frames;
        problems.push(...result.problems.map((problem) => `${name}: ${problem}`));
        for (const [counter, count] of Object.entries(result.counted) as [CounterName, number][]) counted[counter] = (counted[counter] ?? 0) + count;
        yield* campaign.probe();
        if (problems.length > 0) return;
      }
    }
  }, MOST_CYCLES);
  expect(problems, `seed ${SEED}`).toEqual([]);
  expect(campaign.early).toBeGreaterThan(5);
  expect(frames).toBeGreaterThanOrEqual(LEAST_FRAMES);
  const reached = COUNTERS.filter(({ block, name }) => ['rx', 'option', 'route', 'punt', 'too_big', 'flow'].includes(block) && !NOT_REACHED.has(name)).map(({ name }) => name);
  // In front of memory a wide build has room for all payload that a window allows.
  const missed = [...reached, ...REACHED].filter((name) => counted[name] === undefined && !(width > 64 && name === 'rx_no_room'));
  expect(missed).toEqual([]);
}, LONG ? 1_200_000 : 240_000);
