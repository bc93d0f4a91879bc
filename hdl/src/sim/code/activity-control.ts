/** The host's hand on activity gating: what `gate.ts` keeps in memory. */
import { describe } from '../../check/describe.ts';
import { SimulationError } from '../error.ts';
import { allGroups, type Gate, limbOf, limbs } from './gate.ts';
import type { Image } from '../image.ts';

/**
 * When evaluation is gated by activity. `auto`: unless nearly everything is active; `always`; `never`; or as `auto`
 * with other numbers: after `patience` busy cycles in a row, 2 or more, it pauses for `pause` cycles.
 */
export type Gating = 'auto' | 'always' | 'never' | { readonly patience: number; readonly pause: number };

const PATIENCE_CYCLES = 64;
const PAUSE_CYCLES = 64;
const NEVER = -1;
const MOST_CYCLES = 2 ** 31 - 1;

export class ActivityControl {
  readonly #image: Image;
  readonly #gate: Gate;

  constructor(image: Image, gate: Gate, gating: Gating) {
    this.#image = image;
    this.#gate = gate;
    check(gating);
    const { patience, pause } = typeof gating === 'object' ? gating : { patience: gating === 'auto' ? PATIENCE_CYCLES : NEVER, pause: PAUSE_CYCLES };
    this.#set(gate.patience, patience);
    this.#set(gate.pause, pause);
    this.#set(gate.left, gating === 'never' ? NEVER : 0);
    this.markAll();
  }

  /** Whether groups are being visited, not simply all run. */
  get isGated(): boolean {
    return this.#image.words[this.#gate.left >>> 2] === 0;
  }

  /** Something has changed that gating does not watch: everything is to be evaluated again. */
  markAll(): void {
    const { count, dirty, pending } = this.#gate;
    for (let k = 0; k < limbs(count); k += 1) {
      this.#image.limbs[(dirty >>> 3) + k] = limbOf(allGroups(count), k);
      this.#image.limbs[(pending >>> 3) + k] = 0n;
    }
  }

  /** What was evaluated is not going to be committed: it is to be evaluated again. */
  recall(): void {
    const { count, dirty, pending } = this.#gate;
    for (let k = 0; k < limbs(count); k += 1) {
      this.#image.limbs[(dirty >>> 3) + k]! |= this.#image.limbs[(pending >>> 3) + k]!;
      this.#image.limbs[(pending >>> 3) + k] = 0n;
    }
  }

  #set(address: number, value: number): void {
    this.#image.words[address >>> 2] = value;
  }
}

function check(gating: unknown): void {
  if (gating === 'auto' || gating === 'always' || gating === 'never') return;
  const { patience, pause } = (typeof gating === 'object' ? gating ?? {} : {}) as { readonly patience?: unknown; readonly pause?: unknown };
  const isCount = (value: unknown, least: number): boolean => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MOST_CYCLES;
  if (isCount(patience, 2) && isCount(pause, 1)) return;
  const given = typeof gating === 'object' && gating !== null ? `{ patience: ${describe(patience)}, pause: ${describe(pause)} }` : describe(gating);
  throw new SimulationError(`gating is 'auto', 'always', 'never', or { patience, pause } in cycles, from 2 and 1 up, not ${given}`);
}
