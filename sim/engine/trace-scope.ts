/** Which part of a design a waveform shows. */
import { didYouMean } from '@vtoe/hdl/internal/check/describe';
import type { FlatDesign } from '@vtoe/hdl/internal/sim/flatten';

/** @throws Error if the design has no such instance, with the nearest names */
export function requireInstance({ scopes }: FlatDesign, scope: string): void {
  const paths = scopes.map(({ path }) => path).filter((path) => path !== '');
  if (!paths.includes(scope)) throw new Error(`there is no instance ${scope}${paths.length === 0 ? ': the top has none' : didYouMean(scope, new Set(paths))}`);
}
