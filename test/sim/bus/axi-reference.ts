/** Bursts by the book (AMBA AXI, IHI 0022, A3.4.1 "Burst address", in its own terms), and what they do to bytes. */

export type BurstType = 'FIXED' | 'INCR' | 'WRAP';
export const BURST_CODES = { FIXED: 0, INCR: 1, WRAP: 2 } as const;

export interface Shape {
  readonly address: number;
  /** Burst_Length, 1 to 256. */
  readonly beats: number;
  /** log2 of Number_Bytes. */
  readonly size: number;
  readonly burst: BurstType;
}

/** Lowest and highest byte address of each beat. */
export function bytesOfBeats({ address, beats, size, burst }: Shape): { readonly from: number; readonly to: number }[] {
  const numberBytes = 2 ** size;
  const alignedAddress = Math.floor(address / numberBytes) * numberBytes;
  const wrapBoundary = Math.floor(address / (numberBytes * beats)) * numberBytes * beats;
  return Array.from({ length: beats }, (_, n) => {
    let from = n === 0 || burst === 'FIXED' ? address : alignedAddress + n * numberBytes;
    if (burst === 'WRAP' && from >= wrapBoundary + numberBytes * beats) from -= numberBytes * beats;
    return { from, to: Math.floor(from / numberBytes) * numberBytes + numberBytes - 1 };
  });
}
