/** Modules that another process or thread runs have to be compiled. */

/**
 * URL of the compiled module beside `here`. Under a test runner `here` is TypeScript, which Node does not run; compiled it
 * is at the same place below `dist`.
 * @param here `import.meta.url`, of a file in `sim/`
 * @param module as one would import it: `./child.ts`
 */
export function compiledModule(here: string, module: string): URL {
  const compiled = module.replace(/\.ts$/, '.js');
  if (!here.endsWith('.ts')) return new URL(compiled, here);
  const root = here.slice(0, here.lastIndexOf('/sim/') + 1);
  return new URL(compiled, `${root}dist/${here.slice(root.length)}`);
}
