/** The signals of a bus, found by their names behind a prefix: `m_axi_` and `awaddr` are the port `m_axi_awaddr`. */
import { didYouMean } from '@vtoe/hdl/internal/check/describe';
import type { EnginePort, Ports } from '../engine/engine.ts';

export interface Signal {
  readonly name: string;
  readonly width: number;
  /** Index of its first word in `Ports.words`; the least significant. */
  readonly at: number;
  /** 32-bit words that hold it. */
  readonly words: number;
}

export class Signals {
  readonly ports: Ports;
  readonly prefix: string;
  /** Whom it is for: `an AXI4 memory`. */
  readonly #user: string;
  readonly #byName: ReadonlyMap<string, EnginePort>;

  constructor(ports: Ports, prefix: string, user: string) {
    this.ports = ports;
    this.prefix = prefix;
    this.#user = user;
    this.#byName = new Map(ports.all.map((port) => [port.name, port]));
  }

  has(name: string): boolean {
    return this.#byName.has(this.prefix + name);
  }

  /**
   * @param direction as the design sees it: a model reads outputs and drives inputs
   * @param width in bits, if there is but one
   * @throws Error in one sentence, if it is missing, of the other direction or of another width
   */
  required(name: string, direction: 'in' | 'out', width?: number): Signal {
    const found = this.optional(name, direction, width);
    if (found !== undefined) return found;
    const wanted = this.prefix + name;
    throw new Error(`the design has no ${word(direction)} ${wanted}, which ${this.#user} needs${didYouMean(wanted, this.#byName.keys())}`);
  }

  /** As {@link required}, but undefined if it is missing. */
  optional(name: string, direction: 'in' | 'out', width?: number): Signal | undefined {
    const port = this.#byName.get(this.prefix + name);
    if (port === undefined) return undefined;
    if (port.direction !== direction) {
      throw new Error(`${port.name} is an ${word(port.direction)} of the design; for ${this.#user} it must be an ${word(direction)}`);
    }
    if (width !== undefined && port.width !== width) {
      throw new Error(`${port.name} has ${bits(port.width)}; ${this.#user} needs ${bits(width)} there`);
    }
    return { name: port.name, width: port.width, at: port.offset >> 2, words: Math.ceil(port.width / 32) };
  }

  /** Those of `names` that the design has, all outputs. */
  present(names: readonly string[]): Signal[] {
    return names.flatMap((name) => this.optional(name, 'out') ?? []);
  }
}

export function bits(width: number): string {
  return width === 1 ? '1 bit' : `${width} bits`;
}

function word(direction: 'in' | 'out'): string {
  return direction === 'in' ? 'input' : 'output';
}
