/** Names that Verilog, SystemVerilog or C++ (Verilator's output) keep for themselves cannot be a net's, instance's or module's. */
import type { Module } from '../ir/design.ts';
import type { Locator } from '../ir/locator.ts';
import { failAt } from './error.ts';

export function checkReservedWords(module: Module): void {
  const check = (name: string, at: Locator) => {
    const language = reservedIn(name);
    if (language !== undefined) failAt(at, 'reserved-word', name, language);
  };
  check(module.name, module.at);
  for (const net of [...module.ports, ...module.wires, ...module.registers]) check(net.name, net.at);
  for (const memory of module.memories) {
    check(memory.name, memory.at);
    for (const port of memory.reads) check(port.data.name, port.at);
  }
  for (const instance of module.instances) {
    check(instance.name, instance.at);
    for (const net of instance.nets) check(net.name, instance.at);
  }
  for (const expression of module.named) check(expression.name!, module.at);
}

/** The language that reserves `name`, or undefined. */
export function reservedIn(name: string): string | undefined {
  if (VERILOG.has(name)) return 'Verilog';
  if (SYSTEM_VERILOG.has(name)) return 'SystemVerilog';
  if (CPP.has(name)) return 'C++';
  return undefined;
}

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** IEEE 1364-2005, annex B. */
const VERILOG = words(`
  always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign default defparam design
  disable edge else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable endtask
  event for force forever fork function generate genvar highz0 highz1 if ifnone incdir include initial inout input
  instance integer join large liblist library localparam macromodule medium module nand negedge nmos nor
  noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup
  pulsestyle_onevent pulsestyle_ondetect rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1
  scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task time tran tranif0
  tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor`);

/** IEEE 1800-2012, annex B, without those above. */
const SYSTEM_VERILOG = words(`
  accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte chandle
  checker class clocking const constraint context continue cover covergroup coverpoint cross dist do endchecker
  endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum eventually expect
  export extends extern final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies
  import inside int interconnect interface intersect join_any join_none let local logic longint matches modport
  nettype new nexttime null package packed priority program property protected pure rand randc randcase randsequence
  ref reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence shortint shortreal
  soft solve static string strong struct super sync_accept_on sync_reject_on tagged this throughout timeprecision
  timeunit type typedef union unique unique0 until until_with untyped var virtual void wait_order weak wildcard with
  within`);

/** ISO C++17 keywords and macros that Verilator's output cannot have as a member's name. */
const CPP = words(`
  alignas alignof and_eq asm auto bitand bitor bool catch char char16_t char32_t compl const_cast constexpr decltype
  delete double dynamic_cast explicit false float friend goto inline long mutable namespace noexcept not_eq nullptr
  operator or_eq private public register reinterpret_cast short sizeof static_assert static_cast switch template
  thread_local throw true try typeid typename using volatile wchar_t xor_eq NULL errno main signed`);
