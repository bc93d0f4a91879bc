/** The native tools that a build needs: which there are, and whether they will do. */
import { createRequire } from 'node:module';
import { MissingToolError, runTool, ToolError } from '../../native-tool.ts';

/** Debian 12's release; nothing older has been tried. */
export const VERILATOR_MINIMUM = '5.006';

/** For sentences about what is missing. */
const WHO = 'the Verilator engine';

export interface Toolchain {
  /** Verilator's own headers and sources. */
  readonly verilatorInclude: string;
  /** Of Node-API. */
  readonly nodeInclude: string;
  /** Versions of all tools and the architecture: what one made need not fit another. */
  readonly identity: string;
}

/** By PATH: looking costs a tenth of a second. */
const found = new Map<string | undefined, Promise<Toolchain>>();

/** @throws MissingToolError if a tool is missing or too old */
export function toolchain(): Promise<Toolchain> {
  const path = process.env['PATH'];
  let known = found.get(path);
  if (known === undefined) {
    known = find();
    found.set(path, known);
    // A tool may be installed while the process lives.
    known.catch(() => found.delete(path));
  }
  return known;
}

async function find(): Promise<Toolchain> {
  const [verilator, compiler] = await Promise.all([runTool('verilator', ['--version'], { who: WHO }), runTool('g++', ['-dumpfullversion', '-dumpmachine'], { who: WHO })]);
  const version = /^Verilator (\d+)\.(\d+)/.exec(verilator);
  if (version === null || !isNewEnough(version)) {
    const what = version === null ? `verilator says it is "${verilator.split('\n')[0]}"` : `Verilator ${version[1]}.${version[2]} is too old`;
    throw new MissingToolError(what, 'verilator', { who: WHO, need: `${VERILATOR_MINIMUM} or newer`, where: ' (Debian 12, Ubuntu 24.04 or newer)' });
  }
  const root = (await runTool('verilator', ['--getenv', 'VERILATOR_ROOT'])).trim();
  const require = createRequire(import.meta.url);
  const { include_dir: nodeInclude } = require('node-api-headers') as { include_dir: string };
  // Not where they are: another checkout has the same.
  const { version: headers } = require('node-api-headers/package.json') as { version: string };
  return {
    verilatorInclude: `${root}/include`,
    nodeInclude,
    identity: [verilator.trim(), ...compiler.trim().split('\n'), process.arch, `Node-API ${headers}`].join(', '),
  };
}

function isNewEnough([, major, minor]: RegExpExecArray): boolean {
  const [leastMajor, leastMinor] = VERILATOR_MINIMUM.split('.').map(Number) as [number, number];
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}

/** FST waveforms are compressed with zlib. @throws MissingToolError if its headers are missing */
export async function needZlib(): Promise<void> {
  try {
    await runTool('g++', ['-E', '-x', 'c++', '-include', 'zlib.h', '-o', '/dev/null', '/dev/null']);
  } catch (error) {
    if (error instanceof ToolError) throw new MissingToolError('zlib.h is not installed', 'zlib1g-dev', { who: WHO, need: 'it for FST waveforms' });
    throw error;
  }
}
