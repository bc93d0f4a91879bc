// Sees to the native tools that the tests compare against. Where it may (as root, or with sudo that asks for no
// password) it installs the missing ones with apt-get; else it says in one sentence what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian 12's release; nothing older has been tried. */
const VERILATOR_MINIMUM = 5.006;

const TOOLS = [
  { name: 'verilator', package: 'verilator', version: () => /Verilator (\d+\.\d+)/.exec(output('verilator', ['--version']))?.[1] },
  { name: 'iverilog', package: 'iverilog', version: () => /version (\d+\.\d+)/.exec(output('iverilog', ['-V']))?.[1] },
  { name: 'g++', package: 'g++', version: () => output('g++', ['-dumpfullversion']).trim() },
  { name: 'make', package: 'make', version: () => /Make (\d+\.\d+)/.exec(output('make', ['--version']))?.[1] },
  // Verilator's FST waveforms are compressed with it.
  { name: 'zlib.h', package: 'zlib1g-dev', version: () => (hasHeader('zlib.h') ? 'found' : undefined) },
];

let lacking = missing();
if (lacking.length > 0) {
  const packages = lacking.map((tool) => tool.package);
  const prefix = rootPrefix();
  if (prefix !== undefined && output('apt-get', ['--version']) !== '') {
    console.log(`tools: apt-get install ${packages.join(' ')}`);
    install(prefix, packages);
    lacking = missing();
  }
  if (lacking.length > 0) {
    const names = lacking.map(describe).join(', ');
    const command = `sudo apt-get install -y ${lacking.map((tool) => tool.package).join(' ')}`;
    console.error(`The tests need tools that are missing: ${names}; on Debian 12 or Ubuntu 24.04 install them with \`${command}\`.`);
    process.exit(1);
  }
}
console.log(`tools: ${TOOLS.map((tool) => `${tool.name} ${tool.version()}`).join(', ')}`);

function missing() {
  return TOOLS.filter((tool) => {
    const version = tool.version();
    return !version || (tool.name === 'verilator' && Number(version) < VERILATOR_MINIMUM);
  });
}

function describe(tool) {
  if (tool.name !== 'verilator') return tool.name;
  const found = tool.version();
  return `verilator ${VERILATOR_MINIMUM} or newer${found ? ` (found ${found})` : ''}`;
}

/** What to put before a command to run it as root, or undefined where that is not possible. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

function install(prefix, packages) {
  const apt = (...options) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', ...options];
    return spawnSync(command, rest, { encoding: 'utf8' });
  };
  const attempt = () => apt('install', '--no-install-recommends', ...packages);
  // Package lists cost half a minute and are often there: they are fetched only if the installation fails without.
  if (attempt().status === 0) return;
  apt('update');
  const second = attempt();
  if (second.status !== 0) console.error(second.stderr);
}

function hasHeader(name) {
  if (existsSync(`/usr/include/${name}`)) return true;
  return spawnSync('g++', ['-E', '-x', 'c++', '-include', name, '/dev/null']).status === 0;
}

/** Standard output of a command; empty if it cannot be run. */
function output(command, options) {
  return spawnSync(command, options, { encoding: 'utf8' }).stdout ?? '';
}
