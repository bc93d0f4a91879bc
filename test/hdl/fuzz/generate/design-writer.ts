/** Collects the modules of a design, children before parents. */
import type { Random } from '../../support/random.ts';
import type { ModuleSpec } from '../spec.ts';
import { Types } from './types.ts';
import { ModuleWriter } from './writer.ts';

export class DesignWriter {
  readonly types: Types;
  readonly modules: ModuleSpec[] = [];
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
    this.types = new Types(random);
  }

  module(name: string): ModuleWriter {
    this.#count += 1;
    return new ModuleWriter(`${name}${this.#count}`, this.#random);
  }

  /** A finished module, ready to be instantiated. */
  add(writer: ModuleWriter): ModuleSpec {
    const module = writer.finish();
    this.modules.push(module);
    return module;
  }
}
