/** The VMM's page: what holds for all VMs, and what each VM may have. The groups of several elements lie behind it. */
import { field, flag, group, pulse, ro, rw, w1c } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { DmaTimeout } from '../dma/timeout.ts';
import { INFRASTRUCTURE_RATE_BITS, infrastructureRate } from '../net/egress.ts';
import { RING_CAUSES } from '../net/vmm-ring.ts';
import { RING_LEAST_LOG2 } from '../protocol/ring-descriptor.ts';
import { type ConstantName, TCP_CONSTANTS } from '../tcp/constants.ts';
import { COUNTER_BITS, COUNTERS } from './counters.ts';

type TcpRegisters = { readonly [K in ConstantName]: ReturnType<typeof constantRegister> };
const constantRegister = ([shape, initial, doc]: (typeof TCP_CONSTANTS)[ConstantName]) => rw(doc, shape, { reset: initial });

/** 50 ms: as long as a PCIe endpoint waits for a completion at most, by default. */
const DMA_TIMEOUT_TICKS = 49;

/** Registers of the VMM's page that exist once. */
export function vmmPage(config: Config) {
  const { clockIncrement } = derived(config);
  return {
    control: rw('Of all VMs.', { enable: flag('0: frames are dropped and counted, doorbells ignored.') }),
    status: ro('What the engine does.', { ready: flag('Tables are initialised.') }),
    clock_increment: rw('Microseconds of a cycle, in 2^-24: how the clock of TCP follows `clk`, or another clock.', 32, { reset: clockIncrement }),
    clock: ro('Microseconds since reset.', 42),
    dma_timeout: rw('Until an access to host memory that was not answered is given up, in ticks of 1024 µs: once to twice that. 0: never.', DmaTimeout.width, { reset: DMA_TIMEOUT_TICKS }),
    axi_attributes: rw('AxCACHE of the AXI master.', { aw: field(4, 'AWCACHE.', { reset: 0b0011 }), ar: field(4, 'ARCACHE.', { reset: 0b0011, at: 8 }) }),
    interrupt_status: w1c('Interrupts that wait.', { fault: flag('A VM was stopped: see `fault_log`.'), punt: flag('`punt_ring.tail` has moved, or that ring was stopped.'), raw: flag('`raw_ring.head` has moved, or that ring was stopped.') }),
    interrupt_mask: rw('Interrupts that are wanted.', { fault: flag('Of faults.'), punt: flag('Of the punt ring.'), raw: flag('Of the raw ring.') }),
    isn_key: group('Secret of initial sequence numbers and timestamp offsets (RFC 6528): to be set to random bits before the first enable.', keyRegisters()),
    flow_key: group('Secret of the hash of the flow table: to be set to random bits before the first enable.', keyRegisters()),
    tcp: group('Constants of TCP.', Object.fromEntries(Object.entries(TCP_CONSTANTS).map(([name, constant]) => [name, constantRegister(constant)])) as TcpRegisters),
    tcp_options: rw('What connections offer and begin with.', {
      window_scale: flag('Window scale (RFC 7323, 2).', { reset: true }), timestamps: flag('Timestamps (RFC 7323, 3).', { reset: config.timestamps }), nagle: flag("Nagle's algorithm (RFC 9293, 3.7.4).", { reset: true }),
    }),
    half_open_most: rw('Half-open connections of all VMs together.', 16, { reset: Math.min(config.connections / 2, 65_535) }),
    arp_retry: rw('Between two ARP requests for one address, in ticks of 1024 µs.', 24, { reset: 977 }),
    arp_life: rw('Until a MAC address is asked for anew, in ticks of 1024 µs.', 24, { reset: 292_969 }),
    infrastructure_rate: rw('Share of the wire of frames that nobody pays for (ARP, ICMP, resets without a connection), in 2^-16 bytes a cycle.', INFRASTRUCTURE_RATE_BITS, { reset: infrastructureRate(config, 0.01) }),
    punt: rw('Frames that are handed to the VMM.', {
      groups: flag('Broadcasts and multicasts, too.'), mirror_received: flag('Copies of all that is received.'), mirror_sent: flag('Copies of all that is sent.'),
    }),
    punt_ring: group('Where they are written; positions are bytes since the ring was enabled, modulo 2^32.', {
      ...ringRegisters(),
      tail: ro('Records up to before this position are written.', 32), head: pulse('Doorbell: records up to before this position were read.', 32),
    }),
    raw_ring: group("The VMM's own frames; positions are bytes since the ring was enabled, modulo 2^32.", {
      ...ringRegisters(),
      head: ro('Records up to before this position are done with.', 32), tail: pulse('Doorbell: records up to before this position are to be sent.', 32),
    }),
  };
}

const ringRegisters = () => ({
  control: rw('Life of the ring.', { enable: flag('It runs, from position 0 on. 1 to 0: `status.running` falls when the last access has ended.') }),
  status: ro('What the ring does.', {
    running: flag('Enabled and not stopped, or accesses of it are still under way.'), cause: field(3, `Why it was stopped. ${Object.entries(RING_CAUSES).map(([name, doc], i) => `${i}: ${name}. ${doc}`).join(' ')}`, { at: 8 }),
  }),
  base: rw('Host-physical address of its first byte, a multiple of 4096; taken when it is enabled.', 64),
  size: rw('Its bytes, base-2 logarithm: 12 to 30; taken when it is enabled.', { log2: field(5, 'Of its bytes.', { reset: RING_LEAST_LOG2 }) }),
});

const keyRegisters = () => ({ low: rw('Bits 63 to 0.', 64), high: rw('Bits 127 to 64.', 64) });

/** Bytes of the VMM's page that the registers above may take; the groups below follow. */
export const VMM_GROUPS_OFFSET = 0x400;

/** What each VM may have; `count` elements each, one behind the other. */
export function vmmGroups({ vms, addressesPerVm, windowsPerVm, connections, listeners, prePosts }: Config) {
  return {
    vm: group('What a VM may have.', {
      quota: rw('Connections and listeners of the VM.', { connections: field(16, 'Connections.', { reset: connections }), listeners: field(16, 'Listeners.', { reset: listeners }) }, { indexed: true }),
      quota_passive: rw('What waits for the VM.', { half_open: field(16, 'Half-open connections.', { reset: connections / 2 }), pre_posts: field(16, 'Posted ACCEPTs.', { reset: prePosts }) }, { indexed: true }),
      share: rw('Its share of the transmit side.', { weight: field(16, 'Weight.', { reset: 1 }), quantum: field(16, 'Bytes of wire for each unit of weight.', { reset: 9244 }) }),
      park: rw('Holds its submission queue.', { parked: flag('No entries are fetched; what was fetched is carried out.') }),
      reset: pulse('Resets the VM: all that it has is given up.', { go: flag('Starts.'), silent: flag('No RST to its peers.') }),
    }, { count: vms, stride: 32, offset: VMM_GROUPS_OFFSET }),
    address: group('A local address of a VM: element v x addressesPerVm + i is address i of VM v. Takes effect as a whole with `apply`.', {
      address: rw('IPv4 address, as a number: 10.0.0.1 is 0x0a000001.', 32, { indexed: true }),
      ports: rw('Range of local ports.', { first: field(16, 'First.'), last: field(16, 'Last.', { reset: 65_535 }) }, { indexed: true }),
      mac: rw('MAC address, as a number: 02:00:00:00:00:01 is 0x020000000001.', 48, { indexed: true }),
      gateway: rw('IPv4 address of the next hop outside of the prefix.', 32, { indexed: true }),
      link: rw('The link it is on.', { vlan: field(12, 'VLAN.'), tagged: flag('Frames carry the VLAN tag.'), mtu: field(14, 'Bytes of IP packets, 576 up.', { at: 16, reset: 1500 }) }, { indexed: true }),
      prefix: rw('What is on that link.', { bits: field(6, 'Bits of the prefix: 0 to 32.') }, { indexed: true }),
      apply: pulse('Takes the element over.', { valid: flag('1: it counts from now on; 0: it is gone.') }),
    }, { count: vms * addressesPerVm, stride: 32 }),
    window: group('Guest memory that DMA of a VM may touch: element v x windowsPerVm + i is window i of VM v. Takes effect as a whole with `apply`.', {
      guest: rw('Guest-physical address of its first byte, a multiple of 4096.', 64, { indexed: true }),
      host: rw('Host-physical address of its first byte, a multiple of 4096.', 64, { indexed: true }),
      limit: rw('Bytes, a multiple of 4096.', 64, { indexed: true }),
      apply: pulse('Takes the element over.', { valid: flag('1: it counts from now on; 0: it is gone.'), writable: flag('It may be written.') }),
    }, { count: vms * windowsPerVm, stride: 32 }),
    counter: group('What is dropped, goes wrong or overflows; which cause an element counts is said in its reference.', {
      value: ro('How often since reset. Wraps; read a few hundred cycles later at the earliest it has counted all.', COUNTER_BITS, { indexed: true }),
    }, { count: COUNTERS.length, stride: COUNTER_BYTES }),
  };
}

const COUNTER_BYTES = COUNTER_BITS / 8;

/** Bytes that the VMM's page needs. */
export function vmmPageBytes({ vms, addressesPerVm, windowsPerVm }: Config): number {
  return VMM_GROUPS_OFFSET + vms * 32 * (1 + addressesPerVm + windowsPerVm) + COUNTERS.length * COUNTER_BYTES;
}
