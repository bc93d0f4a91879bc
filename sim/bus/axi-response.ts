/** BRESP and RRESP (AMBA AXI, IHI 0022, A3.4.4). */

export const OKAY = 0;
export const EXOKAY = 1;
export const SLVERR = 2;
export const DECERR = 3;

export type AxiResponse = typeof OKAY | typeof EXOKAY | typeof SLVERR | typeof DECERR;

export const RESPONSE_NAMES = ['OKAY', 'EXOKAY', 'SLVERR', 'DECERR'] as const;
export type ResponseName = (typeof RESPONSE_NAMES)[number];

/** Of several: an error before OKAY, and DECERR before SLVERR. */
export function worse(a: AxiResponse, b: AxiResponse): AxiResponse {
  return a > b ? a : b;
}
