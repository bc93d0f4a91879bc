/** Commands and their answers, as they go over the buses. */
import { expect, test } from 'vitest';
import { AcceptEntry, CloseEntry, CompletionEntry, ConnectEntry, type GivenOf, NopEntry, QUEUE_ENTRY_BYTES, SendEntry, Status } from '../../../hw/protocol/index.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { Commands } from '../../../sim/properties/commands.ts';
import { fakePorts } from './fake-ports.ts';

const REGISTERS = { sq_tail: 0x20, sq_base: 0x08, cq_base: 0x10, queue_size: 0x18, control: 0x00 };
const LOG2 = 3;
const RING = { log2_bytes: 12, page: 1n };
const HANDLE = { index: 5, generation: 7 };

function subject() {
  const bus = (name: string, direction: 'in' | 'out', width = 1) => ({ [`s_axil_${name}`]: [direction, width] as const });
  const { ports, set } = fakePorts({ ...bus('awvalid', 'in'), ...bus('awready', 'out'), ...bus('awaddr', 'in', 16), ...bus('wvalid', 'in'), ...bus('wready', 'out'), ...bus('wdata', 'in', 32) });
  const memory = createHostMemory({ vmmBytes: 1 << 16, vms: [{ bytes: 1 << 16 }] }).vms[0]!;
  const [sq, cq] = [memory.allocate(QUEUE_ENTRY_BYTES << LOG2).address, memory.allocate(QUEUE_ENTRY_BYTES << LOG2).address];
  const problems: string[] = [];
  let stops = 0;
  const commands = new Commands(ports, 's_axil_', { registers: REGISTERS, memory, onProblem: (problem) => problems.push(problem), onStop: () => { stops += 1; } });
  /** Address and data in two cycles, in either order. */
  const write = (address: number, value: number, dataFirst = false): void => {
    const steps: Readonly<Record<string, number>>[] = [{ s_axil_awvalid: 1, s_axil_awready: 1, s_axil_awaddr: address, s_axil_wvalid: 0 }, { s_axil_awvalid: 0, s_axil_wvalid: 1, s_axil_wready: 1, s_axil_wdata: value }];
    for (const step of dataFirst ? steps.toReversed() : steps) {
      set(step);
      commands.step();
      set({ s_axil_awvalid: 0, s_axil_wvalid: 0 });
    }
  };
  for (const [base, address] of [[REGISTERS.sq_base, sq], [REGISTERS.cq_base, cq]] as const) {
    write(base, address % 2 ** 32);
    write(base + 4, Math.floor(address / 2 ** 32), true);
  }
  write(REGISTERS.queue_size, LOG2 | (LOG2 << 8));
  write(REGISTERS.control, 1);
  let [tail, head] = [0, 0];
  return {
    commands, write, stops: () => stops,
    /** Gives commands with one doorbell. */
    give: (...entries: readonly Uint8Array[]): string[] => {
      for (const bytes of entries) memory.write(sq + (tail++ % 2 ** LOG2) * QUEUE_ENTRY_BYTES, bytes);
      write(REGISTERS.sq_tail, tail);
      return problems.splice(0);
    },
    /** The TOE writes an entry. */
    told: (entry: Partial<GivenOf<typeof CompletionEntry>>): string[] => {
      const bytes = CompletionEntry.encode({
        handle: { index: 0, generation: 0 }, command_id: 0, status: Status.value.OK, queue_id: 0, connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false, error: false,
        response: false, final: false, ext: false, sq_head: 0, rx_filled: 0, tx_freed: 0, remote_address: 0, remote_port: 0, phase: true, ...entry,
      });
      commands.written(memory.hostAddress(cq + (head++ % 2 ** LOG2) * QUEUE_ENTRY_BYTES), QUEUE_ENTRY_BYTES, bytes, 0);
      return problems.splice(0);
    },
    raw: (offset: number, length: number): string[] => {
      commands.written(memory.hostAddress(cq + offset), length, new Uint8Array(length), 0);
      return problems.splice(0);
    },
  };
}

const connect = (command_id: number) => ConnectEntry.encode({ signal: false, ext: false, command_id, remote_address: 1, remote_port: 2, local_port: 3, address_index: 0, rx_ring: RING, tx_ring: RING });
const accept = (command_id: number) => AcceptEntry.encode({ signal: false, ext: false, command_id, handle: HANDLE, rx_ring: RING, tx_ring: RING });
const close = (command_id: number) => CloseEntry.encode({ signal: false, ext: false, command_id, handle: HANDLE });
const send = (signal: boolean) => SendEntry.encode({ signal, ext: false, command_id: 0, handle: HANDLE, position: 9 });

test('a connection of its own, and a silent command: all is answered and ends', () => {
  const { commands, give, told } = subject();
  expect(give(connect(1), send(false))).toEqual([]);
  expect(commands.unfinished()).toEqual(['command 1 (CONNECT) was never answered']);
  expect(told({ response: true, command_id: 1, handle: HANDLE })).toEqual([]);
  expect(commands.unfinished()).toEqual(['connection 5 (generation 7) never had its FINAL entry']);
  expect(told({ connected: true, handle: HANDLE })).toEqual([]);
  expect(give(close(2))).toEqual([]);
  expect(told({ response: true, command_id: 2, handle: HANDLE })).toEqual([]);
  expect(told({ closed: true, final: true, handle: HANDLE })).toEqual([]);
  expect(commands.unfinished()).toEqual([]);
  expect([commands.commands, commands.entries]).toEqual([3, 4]);
});

test('an ACCEPT is answered, and its rings are used or come back, in any order', () => {
  const { commands, give, told } = subject();
  give(accept(1), accept(2), accept(3));
  expect(told({ response: true, command_id: 1 })).toEqual([]);
  expect(told({ accepted: true, command_id: 2, handle: HANDLE })).toEqual([]);
  expect(told({ response: true, command_id: 3, status: Status.value.NO_RESOURCES })).toEqual([]);
  expect(commands.unfinished()).toEqual(['command 1 (ACCEPT) was never answered', 'command 2 (ACCEPT) was never answered', 'connection 5 (generation 7) never had its FINAL entry']);
  expect(told({ response: true, final: true, command_id: 1, status: Status.value.CANCELED })).toEqual([]);
  expect(told({ response: true, command_id: 2 })).toEqual([]);
  expect(told({ final: true, closed: true, handle: HANDLE })).toEqual([]);
  expect(commands.unfinished()).toEqual([]);
  give(accept(4));
  told({ accepted: true, command_id: 4, handle: { index: 5, generation: 8 } });
  expect(told({ response: true, final: true, command_id: 4, status: Status.value.CANCELED })).toEqual(['the rings of ACCEPT 4 are used twice']);
});

test('an answer that nobody waits for, and a second one', () => {
  const { give, told } = subject();
  expect(told({ response: true, command_id: 9 })).toEqual(['the TOE answers command 9, which waits for no answer']);
  give(close(3));
  told({ response: true, command_id: 3 });
  expect(told({ response: true, command_id: 3 })).toEqual(['the TOE answers command 3, which waits for no answer']);
});

test('what is silent answers when it is refused, or asks', () => {
  const { commands, give, told } = subject();
  give(send(false), send(true), NopEntry.encode({ signal: true, ext: false, command_id: 0 }));
  expect(told({ response: true, command_id: 0 })).toEqual([]);
  expect(commands.unfinished()).toEqual(['1 of the commands 0 that asked for an answer had none']);
  expect(told({ response: true, command_id: 0 })).toEqual([]);
  expect(commands.unfinished()).toEqual([]);
  expect(told({ response: true, command_id: 0, status: Status.value.BAD_STATE })).toEqual([]);
  expect(told({ response: true, command_id: 0 })).toEqual(['the TOE answers command 0, which waits for no answer']);
});

test('nothing is told behind FINAL; a later life is another connection', () => {
  const { told } = subject();
  expect(told({ reset: true, final: true, handle: HANDLE })).toEqual([]);
  expect(told({ data: true, handle: HANDLE })).toEqual(['the TOE tells of connection 5 (generation 7) behind its FINAL entry']);
  expect(told({ data: true, handle: { ...HANDLE, generation: 8 } })).toEqual([]);
});

test('queues go round; entries are whole; the end of a VM is heard', () => {
  const { commands, give, told, raw, write, stops } = subject();
  for (let i = 1; i < 30; i += 1) {
    give(close(i), send(false));
    expect(told({ response: true, command_id: i })).toEqual([]);
  }
  expect([commands.commands, commands.unfinished()]).toEqual([58, []]);
  expect(raw(8, 32)).toEqual(['the TOE writes 32 bytes at 8 of the completion queue: no whole entries']);
  expect(raw(QUEUE_ENTRY_BYTES << LOG2, 32)).toEqual([]);
  expect(stops()).toBe(0);
  write(REGISTERS.control, 0);
  expect(stops()).toBe(1);
});
