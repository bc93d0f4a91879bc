/** The C++ around Verilator's model: reads the recording once, then obeys `run <cycles>` and `fold <cycles>`. */
import type { Port } from '../engines/subject.ts';
import { RESET_CYCLES } from './contender.ts';
import { HASH_CPP } from './hash.ts';
import type { RowLayout } from './recording.ts';

/** Verilator's name of the model class. */
export const MODEL = 'Vdut';

/**
 * Rows are converted to the model's own port types before the clock starts: that makes them a third of the size, and
 * writing a cycle's inputs a plain assignment each.
 */
export function verilatorDriver({ ports, rowBytes }: RowLayout, outputs: readonly Port[]): string {
  // Widest first: no gaps between members.
  const members = [...ports].sort((a, b) => b.width - a.width);
  return `#include "${MODEL}.h"
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <type_traits>
#include <vector>

${HASH_CPP}
template <typename Port> void load(Port& port, const uint64_t* limbs) { port = static_cast<Port>(*limbs); }
template <std::size_t N> void load(VlWide<N>& port, const uint64_t* limbs) { std::memcpy(port.data(), limbs, 4 * N); }

template <typename Port> uint64_t fold(uint64_t hash, const Port& port) { return fold_limb(hash, port); }
template <std::size_t N> uint64_t fold(uint64_t hash, const VlWide<N>& port) {
  for (std::size_t i = 0; i < N; i += 2) hash = fold_limb(hash, port[i] | (i + 1 < N ? uint64_t(port[i + 1]) << 32 : 0));
  return hash;
}

struct Row {
${members.map(({ name }) => `  std::remove_reference_t<decltype(${MODEL}::${name})> ${name};`).join('\n')}
};

static void drive(${MODEL}& dut, const Row& row) {
${members.map(({ name }) => `  dut.${name} = row.${name};`).join('\n')}
}

static uint64_t fold_outputs(uint64_t hash, const ${MODEL}& dut) {
${outputs.map(({ name }) => `  hash = fold(hash, dut.${name});`).join('\n')}
  return hash;
}

struct Recording {
  std::vector<Row> rows;
  // 1 for a row that differs from the one before it.
  std::vector<uint8_t> changes;
};

static Recording read_recording(const char* path) {
  Recording recording;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return recording;
  constexpr std::size_t LIMBS = ${rowBytes >> 3};
  std::vector<uint64_t> all;
  uint64_t limbs[LIMBS];
  while (std::fread(limbs, sizeof limbs, 1, file) == 1) {
    all.insert(all.end(), limbs, limbs + LIMBS);
    Row row;
${members.map(({ name, offset }) => `    load(row.${name}, limbs + ${offset >> 3});`).join('\n')}
    recording.rows.push_back(row);
  }
  std::fclose(file);
  const std::size_t count = recording.rows.size();
  for (std::size_t i = 0; i < count; ++i) {
    const uint64_t* before = &all[LIMBS * ((i + count - 1) % count)];
    recording.changes.push_back(std::memcmp(&all[LIMBS * i], before, sizeof limbs) != 0);
  }
  return recording;
}

// With the inputs written, the evaluation of the rising edge settles the logic between them and the registers first.
static void edges(${MODEL}& dut) {
  dut.clk = 1;
  dut.eval();
  dut.clk = 0;
  dut.eval();
}

static long long cpu_nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int, char** arguments) {
  const Recording recording = read_recording(arguments[1]);
  const std::vector<Row>& rows = recording.rows;
  if (rows.empty()) {
    std::fprintf(stderr, "there are no rows in %s\\n", arguments[1]);
    return 1;
  }
  VerilatedContext context;
  const std::unique_ptr<${MODEL}> dut{new ${MODEL}{&context}};
  std::size_t at = 0;
  dut->clk = 0;
  dut->rst = 1;
  drive(*dut, rows[0]);
  dut->eval();
  for (int i = 0; i < ${RESET_CYCLES}; ++i) edges(*dut);
  dut->rst = 0;

  char command[8];
  long long cycles;
  while (std::scanf("%7s %lld", command, &cycles) == 2) {
    if (std::strcmp(command, "fold") == 0) {
      uint64_t hash = HASH_START;
      for (long long i = 0; i < cycles; ++i) {
        if (recording.changes[at]) drive(*dut, rows[at]);
        // Outputs are sampled before the edge, with the inputs of the cycle applied.
        dut->eval();
        hash = fold_outputs(hash, *dut);
        edges(*dut);
        if (++at == rows.size()) at = 0;
      }
      std::printf("%016llx\\n", static_cast<unsigned long long>(hash));
    } else {
      const long long start = cpu_nanoseconds();
      for (long long i = 0; i < cycles; ++i) {
        if (recording.changes[at]) drive(*dut, rows[at]);
        edges(*dut);
        if (++at == rows.size()) at = 0;
      }
      std::printf("%lld\\n", cpu_nanoseconds() - start);
    }
    std::fflush(stdout);
  }
  dut->final();
  return 0;
}
`;
}
