/** The bank that the tests of `registerBank` share: every kind of register, alone and in a group of five. */
import { Enum } from '@vtoe/hdl';
import { constant, counter64, field, flag, group, mixed, pulse, registers, ro, rw, w1c, w1s } from '@vtoe/hdl/lib';

export const Policy = Enum('Policy', ['Fcfs', 'RoundRobin', 'Dwrr']);

export const example = registers({
  name: 'example',
  doc: 'One register of each kind.',
  registers: {
    id: constant('What this is.', { major: field(8, 'Major version.', { reset: 3 }), minor: field(8, 'Minor version.', { reset: 1 }) }),
    control: rw('Starts and stops the block.', {
      enable: flag('Runs the block.'),
      mode: field(10, 'Mode of operation.', { reset: 5, at: 4 }),
      policy: field(Policy, 'Who is served next.', { reset: 'RoundRobin' }),
    }),
    base: rw('Where the ring starts.', 64, { reset: 0x1234_5678_9abcn }),
    status: ro('What the block does.', { busy: flag('It works.'), level: field(12, 'Entries that wait.') }),
    time: ro('Cycles since reset.', 64),
    irq: w1c('Interrupts that wait.', { done: flag('Work was done.'), errors: field(3, 'Errors, a bit each.') }),
    start: w1s('Requests to the block.', { go: flag('Starts once.') }),
    mix: mixed('Fields of every access.', {
      rw: { threshold: field(9, 'When to raise it.') },
      ro: { above: flag('The level is above it.') },
      w1c: { seen: field(4, 'Levels that were seen.') },
      constant: { version: field(4, 'Version of this register.', { reset: 9, at: 20 }) },
      pulse: { flush: flag('Empties the block.', { at: 31 }) },
    }),
    bell: pulse('New tail of the ring.', 16),
    beats: counter64('Beats that were moved.', { clear: true }),
    bytes: counter64('Bytes that were moved.', { by: 12 }),
    page: group('One of five queues.', {
      control: rw('Starts and stops the queue.', { enable: flag('Runs the queue.'), mode: field(10, 'Mode of operation.', { reset: 5, at: 4 }) }),
      base: rw('Where the queue starts.', 64, { indexed: true, reset: 0xfedc_ba98_7654_3210n }),
      limits: rw('Limits of the queue.', { entries: field(5, 'Entries at most.', { reset: 3 }), bytes: field(7, 'Bytes at most.') }, { indexed: true }),
      irq: w1c('Interrupts that wait.', { done: flag('Work was done.'), errors: field(3, 'Errors, a bit each.') }),
      head: ro('First entry.', 16),
      tail: ro('Last entry.', { tail: field(16, 'Its index.') }, { indexed: true }),
      bell: pulse('New tail of the queue.', { tail: field(16, 'Its index.'), urgent: flag('Look at once.') }),
      beats: counter64('Beats that were moved.', { clear: true }),
      bytes: counter64('Bytes that were moved.', { by: 12, indexed: true, clear: true }),
    }, { count: 5, stride: 64, resettable: true }),
  },
});
