/** Whoever sits at the two ends of a link, moved through time together. */
import type { End, LinkEvent } from '../link/direction.ts';
import type { Link } from '../link/link.ts';

/** A peer, or what else takes frames. */
export interface Station {
  /** When something is due; undefined: never. */
  readonly nextPs: bigint | undefined;
  receive(frame: Uint8Array, atPs: bigint): void;
  advance(toPs: bigint): void;
}

export interface StationsOptions {
  readonly link: Link;
  readonly stations: Readonly<Record<End, Station>>;
  /** Sees everything that happens on the link: a capture, say. */
  readonly onEvent?: (event: LinkEvent) => void;
}

/**
 * Runs until the condition holds, nothing is due any more, or it is `limitPs`; says when that was. Frames whose FCS is wrong
 * end here, as at a MAC.
 */
export function runStations({ link, stations, onEvent = () => {} }: StationsOptions, limitPs: bigint, isOver: () => boolean = () => false): bigint {
  const all = [stations.a, stations.b];
  while (!isOver()) {
    let next = link.nextPs;
    for (const { nextPs } of all) if (nextPs !== undefined && (next === undefined || nextPs < next)) next = nextPs;
    if (next === undefined || next > limitPs) break;
    if (next < link.nowPs) next = link.nowPs;
    for (const event of link.advance(next)) {
      onEvent(event);
      if (event.kind === 'arrived' && event.fcsGood) stations[event.from === 'a' ? 'b' : 'a'].receive(event.frame, event.timePs);
    }
    for (const station of all) station.advance(next);
  }
  return link.nowPs;
}
