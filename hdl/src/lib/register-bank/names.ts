/** Names in other languages: `sqTail` is `sq_tail` in a C struct and `SQ_TAIL` in a macro. */
import { reservedIn } from '../../check/reserved-words.ts';

export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

export function macroCase(...names: readonly string[]): string {
  return names.filter((name) => name !== '').map((name) => snakeCase(name).toUpperCase()).join('_');
}

/** A member of a struct: keywords get an underscore. */
export function memberName(name: string): string {
  const snake = snakeCase(name);
  return reservedIn(snake) === undefined ? snake : `${snake}_`;
}

export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
