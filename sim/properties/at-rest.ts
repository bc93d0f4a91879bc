/**
 * Nothing leaks: when all connections are closed, every store, counter and credit inside of the TOE is what it was before the
 * first. Looked at through the hierarchy, so by an engine that shows it: the built-in one, and lockstep.
 *
 * What is kept on purpose is not looked at: TIME_WAIT, MAC addresses, generations of slots.
 */
import type { Config } from '../../hw/config.ts';
import type { Engine } from '../engine/engine.ts';

/** Of `hw/toe.ts`, by hierarchical name. */
const SIGNALS: Readonly<Record<string, string>> = {
  'front.pool.free': 'free slots of connections',
  'front.path.halfOpen': 'half-open connections',
  'credit.level': 'credits of found segments',
  'sending.level': 'credits of segments to send',
  'direct.level': 'segments on their way to the pipeline',
  'rx.store.level': 'words of the RX store',
  'rx.store.used': 'slots of the RX store',
  'sends.fetch.free': 'free beats of the TX ring',
  'sends.fetch.granted.level': 'granted segments',
  'read.level': 'segments whose payload is being read',
  'finished.level': 'verdicts of segments that ended early',
  'dropped.level': 'verdicts of segments that were dropped',
};
/** Memories with a word for each VM. */
const BY_VM: Readonly<Record<string, string>> = {
  'posts.used': 'posted ACCEPTs',
  'listening.used': 'listeners',
};
/** A VM that is stopped gives its places up: looked at before. */
const RESERVED = 'cq.reserved';

export class AtRest {
  readonly #engine: Engine;
  readonly #vms: number;
  #before: ReadonlyMap<string, bigint> | undefined;

  constructor(engine: Engine, { vms }: Config) {
    this.#engine = engine;
    this.#vms = vms;
  }

  /** Notes what there is, before the first connection. */
  note(): void {
    this.#before = this.#look();
  }

  /** What is not as it was, a sentence each. */
  differences(): string[] {
    if (this.#before === undefined || this.#before.size === 0) return [];
    return [...this.#look()].filter(([what, value]) => value !== this.#before!.get(what)).map(([what, value]) => `the TOE has ${value} ${what}, and had ${this.#before!.get(what)} before the first connection`);
  }

  /** Of a VM that is about to be stopped. */
  unused(vm: number): string[] {
    if (this.#before === undefined || this.#before.size === 0) return [];
    const reserved = this.#engine.peek(`${RESERVED}_${vm}`);
    return reserved === 0n ? [] : [`the TOE keeps ${reserved} places of the completion queue of VM ${vm} for commands, of which none is under way`];
  }

  #look(): Map<string, bigint> {
    if (this.#engine.name === 'verilator') return new Map();
    const peek = (path: string): bigint => this.#engine.peek(path);
    const vms = Array.from({ length: this.#vms }, (_, vm) => vm);
    return new Map([
      ...Object.entries(SIGNALS).map(([path, what]) => [what, peek(path)] as const),
      ...Object.entries(BY_VM).flatMap(([path, what]) => vms.map((vm) => [`${what} of VM ${vm}`, peek(`${path}[${vm}]`)] as const)),
    ]);
  }
}
