/** What goes over the wire and through the queues, bit by bit: the one source for hardware, software models and reference. */
export * from './arp.ts';
export * from './checksum.ts';
export * from './codes.ts';
export * from './completion-entry.ts';
export * from './ethernet.ts';
export * from './handle.ts';
export * from './icmp.ts';
export * from './ipv4.ts';
export * from './layout.ts';
export * from './punt-record.ts';
export * from './ring-descriptor.ts';
export * from './submission-entry.ts';
export * from './tcp.ts';
export * from './tcp-options.ts';
export * from './tcp-options-parser.ts';
export * from './tcp-options-writer.ts';
