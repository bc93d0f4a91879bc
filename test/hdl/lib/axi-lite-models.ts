/** AXI4-Lite bus models for tests: a master that does writes and reads at once, and a slave with a memory. */
import { type InPort, type OutPort, type Pause, type Process, type SimPorts, type SimSampledPorts, streamSink, streamSource } from '@vtoe/hdl';
import type { AxiLiteShape } from '@vtoe/hdl/lib';

type SlavePort = { readonly s: InPort<AxiLiteShape> };
type MasterPort = { readonly m: OutPort<AxiLiteShape> };

export type Response = 'OKAY' | 'EXOKAY' | 'SLVERR' | 'DECERR';

export interface Write {
  readonly addr: number;
  readonly data: number;
  readonly strb: number;
}

/** How long each channel pauses; AW and W pause apart, so addresses and data come in any order. */
export interface Pauses {
  readonly aw?: Pause;
  readonly w?: Pause;
  readonly b?: Pause;
  readonly ar?: Pause;
  readonly r?: Pause;
}

/** Sends all of `writes` and `reads` and collects what comes back. */
export function liteMaster(
  port: SimPorts<SlavePort>['s'], sampled: SimSampledPorts<SlavePort>['s'], writes: readonly Write[], reads: readonly number[], pauses: Pauses,
): { processes: Process[]; responses: { resp: Response }[]; data: { data: bigint; resp: Response }[] } {
  const responses: { resp: Response }[] = [];
  const data: { data: bigint; resp: Response }[] = [];
  return {
    responses, data,
    processes: [
      streamSource(port.aw, sampled.aw, writes.map(({ addr }) => ({ addr, prot: addr & 7 })), pauses.aw),
      streamSource(port.w, sampled.w, writes.map(({ data: word, strb }) => ({ data: word, strb })), pauses.w),
      streamSink(port.b, sampled.b, responses, pauses.b),
      streamSource(port.ar, sampled.ar, reads.map((addr) => ({ addr, prot: addr & 7 })), pauses.ar),
      streamSink(port.r, sampled.r, data, pauses.r),
    ],
  };
}

/** What a slave does with an access: its addresses are as they arrive. */
export interface SlaveModel {
  write(addr: number, prot: number, data: number, strb: number): Response;
  read(addr: number, prot: number): { readonly data: number; readonly resp: Response };
}

/** Takes AW and W apart, answers in the order of the requests, in the cycle after them if it does not pause. */
export function liteSlave(port: SimPorts<MasterPort>['m'], sampled: SimSampledPorts<MasterPort>['m'], model: SlaveModel, pauses: Pauses): Process[] {
  const addresses: { addr: bigint; prot: bigint }[] = [], words: { data: bigint; strb: bigint }[] = [], reads: { addr: bigint; prot: bigint }[] = [];
  return [
    streamSink(port.aw, sampled.aw, addresses, pauses.aw),
    streamSink(port.w, sampled.w, words, pauses.w),
    streamSink(port.ar, sampled.ar, reads, pauses.ar),
    answers(port.b, sampled.b, pauses.b, () => {
      if (addresses.length === 0 || words.length === 0) return undefined;
      const { addr, prot } = addresses.shift()!;
      const { data, strb } = words.shift()!;
      return { resp: model.write(Number(addr), Number(prot), Number(data), Number(strb)) };
    }),
    answers(port.r, sampled.r, pauses.r, () => {
      const request = reads.shift();
      return request && model.read(Number(request.addr), Number(request.prot));
    }),
  ];
}

function* answers<V>(
  port: { valid: boolean; payload: V }, sampled: { readonly valid: boolean; readonly ready: boolean }, pause: Pause, next: () => V | undefined,
): Process {
  for (let cycle = 0; ; cycle++) {
    const answer = pause?.(cycle) === true ? undefined : next();
    if (answer === undefined) {
      yield;
      continue;
    }
    port.payload = answer;
    port.valid = true;
    do yield; while (!(sampled.valid && sampled.ready));
    port.valid = false;
  }
}
