/**
 * The configuration of a build: every parameter of the hardware as one plain object, with defaults, checked once.
 *
 * `config({ connections: 4096 })` fills in the rest; `config(parseSettings(['connections=4Ki']))` is what a command line
 * does. What can be changed while the hardware runs is a register, not a parameter.
 */
import { clog2 } from '@vtoe/hdl';
import { describe, didYouMean } from '@vtoe/hdl/internal/check/describe';
import { follows, oneOf, type Parameter, powerOfTwo, someOf, toggle, whole } from './parameter.ts';
import { TaggedEthernetHeader } from './protocol/ethernet.ts';
import { QUEUE_ENTRY_BYTES } from './protocol/submission-entry.ts';

/** Parameters that others follow from. */
interface Basis {
  readonly datapathBits: number;
  readonly connections: number;
  readonly listeners: number;
  readonly sqEntriesMost: number;
}

export const PARAMETERS = {
  datapathBits: oneOf(64, [64, 128, 256, 512], 'Width W of the streams of frames.'),
  hostBits: oneOf(follows('2 x datapathBits', ({ datapathBits }: Basis) => 2 * datapathBits), [64, 128, 256, 512, 1024], 'Width DW of the AXI4 master to host memory.'),
  clockHz: whole({ initial: 156_250_000, least: 1_000_000, most: 1_000_000_000 }, 'Frequency of `clk`: fixes the start value of the register from which microseconds are counted.'),
  vms: whole({ initial: 8, least: 1, most: 127 }, 'Virtual machines, each with a register page and queues of its own; AWUSER and ARUSER have 7 bits for them and the VMM.'),
  pageStrideBytes: oneOf(4096, [4096, 16_384, 65_536], "Distance of register pages: the host's page size, so that each can be mapped into one guest."),

  connections: powerOfTwo({ initial: 1024, least: 4, most: 32_768 }, 'Connections N, of all VMs together.'),
  listeners: powerOfTwo({ initial: 64, least: 2, most: 4096 }, 'Ports that are listened on, of all VMs together.'),
  prePosts: powerOfTwo({ initial: 256, least: 2, most: 32_768 }, 'ACCEPTs that wait for a connection, of all VMs together.'),
  timeWaitEntries: powerOfTwo({ initial: follows('4 x connections', ({ connections }: Basis) => 4 * connections), least: 4, most: 131_072 }, 'Closed connections that are remembered for 2 MSL; the oldest is evicted.'),
  flowTableRows: powerOfTwo({ initial: follows('connections / 2', ({ connections }: Basis) => connections / 2), least: 2, most: 32_768 }, 'Rows of each of the four tables that find a connection by addresses and ports; a hash picks one of each.'),
  flowStashEntries: powerOfTwo({ initial: 8, least: 1, most: 32 }, 'Entries of the flow table that found no row.'),
  neighbours: powerOfTwo({ initial: 64, least: 4, most: 1024 }, 'Next hops whose MAC address is known or asked for.'),
  addressesPerVm: powerOfTwo({ initial: 2, least: 1, most: 16 }, 'Local addresses of a VM: VLAN, IPv4 address, range of ports.'),
  windowsPerVm: powerOfTwo({ initial: 4, least: 1, most: 16 }, "Ranges of guest memory that a VM's DMA may touch, each with its place in host memory."),

  outOfOrderIntervals: whole({ initial: 4, least: 1, most: 8 }, 'Intervals of a connection that were received out of order.'),
  sackIntervals: whole({ initial: 4, least: 1, most: 8 }, 'Intervals of a connection that the peer acknowledged selectively.'),
  mtuMostBytes: whole({ initial: 9216, least: 576, most: 9216 }, 'Largest MTU that can be set for an address: fixes the least size of the FIFOs.'),
  sack: toggle(true, 'Selective acknowledgments (RFC 2018, 6675).'),
  timestamps: toggle(true, 'Timestamps and PAWS (RFC 7323).'),
  synCookies: toggle(true, 'SYN cookies when the half-open budget is used up (RFC 4987); else the SYN is dropped.'),
  loopback: toggle(true, 'Connections between VMs of this engine.'),
  puntRing: toggle(true, 'Hands frames that are ours but not TCP to the VMM, and sends its own.'),

  sqEntriesMost: powerOfTwo({ initial: 4096, least: 16, most: 32_768 }, 'Largest submission queue.'),
  cqEntriesMost: powerOfTwo({
    initial: follows('connections + listeners + sqEntriesMost, rounded up to a power of two', ({ connections, listeners, sqEntriesMost }: Basis) => 2 ** clog2(connections + listeners + sqEntriesMost)),
    least: 16, most: 131_072,
  }, 'Largest completion queue; with the default no VM ever waits for a place in it.'),
  sqPrefetchEntries: powerOfTwo({ initial: 16, least: 2, most: 64 }, 'Submission entries of a VM that are fetched ahead.'),

  rxFifoBytes: powerOfTwo({ initial: 32_768, least: 2048, most: 1_048_576 }, 'Received frames that wait for their checksum and for DMA.'),
  rxFifoFrames: powerOfTwo({ initial: 512, least: 16, most: 8192 }, 'Their metadata: a frame is admitted only with room in both.'),
  txRingBytes: powerOfTwo({ initial: 32_768, least: 2048, most: 1_048_576 }, 'Segments between grant and wire.'),
  txSegments: powerOfTwo({ initial: 16, least: 2, most: 256 }, 'The number of them.'),
  loopbackFifoBytes: powerOfTwo({ initial: 16_384, least: 1024, most: 1_048_576 }, 'Frames between VMs; without `loopback` not built.'),

  dmaReads: whole({ initial: 16, least: 1, most: 16 }, 'AXI reads under way; IDs have 4 bits.'),
  dmaWrites: whole({ initial: 16, least: 1, most: 16 }, 'AXI writes under way; IDs have 4 bits.'),
  dmaBurstMostBytes: oneOf(2048, [256, 512, 1024, 2048], 'Longest AXI burst.'),

  pipelineCuts: someOf(['differences', 'decisions', 'update', 'writeBack'], ['differences', 'decisions', 'update', 'writeBack'], 'Stages of the TCP pipeline with registers in front; each costs a cycle, and all but `differences` one between two events of one connection.'),
  checksumCuts: someOf([], ['tree', 'fold', 'accumulate'], 'Stages of the checksum units with registers in front.'),
  simulationPorts: toggle(false, 'Adds the ports `sim_…` by which simulations look inside and skip idle time.'),
};

type Key = keyof typeof PARAMETERS;
type ValueOf<P> = P extends { accepts(value: unknown): value is infer T } ? T : never;

export type Config = { readonly [K in Key]: ValueOf<(typeof PARAMETERS)[K]> };

/** Everything that is wrong with a configuration, a sentence for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

const parameters: readonly (readonly [string, Parameter<unknown, Basis>])[] = Object.entries(PARAMETERS);

/** `given`, checked, and the defaults of all else. @throws ConfigError */
export function config(given: Partial<Config> = {}): Config {
  const mistakes = Object.keys(given).filter((key) => !isParameter(key)).map(unknownParameter);
  const values: Record<string, unknown> = {};
  for (const [key, parameter] of parameters) {
    const value: unknown = given[key as Key];
    if (value === undefined) {
      if (!isFollowing(parameter.initial)) values[key] = parameter.initial;
    } else if (parameter.accepts(value)) values[key] = value;
    else mistakes.push(refusal(key, parameter.allowed, value));
  }
  // A sentence about what follows from a mistake would be a second one about the same.
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  for (const [key, { initial }] of parameters) {
    if (values[key] === undefined && isFollowing(initial)) values[key] = initial.from(values as unknown as Basis);
  }
  const complete = Object.freeze(values) as Config;
  const contrary = contradictions(complete);
  if (contrary.length > 0) throw new ConfigError(contrary);
  return complete;
}

/**
 * What `--set key=value` says: numbers as `4096`, `0x1000`, `4Ki` or `156.25M`, `true` and `false`, lists as `a,b`. Of a key
 * that stands twice, the last value counts. Ranges are for `config` to check.
 *
 * @throws ConfigError for an unknown key, or a value of another kind
 */
export function parseSettings(settings: readonly string[]): Partial<Config> {
  const mistakes: string[] = [];
  const given: Record<string, unknown> = {};
  for (const setting of settings) {
    const [key, text] = split(setting);
    if (text === undefined) mistakes.push(`a setting must be key=value, not ${describe(setting)}`);
    else if (!isParameter(key)) mistakes.push(unknownParameter(key));
    else {
      const value = PARAMETERS[key].parse(text);
      if (value === undefined) mistakes.push(refusal(key, PARAMETERS[key].allowed, text));
      else given[key] = value;
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return given as Partial<Config>;
}

export function isParameter(key: string): key is Key {
  return Object.hasOwn(PARAMETERS, key);
}

/** What follows from a configuration. */
export interface Derived {
  readonly datapathBytes: number;
  readonly hostBytes: number;
  /** Of the AXI4-Lite slave: a page for the VMM and one for each VM. */
  readonly axilAddressBits: number;
  readonly connectionIndexBits: number;
  /** Of a number that is 0 for the VMM and 1 + v for VM v. */
  readonly ownerBits: number;
  /** Start value of the clock's increment: 2^-24 µs a cycle. */
  readonly clockIncrement: number;
  /** Largest frame without frame check sequence, with a VLAN tag. */
  readonly frameMostBytes: number;
}

export function derived({ datapathBits, hostBits, vms, pageStrideBytes, connections, clockHz, mtuMostBytes }: Config): Derived {
  return {
    datapathBytes: datapathBits / 8,
    hostBytes: hostBits / 8,
    axilAddressBits: clog2((vms + 1) * pageStrideBytes),
    connectionIndexBits: clog2(connections),
    ownerBits: clog2(vms + 1),
    clockIncrement: Math.round((2 ** 24 * 1e6) / clockHz),
    frameMostBytes: mtuMostBytes + TaggedEthernetHeader.bytes,
  };
}

/** Parameters each of which is fine, but not with another. */
function contradictions(c: Config): string[] {
  const mistakes: string[] = [];
  const atLeast = (key: 'hostBits' | 'sqPrefetchEntries' | 'flowTableRows' | 'rxFifoBytes' | 'txRingBytes' | 'loopbackFifoBytes', least: number, why: string): void => {
    if (c[key] < least) mistakes.push(`${key} must be at least ${least}, ${why}, not ${c[key]}`);
  };
  const frame = derived(c).frameMostBytes;
  atLeast('hostBits', c.datapathBits, 'as wide as datapathBits');
  atLeast('sqPrefetchEntries', c.hostBits / (QUEUE_ENTRY_BYTES * 8), 'as many as a beat of the host bus has');
  // Beyond that load a slow insert may find no place; the stash is for clusters, not for capacity.
  atLeast('flowTableRows', 2 ** clog2(Math.ceil(c.connections / (4 * 0.95))), `so that four tables hold ${c.connections} connections at a load of 95 %`);
  // One frame is read while the next is written.
  atLeast('rxFifoBytes', 2 ** clog2(2 * frame), `room for two frames of mtuMostBytes, ${c.mtuMostBytes}`);
  atLeast('txRingBytes', 2 ** clog2(2 * frame), `room for two frames of mtuMostBytes, ${c.mtuMostBytes}`);
  if (c.loopback) atLeast('loopbackFifoBytes', 2 ** clog2(frame), `room for a frame of mtuMostBytes, ${c.mtuMostBytes}`);
  return mistakes;
}

function isFollowing(initial: unknown): initial is { readonly text: string; from(basis: Basis): unknown } {
  return typeof initial === 'object' && initial !== null && 'from' in initial;
}

function refusal(key: string, allowed: string, value: unknown): string {
  const items = Array.isArray(value) ? `[${value.map(describe).join(', ')}]` : describe(value);
  return `${key} must be ${allowed}, not ${items}`;
}

function unknownParameter(key: string): string {
  return `there is no parameter ${key}${didYouMean(key, Object.keys(PARAMETERS))}`;
}

/** At the first `=`; without one the second half is undefined. */
function split(setting: string): [string, string | undefined] {
  const at = setting.indexOf('=');
  return at < 0 ? [setting, undefined] : [setting.slice(0, at).trim(), setting.slice(at + 1).trim()];
}
