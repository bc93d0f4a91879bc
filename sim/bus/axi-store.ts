/** What is behind an AXI memory: bytes, and who may have them. */
import { type AxiResponse, DECERR, OKAY } from './axi-response.ts';
import { copyBytes } from '../copy-bytes.ts';

/** Who asks. */
export interface AxiAccess {
  /** AxID. */
  readonly id: number;
  /** The low 32 bits of AxUSER. */
  readonly user: number;
  /** AxPROT. */
  readonly prot: number;
  /** AxCACHE. */
  readonly cache: number;
  /** Transactions of this direction before it. */
  readonly number: number;
}

/**
 * A range never leaves its 4 KiB page, and addresses are below 2^53. `read` and `write` are called when a response falls
 * due, not when the address is taken: a master that does not wait for it finds what was there before.
 */
export interface AxiStore {
  /** Bytes `address` to `address + length - 1` into `into`, from index `at`. With an error, `into` may be anything. */
  read(access: AxiAccess, address: number, length: number, into: Uint8Array, at: number): AxiResponse;
  /** The same the other way; all of these bytes have their strobes. With an error, nothing is written. */
  write(access: AxiAccess, address: number, length: number, from: Uint8Array, at: number): AxiResponse;
}

/** Anyone may have all of `bytes`, which begin at address `base`; DECERR outside. */
export function byteStore(bytes: Uint8Array, base = 0): AxiStore {
  const inside = (address: number, length: number) => address >= base && address + length <= base + bytes.length;
  return {
    read(_access, address, length, into, at) {
      if (!inside(address, length)) return DECERR;
      copyBytes(bytes, address - base, into, at, length);
      return OKAY;
    },
    write(_access, address, length, from, at) {
      if (!inside(address, length)) return DECERR;
      copyBytes(from, at, bytes, address - base, length);
      return OKAY;
    },
  };
}
