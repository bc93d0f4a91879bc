/** What the tests of the DMA engines share: memory, windows, and bursts at the places where it hurts. */
import type { Process } from '@vtoe/hdl';
import { type Config, derived } from '../../../hw/config.ts';
import type { Random } from '../../../sim/random.ts';

export const PAGE = 4096;
/** Host memory of the tests. */
export const MEMORY_PAGES = 256;

export interface Burst {
  readonly owner: number;
  readonly address: bigint;
  readonly bytes: number;
  readonly tag: number;
}

/** Of VM `vm`: guest pages from `guest` on at host pages from `host` on. */
export interface Window {
  readonly vm: number;
  readonly index: number;
  readonly guest: bigint;
  readonly host: bigint;
  readonly pages: bigint;
  readonly writable: boolean;
}

/** VM 0 has two windows, the second read-only; VM 1 has one, far up in its memory; VM 2 has none. */
export const WINDOWS: readonly Window[] = [
  { vm: 0, index: 0, guest: 0x100n, host: 64n, pages: 32n, writable: true },
  { vm: 0, index: 1, guest: 0x140n, host: 128n, pages: 16n, writable: false },
  { vm: 1, index: 3, guest: 0xf_ffff_ffff_fff0n, host: 192n, pages: 16n, writable: true },
];

interface WindowPort {
  valid: boolean;
  payload: unknown;
}

/** Writes the windows, one a cycle; waits until they count. */
export function* openWindows(port: WindowPort, windows: readonly Window[] = WINDOWS): Process {
  for (const { vm, index, guest, host, pages, writable } of windows) {
    port.valid = true;
    port.payload = { vm, index, guest_page: guest, host_page: host, pages, writable };
    yield;
  }
  port.valid = false;
  yield 2;
}

/** Where in host memory it is; undefined if that owner may not have it. */
export function translated({ owner, address }: Pick<Burst, 'owner' | 'address'>, access: 'read' | 'write', windows: readonly Window[] = WINDOWS): number | undefined {
  if (owner === 0) return Number(address);
  const page = address >> 12n;
  const window = windows.find(({ vm, guest, pages, writable }) => vm === owner - 1 && page >= guest && page < guest + pages && (access === 'read' || writable));
  return window && Number((window.host + page - window.guest) * 4096n + (address & 0xfffn));
}

/** Around pages and beats, the longest and the shortest, of the VMM and of VMs, in windows and, if asked for, beside them. */
export function drawBurst(draw: Random, config: Config, tag: number, { outside = 0 }: { readonly outside?: number } = {}): Burst {
  const { hostBytes } = derived(config);
  const most = config.dmaBurstMostBytes;
  const [owner, first, pages] = draw.chance(0.3) ? [0, 0n, 64] : draw.chance(0.5) ? [1, 0x100n, 32] : [2, 0xf_ffff_ffff_fff0n, 16];
  const stray = draw.chance(outside);
  const page = stray && owner > 0 ? first - 1n - BigInt(draw.below(3)) : first + BigInt(draw.below(pages));
  const pick = <T>(items: readonly T[]): T => items[draw.below(items.length)]!;
  const offset = pick([draw.below(PAGE), 0, PAGE - 1, PAGE - hostBytes, draw.below(PAGE / hostBytes) * hostBytes, PAGE - most]);
  const room = Math.min(PAGE - offset, most - (offset % hostBytes));
  const bytes = Math.min(room, pick([room, 1, 1 + draw.below(room), hostBytes, 64, 32, 1 + draw.below(2 * hostBytes)]));
  return { owner, address: page * 4096n + BigInt(offset), bytes, tag };
}

export function beatsOf({ address, bytes }: Burst, beatBytes: number): number {
  return Math.ceil((Number(address % BigInt(beatBytes)) + bytes) / beatBytes);
}

/** Bytes that differ from their neighbours near and far. */
export function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 24) ^ (i >>> 12));
}

/** `bytes` as a number, the first in the lowest bits. */
export function lanes(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}
