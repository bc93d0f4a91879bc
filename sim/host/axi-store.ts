/** The host's memory behind an AXI memory: AxUSER says in whose name an access is made, AxADDR is host-physical. */
import { type AxiResponse, DECERR, OKAY, SLVERR } from '../bus/axi-response.ts';
import type { AxiAccess, AxiStore } from '../bus/axi-store.ts';
import type { DmaPort, Response } from './dma.ts';

const CODE: Readonly<Record<Response, AxiResponse>> = { okay: OKAY, slverr: SLVERR, decerr: DECERR };

/** @param who for the record of violations; its bus ID follows, as in `dma id 3` */
export function hostStore(dma: DmaPort, who = 'dma'): AxiStore {
  const names = Array.from({ length: 16 }, (_, id) => `${who} id ${id}`);
  const nameOf = ({ id }: AxiAccess) => names[id] ?? `${who} id ${id}`;
  return {
    read: (access, address, length, into, at) => CODE[dma.readInto(access.user, address, length, into, at, nameOf(access))],
    write: (access, address, length, from, at) => CODE[dma.writeFrom(access.user, address, length, from, at, nameOf(access))],
  };
}
