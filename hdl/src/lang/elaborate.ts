/** From a module's definition to the design: every distinct module once, children first. */
import { checkIdentity } from '../check/module-identity.ts';
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Design, Instance, Module } from '../ir/design.ts';
import type { ModuleDefinition } from './module.ts';

/** @throws whatever is wrong in the definition or below, with the place in the user's source */
export function elaborate(definition: ModuleDefinition): Design {
  if (typeof definition?.elaborated !== 'function') fail('argument', 'elaborate', 'its argument', 'a module', describe(definition));
  const top = definition.elaborated().module;
  const modules: Module[] = [];
  const byName = new Map<string, Module>();
  const visited = new Set<Module>();

  /** The module that stands for `module` in the design: itself, or one of equal name and structure met before. */
  const settle = (module: Module): Module => {
    const known = byName.get(module.name);
    if (visited.has(module)) return known!;
    visited.add(module);
    for (const instance of module.instances) {
      (instance as { -readonly [K in keyof Instance]: Instance[K] }).module = settle(instance.module);
    }
    if (known !== undefined) {
      checkIdentity(known, module);
      return known;
    }
    byName.set(module.name, module);
    modules.push(module);
    return module;
  };
  settle(top);
  return { top, modules };
}
