/** Errors name the user's own line, whatever lies between it and the mistake. */
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';
import { Bool, Bundle, type Data, elaborate, HdlError, In, inst, lit, module, UInt, Vec } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-of.ts';

function lineAt({ at: { place } }: HdlError): string {
  return readFileSync(place.file, 'utf8').split('\n')[place.line - 1]!.slice(place.column - 1);
}

describe('place of an error', () => {
  test('is the file, line and column of the call', () => {
    const error = errorOf(() =>
      UInt(0));
    expect(lineAt(error)).toBe('UInt(0));');
  });

  test('is the statement in the body, not what made the body run', () => {
    const broken = module('broken', {}, { x: In(UInt(8)) }, (io) => {
      io.x.add(256);
    });
    const parent = module('parent', {}, {}, () => { inst(broken, { x: 1 }); });
    expect(lineAt(errorOf(() => elaborate(parent)))).toBe('add(256);');
  });

  test('is the call, however deep in a literal the mistake is', () => {
    let shape: Data = UInt(8);
    let value: unknown = 256;
    for (let i = 0; i < 100; i++) {
      shape = i % 2 === 0 ? Bundle('Level', { inner: shape }) : Vec(shape, 1);
      value = i % 2 === 0 ? { inner: value } : [value];
    }
    const error = errorOf(() =>
      lit(shape, value as never));
    expect(lineAt(error)).toBe('lit(shape, value as never));');
  });

  test('may be in a folder whose name has blanks and parentheses', () => {
    const design = runInThisContext('(call) => call()', { filename: '/tmp/my designs (2)/top level.ts' }) as (call: () => void) => void;
    const error = errorOf(() => design(UInt.bind(undefined, 0)));
    expect(error.at.toString()).toBe('my designs (2)/top level.ts:1');
  });

  test('may be a URL', () => {
    const design = runInThisContext('(call) => call()', { filename: 'file:///tmp/my%20designs/top.ts' }) as (call: () => void) => void;
    expect(errorOf(() => design(UInt.bind(undefined, 0))).at.place.file).toBe('/tmp/my designs/top.ts');
  });

  test('is two parts of the path and the line, the same on every machine', () => {
    expect(errorOf(() => Bundle('B', { next: Bool })).at.toString()).toMatch(/^check\/place\.test\.ts:\d+$/);
  });
});
