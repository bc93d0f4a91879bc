/** A scenario, in the child process: whatever native code does to it, the command that asked for it goes on. */
import type { ChildContext } from '../engine/child-context.ts';
import type { Engine } from '../engine/engine.ts';
import { isLockstep } from '../engine/lockstep.ts';
import { openEngine } from '../engine/open.ts';
import type { Progress } from '../engine/verilator/progress.ts';
import { createPcapng } from '../link/pcapng.ts';
import { scenarioNamed } from './index.ts';
import type { RunMessage, RunRequest, RunResult } from './run-request.ts';

/** A person sees no more than some ten changes a second, and a message costs a system call. */
const PROGRESS_MILLISECONDS = 100;

export default async function child(context: ChildContext): Promise<RunResult> {
  const { scenario: name, engine: engineName, seed, settings, wave, pcap, skip = true } = context.input as RunRequest;
  const say = (message: RunMessage): void => context.say(message);
  const capture = pcap === undefined ? undefined : context.closing(createPcapng(pcap, { application: 'vtoe', comments: [`vtoe run ${[name, '--seed', seed, ...settings.map((setting) => `--set ${setting}`)].join(' ')}`] }));
  let engine: Engine | undefined;
  let toldAt = -Infinity;
  const onProgress = (progress: Progress): void => {
    const now = performance.now();
    if (now - toldAt < PROGRESS_MILLISECONDS) return;
    toldAt = now;
    say({ kind: 'progress', progress });
  };
  const report = await scenarioNamed(name).run({
    seed, skip, capture,
    openEngine: async (design) => {
      if (engine !== undefined) throw new Error(`${name} opens an engine for ${design.top.name} after that for another design`);
      engine = context.guard(await openEngine(engineName, design, { seed, onProgress, ...(wave === undefined ? {} : { wave }) }));
      return engine;
    },
    progress: (what, done, of) => onProgress({ what, done, of }),
    interim: (figures) => say({ kind: 'interim', figures }),
  }, settings);
  const evaluatedCycles = engine?.cycle ?? 0;
  return { report, cycles: report.cycles ?? evaluatedCycles, evaluatedCycles, ...(engine !== undefined && isLockstep(engine) ? { neverToggled: engine.neverToggled() } : {}) };
}
