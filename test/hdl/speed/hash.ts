/**
 * The hash over outputs by which engines are compared, in the language of each driver: 64 bits, an output at a time,
 * in limbs of 64 bits from the least significant. Every step is a bijection of the hash and of the limb (FNV's factor
 * is odd), so that a single difference always shows.
 */

const START = 0xcbf29ce484222325n;
const FACTOR = 0x100000001b3n;

export const HASH_START = START;

export function foldLimb(hash: bigint, limb: bigint): bigint {
  const product = BigInt.asUintN(64, (hash ^ limb) * FACTOR);
  return product ^ (product >> 32n);
}

export const HASH_CPP = `constexpr uint64_t HASH_START = 0x${START.toString(16)};

uint64_t fold_limb(uint64_t hash, uint64_t limb) {
  const uint64_t product = (hash ^ limb) * 0x${FACTOR.toString(16)};
  return product ^ (product >> 32);
}
`;

export const HASH_VERILOG = `  localparam [63:0] HASH_START = 64'h${START.toString(16)};

  function [63:0] fold_limb(input [63:0] hash, input [63:0] limb);
    reg [63:0] product;
    begin
      product = (hash ^ limb) * 64'h${FACTOR.toString(16)};
      fold_limb = product ^ (product >> 32);
    end
  endfunction
`;

export function hashText(hash: bigint): string {
  return hash.toString(16).padStart(16, '0');
}
