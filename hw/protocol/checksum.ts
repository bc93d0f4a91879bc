/** The Internet checksum in software (RFC 1071). In hardware it is `checksum` of @vtoe/hdl/lib. */

/**
 * One's complement sum of the 16-bit words of `bytes`, big endian, a missing last byte being 0; 0 to 0xffff. Data with a
 * right checksum in it have the sum 0xffff.
 *
 * `seed` is the sum of what stands before, an even number of bytes: sums chain (RFC 1071, 2 (A)).
 */
export function onesSum(bytes: Uint8Array, seed = 0): number {
  let sum = seed;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (even < bytes.length) sum += bytes[even]! << 8;
  // Carries come back in at the bottom; up to 2^37 words the sum is exact.
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000);
  return sum;
}

/** The value for a checksum field that is 0 in `bytes`. */
export function internetChecksum(bytes: Uint8Array, seed = 0): number {
  return 0xffff - onesSum(bytes, seed);
}
