/** What all engines of one design share: everything but the memory it runs on. */
import type { Design } from '../ir/design.ts';
import { compile, type Compiled, type Tuning } from './code/compile.ts';
import { flatten, type FlatDesign } from './flatten.ts';
import { compileModule, type WasmModule } from './instantiate.ts';
import { layOut, type Layout } from './layout.ts';
import { topOutputs, type TopOutput } from './top-outputs.ts';

export interface Prepared {
  readonly flat: FlatDesign;
  readonly outputs: readonly TopOutput[];
  readonly layout: Layout;
  readonly compiled: Compiled;
  readonly module: WasmModule;
}

/**
 * Kept as long as the design is: a test file simulates one design many times, and code that the host has optimised
 * stays so. With and without assertions are two programs.
 */
const KNOWN = { checked: new WeakMap<Design, Prepared>(), unchecked: new WeakMap<Design, Prepared>() };

/** @param tuning what is compiled with one is not kept */
export function prepare(design: Design, assertions: boolean, tuning?: Tuning): Prepared {
  if (tuning !== undefined) return prepareFresh(design, assertions, tuning);
  const known = assertions ? KNOWN.checked : KNOWN.unchecked;
  let prepared = known.get(design);
  if (prepared === undefined) {
    prepared = prepareFresh(design, assertions);
    known.set(design, prepared);
  }
  return prepared;
}

function prepareFresh(design: Design, assertions: boolean, tuning?: Tuning): Prepared {
  const flat = flatten(design);
  const outputs = topOutputs(flat);
  const layout = layOut(flat, outputs, assertions);
  const compiled = compile(flat, layout, outputs, assertions, tuning);
  return { flat, outputs, layout, compiled, module: compileModule(compiled.bytes) };
}
