/**
 * The retire log: a line of JSON for each event that the TCP pipeline completes, in order, read from the pipeline's probe
 * `retire`. As RVFI for processors, it is what a run did, for programs to compare and for people to search.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Design } from '@vtoe/hdl';
import type { Ports } from '../engine/engine.ts';
import { readPort } from '../engine/ports.ts';
import type { BusModel } from '../engine/test-bench.ts';

/** Fields of the probe, by their key in a record. */
const FIELDS = {
  connection: 'connection', generation: 'generation', kind: 'event_kind', stale: 'stale', before: 'before_state', after: 'state_after',
  snd_una: 'next_snd_una', snd_nxt: 'next_snd_nxt', snd_wnd: 'next_snd_wnd', rcv_nxt: 'next_rcv_nxt', rcv_adv: 'next_rcv_adv',
} as const;
/** More of a received segment; of payload to be placed; of a segment that is sent. */
const SEGMENT = { seq: 'event_segment_seq', ack: 'event_segment_ack', window: 'event_segment_window', length: 'event_segment_length' } as const;
const SEND = { seq: 'actions_send_seq', ack: 'actions_send_ack', window: 'actions_send_window', length: 'actions_send_length' } as const;
const FLAGS = ['syn', 'fin', 'rst', 'psh', 'ack_flag'] as const;
/** Further actions, by the bit that says that there is one. */
const ACTIONS = { place: 'actions_has_place', reset: 'actions_has_reset', notify: 'actions_has_notify', time_wait: 'actions_has_time_wait', free: 'actions_free' } as const;
const BUFFER_CHARACTERS = 65_536;

type Reader = () => number | string | boolean;

export class RetireLog implements BusModel {
  readonly name = 'retire log';
  records = 0;
  readonly #words: Uint32Array;
  readonly #valid: number;
  readonly #of: Readonly<Record<'record' | 'segment' | 'send', readonly (readonly [string, Reader])[]>>;
  readonly #isSegment: () => boolean;
  readonly #sends: Reader;
  readonly #flags: Readonly<Record<'segment' | 'send', readonly (readonly [string, Reader])[]>>;
  readonly #actions: readonly (readonly [string, Reader])[];
  readonly #file: number;
  #buffered = '';

  /** @throws Error if the design has no such probe, or the file cannot be written */
  constructor(ports: Ports, design: Design, file: string) {
    const valid = ports.all.find(({ name }) => /^sim_(.*_)?retire_valid$/.test(name));
    if (valid === undefined) throw new Error(`${design.top.name} has no probe retire`);
    const prefix = valid.name.replace(/valid$/, '');
    const labels = new Map(design.modules.flatMap(({ probes }) => probes.filter(({ name }) => name === 'retire')).flatMap(({ fields }) => fields.map((field) => [field.name, field] as const)));
    const reader = (field: string): Reader => {
      const port = ports.port(`${prefix}${field}`);
      const known = labels.get(field);
      if (known?.isBool === true) return () => this.#words[port.offset >> 2] !== 0;
      const names = known?.labels && new Map(known.labels.labels.map(({ name, value }) => [Number(value), name]));
      if (names !== undefined) {
        return () => {
          const value = this.#words[port.offset >> 2]!;
          return names.get(value) ?? value;
        };
      }
      return port.width <= 32 ? () => this.#words[port.offset >> 2]! : () => Number(readPort(ports, port));
    };
    const all = (fields: Readonly<Record<string, string>>): (readonly [string, Reader])[] => Object.entries(fields).map(([key, field]) => [key, reader(field)]);
    this.#words = ports.words;
    this.#valid = valid.offset >> 2;
    this.#of = { record: all(FIELDS), segment: all(SEGMENT), send: all(SEND) };
    const kind = reader('event_kind');
    this.#isSegment = () => kind() === 'Segment';
    this.#sends = reader('actions_has_send');
    this.#flags = { segment: FLAGS.map((flag) => [flag, reader(`event_segment_${flag}`)]), send: FLAGS.map((flag) => [flag, reader(`actions_send_${flag}`)]) };
    this.#actions = all(ACTIONS);
    this.#file = openSync(file, 'w');
  }

  nextCycle(cycle: number): number {
    return this.#words[this.#valid] === 0 ? Infinity : cycle;
  }

  step(cycle: number): void {
    if (this.#words[this.#valid] === 0) return;
    const actions = namesOf(this.#actions);
    this.#buffered += `${JSON.stringify({
      cycle, ...valuesOf(this.#of.record),
      ...(this.#isSegment() && { segment: { ...valuesOf(this.#of.segment), flags: namesOf(this.#flags.segment) } }),
      ...(this.#sends() === true && { send: { ...valuesOf(this.#of.send), flags: namesOf(this.#flags.send) } }),
      actions,
    })}\n`;
    this.records += 1;
    if (this.#buffered.length >= BUFFER_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#buffered);
    this.#buffered = '';
  }
}

function valuesOf(readers: readonly (readonly [string, Reader])[]): Record<string, number | string | boolean> {
  const values: Record<string, number | string | boolean> = {};
  for (const [key, read] of readers) values[key] = read();
  return values;
}

function namesOf(readers: readonly (readonly [string, Reader])[]): string[] {
  return readers.filter(([, read]) => read() === true).map(([name]) => name.replace('_flag', ''));
}
