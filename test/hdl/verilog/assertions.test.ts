import { anyConst, assert, assume, Bool, cover, elaborate, In, inst, lit, mem, module, Out, past, reg, type UInt as Value, UInt, when, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { filesOf } from '../engines/emitted.ts';
import { runYosys } from '../engines/yosys.ts';
import { runWithIcarus } from './run.ts';

/** Counts up to `limit`, unless it has the fault. */
const limited = (limit: number, fault: boolean) =>
  module('limited', { l: limit, f: fault }, { en: In(Bool), count: Out(UInt(4)) }, (io) => {
    const value = reg(UInt(4));
    when(io.en.and(fault ? value.ne(15) : value.ne(limit)), () => { value.next = value.add(1); });
    io.count.set(value);
    assert(value.le(limit), `"${limit}" is 100% of \\ the limit`);
    when(io.en, () => { assert(value.ge(past(value)), 'it never falls: vₙ ≤ vₙ₊₁'); });
    return { value };
  });

const bench = (top: string) => `module bench;
  reg clk = 0, rst = 1;
  wire [3:0] count;
  ${top} dut(.clk(clk), .rst(rst), .en(1'b1), .count(count));
  always #1 clk = ~clk;
  initial begin
    repeat (2) @(negedge clk);
    rst = 0;
    repeat (40) @(negedge clk);
    $display("count %d", count);
    $finish;
  end
endmodule
`;

describe('in simulation', () => {
  test('a violated assertion says where and what, and fails the run', async () => {
    const emitted = emit(elaborate(limited(9, true)));
    const { status, output } = await runWithIcarus(emitted, bench(emitted.top), ['VTOE_ASSERT', 'VTOE_RANDOM_INIT']);
    expect(output).toContain('bench.dut: assertion violated: "9" is 100% of \\ the limit');
    expect(output).not.toContain('it never falls');
    expect(output).not.toContain('count');
    expect(status).not.toBe(0);
  });

  test('one that holds is silent; without the macro nobody looks', async () => {
    const [sound, faulty] = [emit(elaborate(limited(9, false))), emit(elaborate(limited(9, true)))];
    expect(await runWithIcarus(sound, bench(sound.top), ['VTOE_ASSERT', 'VTOE_RANDOM_INIT'])).toEqual({ status: 0, output: 'count  9\n' });
    expect(await runWithIcarus(faulty, bench(faulty.top), ['VTOE_RANDOM_INIT'])).toEqual({ status: 0, output: 'count 15\n' });
  });
});

/**
 * Both are in one proof; `sat` stops at the first that fails.
 *
 * @param known names of nets that have no unknown bits, which `sat` would try, too
 */
async function proves(definition: Parameters<typeof elaborate>[0], assumeReset = true, known: readonly string[] = []): Promise<boolean> {
  const emitted = emit(elaborate(definition));
  const files = filesOf(emitted.files);
  const script = `read_verilog -formal ${files.map(({ name }) => name).filter((name) => name.endsWith('.v')).join(' ')}
    prep -nordff -flatten -top ${emitted.top}; memory_map; async2sync; dffunmap; delete t:$cover
    sat -verify -prove-asserts -set-assumes -tempinduct -seq 1 ${assumeReset ? '-set-at 1 rst 1' : ''} -maxsteps 20 -set-def-inputs ${known.map((name) => `-set-def ${name}`).join(' ')}\n`;
  return (await runYosys(script, files)).ok;
}

describe('in proofs', () => {
  test('what holds is proven, what does not is refuted', async () => {
    expect(await proves(limited(9, false))).toBe(true);
    expect(await proves(limited(9, true))).toBe(false);
  });

  /** A one-place table: what any address was last written with is what is read there. */
  const memoryOf = (fault: boolean) => module('remembers', { f: fault }, { write: In(Bool), to: In(UInt(2)), data: In(UInt(4)), from: In(UInt(2)), out: Out(UInt(4)) }, (io) => {
    const ram = mem(UInt(4), 4);
    const address: Value = anyConst(UInt(2));
    const [known, expected] = [reg(Bool), reg(UInt(4))];
    when(io.write, () => { ram.write(io.to, io.data); });
    when(io.write.and(io.to.eq(address)), () => {
      known.next = true;
      expected.next = fault ? io.data.add(1) : io.data;
    });
    io.out.set(ram.read(io.from));
    assume(io.from.eq(address), 'somebody reads the word in question');
    when(known, () => { assert(io.out.eq(expected), 'a word keeps what was written'); });
    cover(known, 'a word is written');
    return { ram, address, known, expected };
  });

  test('anyConst stands for every value', async () => {
    expect(await proves(memoryOf(false))).toBe(true);
    expect(await proves(memoryOf(true))).toBe(false);
  });

  test('anyConst does so where an instance or an ordinary register takes it', async () => {
    const inverter = module('inverter', {}, { a: In(UInt(2)), y: Out(UInt(2)) }, (io) => { io.y.set(io.a.not()); });
    const taken = (by: 'instance' | 'register', fault: boolean) => module('taken', { by, fault }, { z: Out(UInt(2)) }, (io) => {
      const chosen = anyConst(UInt(2));
      const kept = reg(UInt(2));
      kept.next = chosen;
      const u = inst(inverter, { a: chosen });
      const started = past(lit(Bool, true));
      const holds = by === 'instance' ? u.y.eq(chosen.not()) : kept.eq(chosen).or(kept.eq(0));
      const claim = by === 'instance' ? u.y.ne(1) : kept.ne(2);
      when(started, () => { assert(fault ? claim : holds, 'it is so'); });
      io.z.set(u.y.or(kept));
      return { chosen, kept, u };
    });
    for (const by of ['instance', 'register'] as const) {
      // A register that holds itself would do, but optimisers make an unknown constant of it.
      expect(emit(elaborate(taken(by, false)), { locators: false }).text).toMatch(/`ifdef FORMAL\n  \(\* anyconst \*\) reg \[1:0\] chosen;\n`else/);
      expect([by, await proves(taken(by, false), true, ['chosen']), await proves(taken(by, true), true, ['chosen'])]).toEqual([by, true, false]);
    }
  });
});

test('synthesizable text has no logic that only assertions read', () => {
  const emitted = emit(elaborate(module('lean', {}, { a: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
    const doubled = io.a.add(io.a);
    const before = past(doubled, 2);
    const kept = io.a.xor(255);
    const seen = reg(UInt(4));
    const low = wire(UInt(4));
    low.set(io.a.bits(3, 0));
    when(low.ne(0), () => { seen.next = low; });
    assert(before.eq(0).or(kept.ne(0)).or(seen.ne(low)), 'all of these are read here only');
    io.y.set(io.a);
    return { doubled, kept, seen, low };
  })), { locators: false });
  const hardware = emitted.text.replace(/`ifdef VTOE_VERIFY[^]*/, '').replace(/`ifdef \w+\n`define VTOE_VERIFY\n`endif\n/g, '');
  expect(hardware).toMatchInlineSnapshot(`
    "// lean: generated by @vtoe/hdl 0.1.0
    module lean (
      input  wire       clk,
      input  wire       rst,
      input  wire [7:0] a,
      output wire [7:0] y
    );

      assign y = a;

      wire unused_ok = &{1'b0, clk, rst};

    "
  `);
  expect(emitted.text).toContain('wire [7:0] doubled = a + a;');
});
