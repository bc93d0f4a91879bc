/** The Verilog of a design: IEEE 1364-2005, one module for each distinct module of the IR. */
import type { Design } from '../ir/design.ts';
import { hoistProbes, type HoistedDesign } from '../ir/hoist-probes.ts';
import { modulesBelow } from '../ir/traverse.ts';
import { moduleText } from './module-text.ts';

export interface EmitOptions {
  /** What the header says made the text. */
  readonly generator?: string;
  /** The designer's source lines as trailing comments; default true. */
  readonly locators?: boolean;
  /** Probes as output ports `sim_…` (simulation builds); default false: no trace of them. */
  readonly probes?: boolean;
  /** External modules that have a model are replaced by it (simulation builds); default false: they stay black boxes. */
  readonly models?: boolean;
}

export interface EmittedDesign {
  /** Text by file name: `<module>.v`, children before parents, and `<module>_<memory>.hex` for `$readmemh`. */
  readonly files: ReadonlyMap<string, string>;
  /** Name of the top module. */
  readonly top: string;
  /** All modules in one text. */
  readonly text: string;
}

export const GENERATOR = '@vtoe/hdl 0.1.0';

/**
 * Emits all modules below the top. Macros that the text knows: `VTOE_RANDOM_INIT` (and `VTOE_RANDOM_SEED`),
 * `VTOE_ASSERT`, `FORMAL`; without them it is synthesizable hardware alone.
 */
export function emit(design: Design, options: EmitOptions = {}): EmittedDesign {
  const { generator = GENERATOR, locators = true, probes = false, models = false } = options;
  const { top, probeNets }: Pick<HoistedDesign, 'top' | 'probeNets'> = probes ? hoistProbes(design) : { top: design.top, probeNets: new Set() };
  const texts = new Map<string, string>();
  const contents = new Map<string, string>();

  function contentsFile(wanted: string, text: string): string {
    let name = `${wanted}.hex`;
    for (let i = 2; contents.has(name); i += 1) name = `${wanted}_${i}.hex`;
    contents.set(name, text);
    return name;
  }

  for (const module of modulesBelow(top, models)) {
    const own = module.external === undefined ? module : models ? module.external.model : undefined;
    if (own === undefined) continue;
    texts.set(`${module.name}.v`, moduleText(own, module.name, { generator, locators, models, probeNets, contentsFile }));
  }
  return { files: new Map([...texts, ...contents]), top: top.name, text: [...texts.values()].join('\n') };
}
