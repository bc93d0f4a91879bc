import { expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { Recent } from '../../../sim/engine/recent.ts';
import { bench, design, drive, outputs } from './subject.ts';

/** An engine that counts what is asked of it. */
function watched(): { readonly engine: Engine; readonly saves: number[]; readonly restores: number[] } {
  const engine = builtinEngine(design);
  const saves: number[] = [];
  const restores: number[] = [];
  const [save, restore] = [engine.save.bind(engine), engine.restore.bind(engine)];
  engine.save = () => {
    saves.push(engine.cycle);
    return save();
  };
  engine.restore = (state) => {
    restore(state);
    restores.push(engine.cycle);
  };
  return { engine, saves, restores };
}

function recorded(cycles: number, recent: Recent, engine: Engine): void {
  while (engine.cycle < cycles) {
    drive(engine, engine.cycle);
    expect(recent.before()).toBeGreaterThan(0);
    engine.run(1);
  }
}

const reference = bench(builtinEngine(design), 1000).rows;

test('snapshots come at their interval, and a cycle is reached from the last one before it', () => {
  const { engine, saves } = watched();
  const recent = new Recent([engine], { cycles: 50, interval: 100 });
  recorded(1000, recent, engine);
  expect(saves).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);

  for (const [from, restoredAt] of [[950, 900], [900, 900], [899, 800], [850, 800], [300, 800]] as const) {
    const again = watched();
    let startedAt = 0;
    const rows: string[] = [];
    recent.rerun(0, again.engine, from, () => {
      startedAt = again.engine.cycle;
      const run = again.engine.run.bind(again.engine);
      again.engine.run = (cycles) => {
        for (let i = 0; i < cycles; i += 1) {
          run(1);
          rows.push(outputs(again.engine));
        }
        return cycles;
      };
    }, 1000);
    expect([from, again.restores, startedAt]).toEqual([from, [restoredAt], Math.max(from, restoredAt)]);
    expect(rows).toEqual(reference.slice(startedAt));
  }
});

test('before tells how long a run may be', () => {
  const { engine, saves } = watched();
  const recent = new Recent([engine], { cycles: 50, interval: 100 });
  expect(recent.before()).toBe(100);
  engine.run(30);
  expect(recent.before()).toBe(70);
  engine.run(70);
  expect(recent.before()).toBe(100);
  expect(saves).toEqual([0, 100]);
});

test('what is run again does the same, and goes on the same', () => {
  const engine = builtinEngine(design);
  const recent = new Recent([engine], { cycles: 120, interval: 200 });
  recorded(730, recent, engine);
  const again = builtinEngine(design, { seed: 9 });
  recent.rerun(0, again, 650, () => {}, 730);
  expect(bench(again, 1000).rows).toEqual(reference.slice(730));
});

test('after forget, nothing before is known', () => {
  const { engine } = watched();
  const recent = new Recent([engine], { cycles: 50, interval: 100 });
  recorded(120, recent, engine);
  recent.forget();
  recorded(130, recent, engine);
  const again = watched();
  recent.rerun(0, again.engine, 0, () => {}, 130);
  expect(again.restores).toEqual([120]);
});

test('many changes of inputs bring a snapshot early, but not too early', () => {
  const { engine, saves } = watched();
  const recent = new Recent([engine], { cycles: 300_000, interval: 1_000_000 });
  // A change of all inputs takes 68 bytes or so in each cycle: 32 MiB are full after half a million.
  const { words } = engine.ports;
  const at = engine.ports.port('in_payload_data').offset >> 2;
  for (let cycle = 0; cycle < 600_000; cycle += 1) {
    words[at] = cycle;
    recent.before();
    engine.run(1);
  }
  expect(saves).toHaveLength(2);
  expect(saves[1]).toBeGreaterThan(300_000);
  expect(saves[1]).toBeLessThan(500_000);
});

test('a number of cycles that makes no sense is refused', () => {
  expect(() => new Recent([builtinEngine(design)], { cycles: 0 })).toThrow('a waveform of the latest cycles has a number of cycles from 1 up, not 0');
});
