/** Defaults, each mistake word for word, and what a command line says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Config, config, ConfigError, derived, isParameter, PARAMETERS, parseSettings } from '../../hw/config.ts';
import { configMarkdown } from '../../hw/config-markdown.ts';
import { expectParts } from './support/page.ts';

const keys = Object.keys(PARAMETERS) as (keyof Config)[];

function mistakesOf(body: () => unknown): readonly string[] {
  try {
    body();
  } catch (error) {
    if (error instanceof ConfigError) {
      expect(error.message).toBe(error.mistakes.join('\n'));
      return error.mistakes;
    }
    throw error;
  }
  return [];
}

const mistakes = (given: object): readonly string[] => mistakesOf(() => config(given));

describe('defaults', () => {
  test('are those of the design', () => {
    expect(config()).toEqual({
      datapathBits: 64, hostBits: 128, clockHz: 156_250_000, vms: 8, pageStrideBytes: 4096,
      connections: 1024, listeners: 64, prePosts: 256, timeWaitEntries: 4096, flowTableRows: 512, flowStashEntries: 8, neighbours: 64, addressesPerVm: 2, windowsPerVm: 4,
      outOfOrderIntervals: 4, sackIntervals: 4, mtuMostBytes: 9216, sack: true, timestamps: true, synCookies: true, loopback: true, puntRing: true,
      sqEntriesMost: 4096, cqEntriesMost: 8192, sqPrefetchEntries: 16,
      rxFifoBytes: 32_768, rxFifoFrames: 512, txRingBytes: 32_768, txSegments: 16, loopbackFifoBytes: 16_384,
      dmaReads: 16, dmaWrites: 16, dmaBurstMostBytes: 2048,
      pipelineCuts: ['differences', 'decisions', 'update', 'writeBack'], checksumCuts: [], simulationPorts: false,
    });
  });

  test('follow from what is given', () => {
    expect(config({ datapathBits: 256, connections: 4096, listeners: 128, sqEntriesMost: 1024 })).toMatchObject({ hostBits: 512, timeWaitEntries: 16_384, flowTableRows: 2048, cqEntriesMost: 8192 });
    expect(config({ datapathBits: 256, hostBits: 256, timeWaitEntries: 8 })).toMatchObject({ hostBits: 256, timeWaitEntries: 8 });
    expect(config({ connections: 8192, hostBits: undefined })).toMatchObject({ connections: 8192, hostBits: 128 });
  });

  test('are allowed whatever they follow from', () => {
    const power = (least: number, most: number) => fc.integer({ min: Math.log2(least), max: Math.log2(most) }).map((n) => 2 ** n);
    fc.assert(fc.property(fc.constantFrom(64, 128, 256, 512), power(4, 32_768), power(2, 4096), power(16, 32_768), (datapathBits, connections, listeners, sqEntriesMost) => {
      const complete = config({ datapathBits, connections, listeners, sqEntriesMost });
      for (const key of keys) expect(PARAMETERS[key].accepts(complete[key])).toBe(true);
      expect(complete.cqEntriesMost).toBeGreaterThanOrEqual(connections + listeners + sqEntriesMost);
      expect(complete.flowTableRows * 4 * 0.95).toBeGreaterThanOrEqual(connections);
      expect(config(complete)).toEqual(complete);
    }));
  });

  test('cannot be changed by who gets them', () => {
    expect(Object.isFrozen(config())).toBe(true);
  });
});

describe('mistakes', () => {
  test.each<[object, string]>([
    [{ datapathBits: 100 }, 'datapathBits must be one of 64, 128, 256, 512, not 100'],
    [{ hostBits: 2048 }, 'hostBits must be one of 64, 128, 256, 512, 1024, not 2048'],
    [{ clockHz: 999_999 }, 'clockHz must be a whole number from 1000000 to 1000000000, not 999999'],
    [{ vms: 128 }, 'vms must be a whole number from 1 to 127, not 128'],
    [{ vms: 0 }, 'vms must be a whole number from 1 to 127, not 0'],
    [{ vms: 1.5 }, 'vms must be a whole number from 1 to 127, not 1.5'],
    [{ vms: '8' }, 'vms must be a whole number from 1 to 127, not "8"'],
    [{ vms: null }, 'vms must be a whole number from 1 to 127, not null'],
    [{ pageStrideBytes: 8192 }, 'pageStrideBytes must be one of 4096, 16384, 65536, not 8192'],
    [{ connections: 1000 }, 'connections must be a power of two from 4 to 32768, not 1000'],
    [{ connections: 65_536 }, 'connections must be a power of two from 4 to 32768, not 65536'],
    [{ listeners: 0 }, 'listeners must be a power of two from 2 to 4096, not 0'],
    [{ prePosts: 3 }, 'prePosts must be a power of two from 2 to 32768, not 3'],
    [{ timeWaitEntries: 2 }, 'timeWaitEntries must be a power of two from 4 to 131072, not 2'],
    [{ flowTableRows: 1 }, 'flowTableRows must be a power of two from 2 to 32768, not 1'],
    [{ flowStashEntries: 64 }, 'flowStashEntries must be a power of two from 1 to 32, not 64'],
    [{ neighbours: 2048 }, 'neighbours must be a power of two from 4 to 1024, not 2048'],
    [{ addressesPerVm: 0.5 }, 'addressesPerVm must be a power of two from 1 to 16, not 0.5'],
    [{ windowsPerVm: 32 }, 'windowsPerVm must be a power of two from 1 to 16, not 32'],
    [{ outOfOrderIntervals: 9 }, 'outOfOrderIntervals must be a whole number from 1 to 8, not 9'],
    [{ sackIntervals: 0 }, 'sackIntervals must be a whole number from 1 to 8, not 0'],
    [{ mtuMostBytes: 575 }, 'mtuMostBytes must be a whole number from 576 to 9216, not 575'],
    [{ sack: 'yes' }, 'sack must be true or false, not "yes"'],
    [{ timestamps: 1 }, 'timestamps must be true or false, not 1'],
    [{ synCookies: 0 }, 'synCookies must be true or false, not 0'],
    [{ loopback: [] }, 'loopback must be true or false, not []'],
    [{ puntRing: {} }, 'puntRing must be true or false, not an object with no keys'],
    [{ sqEntriesMost: 65_536 }, 'sqEntriesMost must be a power of two from 16 to 32768, not 65536'],
    [{ cqEntriesMost: 8 }, 'cqEntriesMost must be a power of two from 16 to 131072, not 8'],
    [{ sqPrefetchEntries: 1 }, 'sqPrefetchEntries must be a power of two from 2 to 64, not 1'],
    [{ rxFifoBytes: 1024 }, 'rxFifoBytes must be a power of two from 2048 to 1048576, not 1024'],
    [{ rxFifoFrames: 500 }, 'rxFifoFrames must be a power of two from 16 to 8192, not 500'],
    [{ txRingBytes: 40_000 }, 'txRingBytes must be a power of two from 2048 to 1048576, not 40000'],
    [{ txSegments: 1 }, 'txSegments must be a power of two from 2 to 256, not 1'],
    [{ loopbackFifoBytes: 512 }, 'loopbackFifoBytes must be a power of two from 1024 to 1048576, not 512'],
    [{ dmaReads: 17 }, 'dmaReads must be a whole number from 1 to 16, not 17'],
    [{ dmaWrites: 0 }, 'dmaWrites must be a whole number from 1 to 16, not 0'],
    [{ dmaBurstMostBytes: 4096 }, 'dmaBurstMostBytes must be one of 256, 512, 1024, 2048, not 4096'],
    [{ pipelineCuts: ['update', 'update'] }, 'pipelineCuts must be a list of some of differences, decisions, update, writeBack, each at most once, not ["update", "update"]'],
    [{ checksumCuts: ['branch'] }, 'checksumCuts must be a list of some of tree, fold, accumulate, each at most once, not ["branch"]'],
    [{ checksumCuts: 'tree' }, 'checksumCuts must be a list of some of tree, fold, accumulate, each at most once, not "tree"'],
    [{ simulationPorts: 'true' }, 'simulationPorts must be true or false, not "true"'],
    [{ connection: 4 }, 'there is no parameter connection (did you mean connections?)'],
    [{ color: 'red' }, 'there is no parameter color'],
    [{ toString: 1 }, 'there is no parameter toString'],
    [{ datapathBits: 128, hostBits: 64 }, 'hostBits must be at least 128, as wide as datapathBits, not 64'],
    [{ datapathBits: 512, sqPrefetchEntries: 2 }, 'sqPrefetchEntries must be at least 4, as many as a beat of the host bus has, not 2'],
    [{ flowTableRows: 256 }, 'flowTableRows must be at least 512, so that four tables hold 1024 connections at a load of 95 %, not 256'],
    [{ rxFifoBytes: 16_384 }, 'rxFifoBytes must be at least 32768, room for two frames of mtuMostBytes, 9216, not 16384'],
    [{ mtuMostBytes: 1500, txRingBytes: 2048 }, 'txRingBytes must be at least 4096, room for two frames of mtuMostBytes, 1500, not 2048'],
    [{ loopbackFifoBytes: 8192 }, 'loopbackFifoBytes must be at least 16384, room for a frame of mtuMostBytes, 9216, not 8192'],
  ])('%o', (given, sentence) => {
    expect(mistakes(given)).toEqual([sentence]);
  });

  test('each parameter has a sentence here', () => {
    for (const key of keys) expect(mistakes({ [key]: Symbol('none') })).toEqual([`${key} must be ${PARAMETERS[key].allowed}, not a symbol`]);
  });

  test('all are told at once', () => {
    expect(mistakes({ vms: 0, conections: 4, sack: 1 })).toEqual([
      'there is no parameter conections (did you mean connections?)',
      'vms must be a whole number from 1 to 127, not 0',
      'sack must be true or false, not 1',
    ]);
    expect(mistakes({ rxFifoBytes: 2048, txRingBytes: 2048 })).toHaveLength(2);
  });

  test('what is not built needs no room', () => {
    expect(config({ loopback: false, loopbackFifoBytes: 1024 }).loopback).toBe(false);
    expect(config({ mtuMostBytes: 1500, rxFifoBytes: 4096, txRingBytes: 4096, loopbackFifoBytes: 2048 }).rxFifoBytes).toBe(4096);
  });
});

describe('settings', () => {
  test.each<[string, Partial<Config>]>([
    ['connections=2048', { connections: 2048 }],
    ['connections=2_048', { connections: 2048 }],
    ['connections=0x800', { connections: 2048 }],
    ['connections=2Ki', { connections: 2048 }],
    ['rxFifoBytes=1Mi', { rxFifoBytes: 1_048_576 }],
    ['clockHz=156.25M', { clockHz: 156_250_000 }],
    ['clockHz=322.265625M', { clockHz: 322_265_625 }],
    ['clockHz=1G', { clockHz: 1_000_000_000 }],
    ['clockHz=250000k', { clockHz: 250_000_000 }],
    [' vms = 3 ', { vms: 3 }],
    ['sack=false', { sack: false }],
    ['sack=true', { sack: true }],
    ['checksumCuts=', { checksumCuts: [] }],
    ['checksumCuts=tree', { checksumCuts: ['tree'] }],
    ['checksumCuts=tree, fold', { checksumCuts: ['tree', 'fold'] }],
  ])('%s', (setting, given) => {
    expect(parseSettings([setting])).toEqual(given);
    expect(config(parseSettings([setting]))).toMatchObject(given);
  });

  test('of a key that stands twice, the last value counts', () => {
    expect(parseSettings(['vms=2', 'sack=false', 'vms=3'])).toEqual({ vms: 3, sack: false });
    expect(parseSettings([])).toEqual({});
  });

  test.each<[string, string]>([
    ['vms', 'a setting must be key=value, not "vms"'],
    ['vm=3', 'there is no parameter vm (did you mean vms?)'],
    ['=3', 'there is no parameter '],
    ['__proto__=3', 'there is no parameter __proto__'],
    ['vms=eight', 'vms must be a whole number from 1 to 127, not "eight"'],
    ['vms=', 'vms must be a whole number from 1 to 127, not ""'],
    ['vms=-3', 'vms must be a whole number from 1 to 127, not "-3"'],
    ['vms=1e1', 'vms must be a whole number from 1 to 127, not "1e1"'],
    ['vms=8=8', 'vms must be a whole number from 1 to 127, not "8=8"'],
    ['connections=2K', 'connections must be a power of two from 4 to 32768, not "2K"'],
    ['datapathBits=64 bit', 'datapathBits must be one of 64, 128, 256, 512, not "64 bit"'],
    ['sack=yes', 'sack must be true or false, not "yes"'],
    ['sack=', 'sack must be true or false, not ""'],
  ])('%s', (setting, sentence) => {
    expect(mistakesOf(() => parseSettings([setting]))).toEqual([sentence]);
  });

  test('all mistakes are told at once; ranges are told by config', () => {
    expect(mistakesOf(() => parseSettings(['vms', 'sack=3', 'connections=4']))).toEqual(['a setting must be key=value, not "vms"', 'sack must be true or false, not "3"']);
    expect(mistakesOf(() => config(parseSettings(['vms=200', 'checksumCuts=fork'])))).toEqual([
      'vms must be a whole number from 1 to 127, not 200',
      'checksumCuts must be a list of some of tree, fold, accumulate, each at most once, not ["fork"]',
    ]);
  });

  test('a configuration written out and read again', () => {
    const small = config({ connections: 16, sack: false, checksumCuts: ['tree', 'fold'] });
    expect(config(parseSettings(Object.entries(small).map(([key, value]) => `${key}=${String(value)}`)))).toEqual(small);
    expect(config(JSON.parse(JSON.stringify(small)) as Partial<Config>)).toEqual(small);
  });

  test('names of parameters', () => {
    expect(isParameter('vms')).toBe(true);
    expect(isParameter('toString')).toBe(false);
  });
});

describe('derived', () => {
  test('of the default', () => {
    // 2^24 / 156.25 = 107374.18; 9 pages of 4 KiB; 9216 + 14 + 4 bytes.
    expect(derived(config())).toEqual({ datapathBytes: 8, hostBytes: 16, axilAddressBits: 16, connectionIndexBits: 10, ownerBits: 4, clockIncrement: 107_374, frameMostBytes: 9234 });
  });

  test('of the largest', () => {
    // 128 pages of 64 KiB; 2^24 / 322.265625 = 52060.21.
    expect(derived(config({ datapathBits: 512, vms: 127, pageStrideBytes: 65_536, clockHz: 322_265_625, connections: 32_768 })))
      .toMatchObject({ datapathBytes: 64, hostBytes: 128, axilAddressBits: 23, connectionIndexBits: 15, ownerBits: 7, clockIncrement: 52_060 });
  });

  test('with one VM', () => {
    expect(derived(config({ vms: 1 }))).toMatchObject({ axilAddressBits: 13, ownerBits: 1 });
  });
});

test('the reference lists the parameters', async () => {
  await expectParts('config.md', configMarkdown);
});
