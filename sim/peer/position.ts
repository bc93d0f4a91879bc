/**
 * Places in a stream. On the wire sequence numbers wrap at 2^32; here a place is a number that only grows, whose low 32 bits
 * are on the wire. So the peer compares places with `<`, and shares no arithmetic with the hardware or its model.
 */

/** As it stands on the wire. */
export function onWire(position: number): number {
  return position >>> 0;
}

/** The place nearest to `near` that looks so on the wire. */
export function nearest(wire: number, near: number): number {
  return near + ((wire - near) | 0);
}
