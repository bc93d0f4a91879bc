/**
 * Register banks: registers as data, which yield an AXI4-Lite slave, a C header, a reference, SystemRDL and accessors.
 *
 * A write and a read every two cycles each (reads three, if the bank has memories); a write takes effect one cycle
 * after the bus gave it, a read is answered after two cycles (three).
 * It has no bursts, no 64-bit bus, and no access to two registers at once: a 64-bit value is read in two words.
 */
export { type Access, constant, type Content, type Counter, counter64, type CounterOptions, field, type Field, type FieldOptions, type FieldRecord, type FieldShape, flag, group, type Group, type GroupOptions, type IndexedOptions, type Items, mixed, type MixedFields, type MixedRegister, pulse, ro, rw, type AnyRegister, type Register, type RegisterOptions, type RegisterRecord, w1c, w1s } from './register-bank/data.ts';
export { type Answer, type Answers, type Bank, type BankOptions, registers } from './register-bank/bank.ts';
export type { Layout, PlacedField, PlacedRegister, Section } from './register-bank/layout.ts';
export { type FaultShape, RegisterFault } from './register-bank/judge.ts';
export { type HardwareSide } from './register-bank/ports.ts';
export { type BankPorts, registerBank } from './register-bank/module.ts';
export { cHeader, type CHeaderOptions } from './register-bank/c-header.ts';
export { markdown, type MarkdownOptions } from './register-bank/markdown.ts';
export { systemRdl } from './register-bank/system-rdl.ts';
export { type Driver, registerDriver, registerProcess, type RegisterBus } from './register-bank/driver.ts';
export { type AxiLiteMaster, axiLiteMaster, type Timing } from './register-bank/bus-master.ts';
