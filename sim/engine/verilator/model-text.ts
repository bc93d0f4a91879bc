/** The C++ that is written for each design: its ports between the buffer and Verilator's model, and the run loop. */
import type { EnginePort } from '../engine.ts';
import { type PortsLayout, STATUS } from './ports-layout.ts';

/** What a model can write while it runs; `none` is the quick build. */
export type WaveKind = 'none' | 'fst' | 'vcd';

/** Name of the class that Verilator makes, whatever the design. */
export const MODEL_CLASS = 'Vmodel';

const WAVES = {
  fst: { header: 'verilated_fst_c.h', type: 'VerilatedFstC' },
  vcd: { header: 'verilated_vcd_c.h', type: 'VerilatedVcdC' },
} as const;

export function modelText(layout: PortsLayout, waves: WaveKind): string {
  const wave = waves === 'none' ? undefined : WAVES[waves];
  const includes = [`${MODEL_CLASS}.h`, 'verilated.h', ...(wave === undefined ? [] : [wave.header]), 'verilated_save.h'];
  return `// The model and its ports.
#include "model.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

${includes.map((name) => `#include "${name}"\n`).join('')}
namespace vtoe {
namespace {

// Of the buffer of ports, in bytes. Values are limbs of 64 bits, least significant first; bits above the width are 0.
constexpr size_t EDGES = ${STATUS.edges};
constexpr size_t STOPPED = ${STATUS.stopped};
constexpr size_t INPUTS = ${layout.inputOffset};
constexpr size_t SAMPLED = ${layout.sampledOffset};
constexpr size_t NOW = ${layout.nowOffset};
constexpr size_t OUTPUT_BYTES = ${layout.sampledBytes};

template <typename Word>
inline void load(Word& to, const uint8_t* from) {
    std::memcpy(&to, from, sizeof to);
}

template <std::size_t words>
inline void load(VlWide<words>& to, const uint8_t* from) {
    std::memcpy(to.m_storage, from, 4 * words);
}

template <typename Word>
inline void store(uint8_t* to, Word value) {
    const uint64_t limb = value;
    std::memcpy(to, &limb, sizeof limb);
}

template <std::size_t words>
inline void store(uint8_t* to, const VlWide<words>& value) {
    // Half of the last limb may be left: it is 0 from the start.
    std::memcpy(to, value.m_storage, 4 * words);
}

class StateWriter final : public VerilatedSerialize {
public:
    explicit StateWriter(std::vector<uint8_t>& to) : bytes(to) { m_isOpen = true; }
    ~StateWriter() override { flush(); }
    void flush() override {
        bytes.insert(bytes.end(), m_bufp, m_cp);
        m_cp = m_bufp;
    }

private:
    std::vector<uint8_t>& bytes;
};

class StateReader final : public VerilatedDeserialize {
public:
    StateReader(const uint8_t* from, size_t size) : next(from), end(from + size) {
        m_isOpen = true;
        m_endp = m_cp;
    }

private:
    // Keeps what has not been read yet and fills the rest of the buffer.
    void fill() override {
        const size_t left = m_endp - m_cp;
        std::memmove(m_bufp, m_cp, left);
        const size_t taken = std::min<size_t>(bufferSize() - left, end - next);
        std::memcpy(m_bufp + left, next, taken);
        next += taken;
        m_cp = m_bufp;
        m_endp = m_bufp + left + taken;
    }

    const uint8_t* next;
    const uint8_t* const end;
};

class DesignModel final : public Model {
public:
    DesignModel(uint8_t* buffer, uint32_t startSeed) : ports(buffer) {
        seed = startSeed;
        const Entered entered(*this);
${wave === undefined ? '' : '        context.traceEverOn(true);\n'}        top.reset(new ${MODEL_CLASS}(&context, ""));
        // An edge is a change since the evaluation before.
        top->clk = 0;
        top->eval();
    }

    ~DesignModel() override {
        const Entered entered(*this);
${wave === undefined ? '' : '        closeWave();\n'}        top.reset();
    }

    uint32_t run(uint32_t cycles, int32_t watch) override {
        if (!stops.empty()) return 0;
        const Entered entered(*this);
        loadInputs();
        for (uint32_t done = 0; done < cycles; ++done) {
            top->clk = 0;
            top->eval();
            storeOutputs(ports + SAMPLED);
${wave === undefined ? '' : '            if (wave && edges() >= waveFrom) dump();\n'}            top->clk = 1;
            top->eval();
            if (!stops.empty()) {
                store<uint64_t>(ports + STOPPED, 1);
                return done;
            }
            store<uint64_t>(ports + EDGES, edges() + 1);
            if (watch >= 0 && ports[watch] != 0) return done + 1;
        }
        return cycles;
    }

    void settle() override {
        // The edge that failed is done: what there was before it is what was sampled.
        if (!stops.empty()) {
            std::memcpy(ports + NOW, ports + SAMPLED, OUTPUT_BYTES);
            return;
        }
        const Entered entered(*this);
        loadInputs();
        top->clk = 0;
        top->eval();
        storeOutputs(ports + NOW);
    }

    void save(std::vector<uint8_t>& to) override {
        const Entered entered(*this);
        StateWriter writer(to);
        writer << *top;
    }

    void restore(const uint8_t* from, size_t size) override {
        const Entered entered(*this);
        StateReader reader(from, size);
        reader >> *top;
        stops.clear();
        said.clear();
        store<uint64_t>(ports + STOPPED, 0);
    }

${wave === undefined ? withoutWaves() : withWaves(wave.type)}
private:
    // Also for Verilator's runtime: it asks the thread for the context, which may be that of another model, long gone.
    class Entered {
    public:
        explicit Entered(DesignModel& model) : running(model) { Verilated::threadContextp(&model.context); }

    private:
        const Running running;
    };

    uint64_t edges() const {
        uint64_t count;
        std::memcpy(&count, ports + EDGES, sizeof count);
        return count;
    }

    void loadInputs() {
${layout.inputs.map((port) => `        load(top->${cppName(port)}, ports + INPUTS + ${port.offset - layout.inputOffset});\n`).join('')}    }

    void storeOutputs(uint8_t* to) const {
${layout.outputs.map((port) => `        store(to + ${port.offset - layout.sampledOffset}, top->${cppName(port)});\n`).join('')}    }
${wave === undefined ? '' : dumpText()}
    uint8_t* const ports;
    VerilatedContext context;
    std::unique_ptr<${MODEL_CLASS}> top;
${wave === undefined ? '' : `    std::unique_ptr<${wave.type}> wave;\n    uint64_t waveFrom = 0;\n`}};

}  // namespace

std::unique_ptr<Model> createModel(uint8_t* ports, uint32_t seed) {
    return std::unique_ptr<Model>(new DesignModel(ports, seed));
}

}  // namespace vtoe
`;
}

function withoutWaves(): string {
  return `    void openWave(const WaveOptions&) override { throw std::logic_error("this build has no waveforms"); }
    void closeWave() override {}
`;
}

function withWaves(type: string): string {
  return `    void openWave(const WaveOptions& options) override {
        closeWave();
        wave.reset(new ${type});
        wave->set_time_unit("1ns");
        wave->set_time_resolution("1ns");
        top->trace(wave.get(), 99);
        // Names begin with that of the model, which is empty. To any depth: 0 would mean everything.
        if (!options.scope.empty()) wave->dumpvars(1000, "." + options.scope);
        wave->open(options.file.c_str());
        if (!wave->isOpen()) {
            wave.reset();
            throw std::runtime_error("cannot write " + options.file);
        }
        waveFrom = options.from;
    }

    void closeWave() override {
        if (!wave) return;
        wave->close();
        wave.reset();
    }
`;
}

function dumpText(): string {
  return `
    // A cycle of 10 ns begins with its edge: what has settled is shown from there on.
    void dump() {
        const uint64_t time = 10 * edges();
        top->clk = 1;
        wave->dump(time);
        top->clk = 0;
        // Nothing moves, but without an evaluation Verilator takes nothing to have changed.
        top->eval();
        wave->dump(time + 5);
    }
`;
}

/** Verilator keeps double underscores for itself. */
function cppName({ name }: EnginePort): string {
  return name.replaceAll('__', '___05F');
}
