/** The parameters of a build as those of a scenario: `--set connections=4Ki` reaches hw/config.ts, which knows what is allowed. */
import { type Config, config, ConfigError, PARAMETERS, parseSettings } from '../../hw/config.ts';
import type { Parameter, ValuesOf } from './parameter.ts';

type Key = keyof typeof PARAMETERS;
export type BuildParameters = { readonly [K in Key]: Parameter<string> };

const KEYS = Object.keys(PARAMETERS) as readonly Key[];

/** @param defaults where the scenario's build differs from the usual one; an empty value stands for what follows from others */
export function buildParameters(defaults: Partial<Config>): BuildParameters {
  return Object.fromEntries(KEYS.map((key) => [key, buildParameter(key, defaults)])) as unknown as BuildParameters;
}

/** @throws RangeError in one sentence */
export function buildOf(values: ValuesOf<BuildParameters>): Config {
  return refused(() => config(parseSettings(KEYS.filter((key) => !follows(key) || values[key] !== '').map((key) => `${key}=${values[key]}`))));
}

function buildParameter(key: Key, defaults: Partial<Config>): Parameter<string> {
  const { doc, allowed, initial } = PARAMETERS[key];
  const value = defaults[key] ?? (isFollowing(initial) ? '' : initial);
  return {
    doc: `build: ${doc.replace(/\.$/, '')}`, default: String(value),
    allowed: isFollowing(initial) ? `${allowed}; nothing: ${initial.text}` : allowed,
    parse: (_, text) => {
      if (text !== '' || !follows(key)) refused(() => parseSettings([`${key}=${text}`]));
      return text;
    },
  };
}

function follows(key: Key): boolean {
  return isFollowing(PARAMETERS[key].initial);
}

function isFollowing(initial: unknown): initial is { readonly text: string } {
  return typeof initial === 'object' && initial !== null && 'from' in initial;
}

function refused<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof ConfigError) throw new RangeError(error.mistakes.join('; '), { cause: error });
    throw error;
  }
}
