/**
 * Random start values: what hardware leaves undefined at power-up starts with a pseudo-random value in simulation.
 *
 * Undefined are registers without a reset value, the data registers of synchronous memory reads and memory words
 * without contents. Every engine computes the same value from the same three numbers: a seed, the hash of
 * `<module>.<leaf>` (so all instances of a module start alike) and the index of the memory word (0 for a register).
 * The Verilog emitter writes {@link mix32} out as a Verilog function; a change here is a change there.
 */

/** Macro `VTOE_RANDOM_SEED` of emitted Verilog, and the built-in simulator's seed, unless told otherwise. */
export const DEFAULT_SEED = 1;

/** FNV-1a, 32 bits, over the UTF-16 code units of the name (all ASCII). */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Odd number next to 2^32 / golden ratio: consecutive counters are spread over all bits before they are mixed. */
export const MIX_STEP = 0x9e3779b9;

export const MIX_FACTORS = [0x85ebca6b, 0xc2b2ae35] as const;

/** Finaliser of MurmurHash3 (Appleby): every input bit changes every output bit with probability near 1/2. */
function finalise(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, MIX_FACTORS[0]);
  x ^= x >>> 13;
  x = Math.imul(x, MIX_FACTORS[1]);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Start word `counter` of what `hash` names: an unsigned 32-bit number. */
export function mix32(seed: number, hash: number, counter: number): number {
  return finalise((finalise(seed ^ hash) + Math.imul(counter, MIX_STEP)) | 0);
}

/** As {@link mix32}, by name: `<module>.<leaf>` for registers, `<module>.<memory>` for memories. */
export function startWord(seed: number, name: string, index: number): number {
  return mix32(seed, nameHash(name), index);
}

/** Number of 32-bit words of a value: word `k` of element `index` has counter `index * limbs + k`. */
export function limbCount(width: number): number {
  return Math.ceil(width / 32);
}

/** Start value of `width` bits of element `index`: words least significant first, cut to the width. */
export function startValue(seed: number, name: string, index: number, width: number): bigint {
  const hash = nameHash(name);
  const limbs = limbCount(width);
  let value = 0n;
  for (let k = limbs - 1; k >= 0; k -= 1) value = (value << 32n) | BigInt(mix32(seed, hash, index * limbs + k));
  return BigInt.asUintN(width, value);
}

/**
 * Leaf name under which the hidden register of a read port with `outputRegister` starts: block RAM's own data
 * register in front of the output register, which has the name of the port's data net.
 */
export function readStageName(dataName: string): string {
  return `${dataName}_stage`;
}
