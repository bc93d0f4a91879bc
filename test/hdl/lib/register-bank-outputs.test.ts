/** Header, reference and SystemRDL: each says what the RTL does. */
import { Enum, type Simulation, simulate } from '@vtoe/hdl';
import { axiLiteMaster, type Bank, cHeader, constant, counter64, field, flag, group, type Items, markdown, pulse, registerBank, registers, rw, systemRdl, w1c } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { runTool } from '../../../sim/native-tool.ts';
import { inWorkDirectory, writeFiles } from '../engines/work-directory.ts';
import { example } from './register-bank-example.ts';
import { probe } from './register-bank-probe.ts';
import { readRdl } from './register-bank-rdl.ts';

/** Names that are keywords, capital letters, groups without a count. */
const awkward = registers({
  name: 'awkwardNames', doc: 'Names that C */ takes otherwise.', registers: {
    default: rw('A keyword.', { int: flag('Another.'), TCPWindow: field(16, 'Capitals.', { reset: 0xabcd }) }),
    sqTail: rw('Two words.', 32, { offset: 0x10 }),
    one: group('A group of one.', { while: rw('A keyword.', 64, { reset: 1n << 40n }), id: constant('Fixed.', 32, { reset: 0xffff_ffff }), beats: counter64('Beats.') }, { offset: 0x100 }),
  },
});

/** What a C program that includes the header prints of all macros and of the structs' members. */
async function compiled(bank: Bank, compiler: readonly string[]): Promise<Map<string, bigint>> {
  const header = cHeader(bank);
  const macros = [...header.matchAll(/^#define (\w+_(?:OFFSET|SHIFT|MASK|RESET|BASE|STRIDE|COUNT|SIZE)) /gm)].map((match) => match[1]!);
  const structs = [...header.matchAll(/^typedef struct \{\n([^}]*)\} (\w+);/gm)].flatMap(([, body, type]) => [...body!.matchAll(/uint32_t (\w+)/g)].map((match) => [type!, match[1]!] as const));
  const program = [
    '#include <inttypes.h>', '#include <stdio.h>', '#include "bank_registers.h"', 'int main(void) {',
    ...macros.map((macro) => `  printf("${macro} %" PRIu64 "\\n", (uint64_t)${macro});`),
    ...structs.map(([type, member]) => `  printf("${type}.${member} %" PRIu64 "\\n", (uint64_t)offsetof(${type}, ${member}));`),
    '  const uint32_t words[2] = {0x89abcdefu, 0x01234567u};',
    `  printf("read64 %" PRIu64 "\\n", ${/(\w+_read64)\(/.exec(header)![1]!}(words));`,
    '  return 0;', '}', '',
  ].join('\n');
  return inWorkDirectory('register-bank', async (directory) => {
    const cpp = compiler[0] === 'g++';
    await writeFiles(directory, [{ name: 'bank_registers.h', text: header }, { name: cpp ? 'main.cpp' : 'main.c', text: program }]);
    await runTool(compiler[0]!, [...compiler.slice(1), '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-o', 'main', cpp ? 'main.cpp' : 'main.c'], { directory });
    const printed = await runTool('./main', [], { directory });
    return new Map(printed.trim().split('\n').map((line) => line.split(' ')).map(([name, value]) => [name!, BigInt(value!)]));
  });
}

const COMPILERS = [['gcc', '-std=c99'], ['g++', '-std=c++11'], ['g++', '-std=c++20']] as const;

describe('C header', () => {
  test('compiles as C99 and as C++, and means the same in both', async () => {
    for (const bank of [example, awkward]) {
      const [first, ...others] = await Promise.all(COMPILERS.map((compiler) => compiled(bank, compiler)));
      for (const other of others) expect(other).toEqual(first);
      expect(first!.get('read64')).toBe(0x0123_4567_89ab_cdefn);
    }
  });

  test('names keywords and capitals in the way of C', async () => {
    const values = await compiled(awkward, COMPILERS[0]);
    expect(values.get('AWKWARD_NAMES_DEFAULT_TCP_WINDOW_RESET')).toBe(0xabcdn);
    expect(values.get('AWKWARD_NAMES_DEFAULT_TCP_WINDOW_MASK')).toBe(0x1fffen);
    expect(values.get('awkward_names_t.default_')).toBe(0n);
    expect(values.get('awkward_names_t.sq_tail')).toBe(0x10n);
    expect(values.get('awkward_names_one_t.while_')).toBe(0n);
    expect(values.get('AWKWARD_NAMES_ONE_WHILE_RESET')).toBe(1n << 40n);
    expect(values.get('AWKWARD_NAMES_ONE_BASE')).toBe(0x100n);
  });

  test('a slip in the struct does not compile', async () => {
    const text = cHeader(example).replace('uint32_t reserved_0[', 'uint32_t reserved_0[1 + ');
    await expect(inWorkDirectory('register-bank', async (directory) => {
      await writeFiles(directory, [{ name: 'main.c', text }]);
      await runTool('gcc', ['-std=c99', '-fsyntax-only', 'main.c'], { directory });
    })).rejects.toThrow('is_placed');
  });
});

/** The bus of a simulated bank, access by access. */
function busOf<R extends Items>(bank: Bank<R>) {
  const sim = simulate(registerBank(bank));
  const master = axiLiteMaster(sim.io.axil, sim.sampled.axil);
  const run = <T>(work: Generator<unknown, T, void>): T => {
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
      sim.step();
    }
  };
  return {
    sim: sim as unknown as Simulation & { io: { regs: Record<string, never> } },
    read: (address: number) => run(master.tryRead(address)),
    write: (address: number, data: bigint) => run(master.tryWrite(address, data)),
  };
}

describe('the RTL answers where the header says', () => {
  test('at exactly these words, and nowhere else', async () => {
    const { read, write } = busOf(example);
    const c = await compiled(example, COMPILERS[0]);
    const size = Number(c.get('EXAMPLE_SIZE'));
    const expected = new Set<number>();
    for (const [name, value] of c) {
      const register = /^EXAMPLE_(PAGE_)?(\w+)_OFFSET$/.exec(name);
      if (register === null) continue;
      const wide = c.get(name.replace('_OFFSET', '_MASK')) === (1n << 64n) - 1n;
      const elements = register[1] === undefined ? [0] : Array.from({ length: Number(c.get('EXAMPLE_PAGE_COUNT')) }, (_, i) => Number(c.get('EXAMPLE_PAGE_BASE')! + BigInt(i) * c.get('EXAMPLE_PAGE_STRIDE')!));
      for (const base of elements) for (const word of wide ? [0, 4] : [0]) expected.add(base + Number(value) + word);
    }
    const answering = { read: new Set<number>(), write: new Set<number>() };
    for (let address = 0; address < 512; address += 4) {
      if (read(address).resp === 'OKAY') answering.read.add(address);
      if (write(address, 0n).resp === 'OKAY') answering.write.add(address);
      if (address >= size) expect(read(address).resp).toBe('DECERR');
    }
    expect(answering.read).toEqual(expected);
    expect(answering.write).toEqual(expected);
    expect(expected.size).toBe(75);
  });

  test('with the fields where the header has them', async () => {
    const c = await compiled(example, COMPILERS[0]);
    const { sim, read, write } = busOf(example);
    let probed = 0;
    let salt = 1n;
    for (const section of example.layout.sections) {
      const elements = section.count ?? 1;
      for (let element = 0; element < elements; element++) {
        const base = section.name === '' ? 0 : Number(c.get('EXAMPLE_PAGE_BASE')) + element * Number(c.get('EXAMPLE_PAGE_STRIDE'));
        const ports = (section.name === '' ? sim.io.regs : sim.io.regs['page']) as Record<string, unknown>;
        for (const register of section.registers) {
          const stem = ['EXAMPLE', section.name, register.name].filter((part) => part !== '').join('_').toUpperCase();
          const address = base + Number(c.get(`${stem}_OFFSET`));
          for (const one of register.fields) {
            const of = register.named ? `${stem}_${one.name.toUpperCase()}` : stem;
            const [mask, shift] = [c.get(`${of}_MASK`)!, c.get(`${of}_SHIFT`)!];
            const top = mask >> shift;
            // A value that differs from probe to probe, and is none that was there.
            const value = one.shape.kind === 'enum' ? 2n : one.shape.kind === 'bool' ? 1n : ((salt = (salt * 0x5851_f42d_4c95_7f2dn + 1n) & ((1n << 64n) - 1n)) & top) | 1n;
            const found = probe({ ports, register, field: one, element: section.count === undefined ? undefined : element, value, mask, shift, address, sim, read, write });
            expect(`${of} ${found}`).toBe(`${of} ${one.access === 'constant' ? c.get(`${of}_RESET`)! : value}`);
            probed++;
          }
        }
      }
    }
    expect(probed).toBe(85);
  });
});

const small = registers({
  name: 'timer', doc: 'Counts, and says so.', registers: {
    control: rw('Starts and stops it.', { enable: flag('Counts.'), policy: field(Enum('WhenDone', ['Stop', 'Restart']), 'What comes after the last tick.', { reset: 'Restart' }), period: field(16, 'Ticks | less one.', { at: 16, reset: 99 }) }),
    ticks: counter64('Ticks so far.', { clear: true }),
    channel: group('One of two alarms.', { irq: w1c('Why it rang.', { done: flag('The time came.') }), ring: pulse('Rings by hand.', 8) }, { count: 2, stride: 16 }),
  },
});

test('the reference', () => {
  expect(markdown(small, { level: 2 })).toMatchInlineSnapshot(`
    "## timer

    Counts, and says so.

    0x30 bytes, words of 32 bits, little endian. A hole is answered SLVERR, an address beyond the map DECERR, a misaligned one SLVERR,
    a write to a read-only register OKAY; none of them changes anything, and reads of them give 0.

    | offset | register | access | what |
    | --- | --- | --- | --- |
    | 0x00 | \`control\` | rw | Starts and stops it. |
    | 0x08 | \`ticks\` | counter, a write clears, 64 bits | Ticks so far. |

    ### control

    Starts and stops it.

    | bits | field | access | reset | what |
    | --- | --- | --- | --- | --- |
    | 0 | \`enable\` | rw | 0 | Counts. |
    | 1 | \`policy\` | rw | Restart | What comes after the last tick. 0 = Stop, 1 = Restart. |
    | 31:16 | \`period\` | rw | 0x63 | Ticks \\| less one. |

    ### channel

    One of two alarms.

    2 elements; element i is at 0x10 + i x 0x10.

    | offset | register | access | what |
    | --- | --- | --- | --- |
    | 0x00 | \`irq\` | w1c | Why it rang. |
    | 0x04 | \`ring\` | pulse | Rings by hand. |

    #### channel.irq

    Why it rang.

    | bits | field | access | reset | what |
    | --- | --- | --- | --- | --- |
    | 0 | \`done\` | w1c | 0 | The time came. |
    "
  `);
});

describe('SystemRDL', () => {
  test('says each access in its words', () => {
    expect(systemRdl(small)).toMatchInlineSnapshot(`
      "// Generated by @vtoe/hdl; do not edit.

      enum WhenDone {
        Stop = 1'h0;
        Restart = 1'h1;
      };

      addrmap timer {
        name = "timer";
        desc = "Counts, and says so.";
        default regwidth = 32;
        default accesswidth = 32;
        littleendian;
        lsb0;
        reg {
          name = "control";
          desc = "Starts and stops it.";
          field { sw = rw; hw = r; desc = "Counts."; } enable[0:0] = 1'h0;
          field { sw = rw; hw = r; encode = WhenDone; desc = "What comes after the last tick."; } policy[1:1] = 1'h1;
          field { sw = rw; hw = r; desc = "Ticks | less one."; } period[31:16] = 16'h63;
        } control @ 0x0;
        reg {
          name = "ticks";
          desc = "Ticks so far. Read the low word first: that keeps the high word.";
          regwidth = 64;
          field { sw = rw; onwrite = wclr; hw = r; counter; } value[63:0] = 64'h0;
        } ticks @ 0x8;
        regfile {
          name = "channel";
          desc = "One of two alarms.";
          reg {
            name = "irq";
            desc = "Why it rang.";
            field { sw = rw; onwrite = woclr; hw = rw; stickybit; precedence = hw; desc = "The time came."; } done[0:0] = 1'h0;
          } irq @ 0x0;
          reg {
            name = "ring";
            desc = "Rings by hand.";
            field { sw = w; hw = r; swmod; } value[7:0] = 8'h0;
          } ring @ 0x4;
        } channel[2] @ 0x10 += 0x10;
      };
      "
    `);
  });

  test('has every register and field where the bank has it', () => {
    for (const bank of [example, awkward, small]) {
      const { layout } = bank;
      const wanted = layout.sections.map((section) => ({
        name: section.name, base: section.base, count: section.count, stride: section.count === undefined ? undefined : section.stride,
        registers: section.registers.map(({ name, offset, words, fields, named }) => ({
          name, offset, width: words * 32, fields: fields.map((one) => ({ name: named ? one.name : 'value', low: one.lo, high: one.lo + one.width - 1 })),
        })),
      }));
      expect(readRdl(systemRdl(bank))).toEqual({ name: layout.name, sections: wanted });
    }
  });
});
