import { expect, test } from 'vitest';
import { chance, choice, flag, valuesOf, whole } from '../../../sim/scenarios/parameter.ts';

const parameters = {
  frames: whole('frames', { default: 10, least: 1, most: 100 }),
  bytes: whole('bytes', { default: 64, least: 64, multipleOf: 4 }),
  'link.loss': chance('of a frame', 0.5),
  width: choice('bits', [64, 128], 64),
  slice: choice('kind', ['stage', 'skid'], 'skid'),
  reorder: flag('or not', true),
};
const given = (...assignments: string[]) => valuesOf('demo', parameters, assignments);

test('without assignments there are the defaults', () => {
  expect(given()).toEqual({ frames: 10, bytes: 64, 'link.loss': 0.5, width: 64, slice: 'skid', reorder: true });
});

test('assignments are read by what their key is; the last of a key counts', () => {
  expect(given('frames=7', 'frames=8', 'bytes=128', 'link.loss=1e-3', 'width=128', 'slice=stage', 'reorder=false'))
    .toEqual({ frames: 8, bytes: 128, 'link.loss': 0.001, width: 128, slice: 'stage', reorder: false });
});

test.each([
  ['frames=0', 'frames must be a whole number from 1 to 100, not 0'],
  ['frames=1.5', 'frames must be a whole number from 1 to 100, not 1.5'],
  ['frames=ten', 'frames must be a whole number from 1 to 100, not "ten"'],
  ['frames=', 'frames must be a whole number from 1 to 100, not ""'],
  ['frames=0x10', 'frames must be a whole number from 1 to 100, not "0x10"'],
  ['bytes=66', 'bytes must be a multiple of 4 from 64 up, not 66'],
  ['link.loss=2', 'link.loss must be a number from 0 to 1, not 2'],
  ['width=65', 'width must be 64 or 128, not 65'],
  ['slice=none', 'slice must be "stage" or "skid", not "none"'],
  ['reorder=yes', 'reorder must be true or false, not "yes"'],
  ['frame=3', 'demo has no parameter frame (did you mean frames?); its parameters are frames, bytes, link.loss, width, slice, reorder'],
  ['constructor=3', 'demo has no parameter constructor; its parameters are frames, bytes, link.loss, width, slice, reorder'],
  ['frames', 'a parameter is set by key=value, not by "frames"'],
  ['=3', 'a parameter is set by key=value, not by "=3"'],
])('%s is refused', (assignment, message) => {
  expect(() => given(assignment)).toThrow(new RangeError(message));
});

test('what is allowed stands beside each', () => {
  expect(Object.values(parameters).map(({ allowed }) => allowed)).toEqual([
    'a whole number from 1 to 100', 'a multiple of 4 from 64 up', 'a number from 0 to 1', '64 or 128', 'stage or skid', 'true or false',
  ]);
});
