/** From a module's definition to the design: every distinct module once, children first. */
import { checkIdentity } from '../check/module-identity.ts';
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Design, Module } from '../ir/design.ts';
import { isGenuine } from './genuine.ts';
import type { ModuleDefinition } from './module.ts';

/** @throws whatever is wrong in the definition or below, with the place in the user's source */
export function elaborate(definition: ModuleDefinition): Design {
  if (!isGenuine(definition) || !('elaborated' in definition)) fail('argument', 'elaborate', 'its argument', 'a module', describe(definition));
  const top = definition.elaborated().module;
  const modules: Module[] = [];
  const models: Module[] = [];
  const byIdentity = new Map<string, Module>();
  const byName = new Map<string, Module>();
  const settled = new Map<Module, Module>();

  /** The module that stands for `module` in the design: itself, or one of equal name and structure met before. */
  const settle = (module: Module, list: Module[]): Module => {
    const before = settled.get(module);
    if (before !== undefined) return before;
    for (const instance of module.instances) replace(instance, { module: settle(instance.module, list) });
    const known = byIdentity.get(identityOf(module));
    const rival = known ?? byName.get(module.name);
    // Foreign modules of one name may differ by their parameters; in any other case one name means one structure.
    if (rival !== undefined && (known !== undefined || rival.external === undefined || module.external === undefined)) checkIdentity(rival, module);
    settled.set(module, known ?? module);
    if (known !== undefined) return known;
    byIdentity.set(identityOf(module), module);
    byName.set(module.name, module);
    list.push(module);
    return module;
  };
  settle(top, modules);
  // Models stand outside of the hardware, but may meet it in a simulation's Verilog.
  for (const list of [modules, models]) {
    for (const { external } of list) if (external?.model !== undefined) replace(external, { model: settle(external.model, models) });
  }
  return { top, modules };
}

function identityOf({ name, external }: Module): string {
  const parameters = external?.parameters ?? [];
  return parameters.length === 0 ? name : `${name} #(${parameters.map((parameter) => `${parameter.name} = ${JSON.stringify(String(parameter.value))}`).join(', ')})`;
}

/** The IR is read-only for all others; only here, modules of equal structure become one. */
function replace<T extends object>(x: T, change: Partial<T>): void {
  Object.assign(x, change);
}
