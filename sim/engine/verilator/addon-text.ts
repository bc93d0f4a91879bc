/**
 * The C++ that is the same for every design: what a compiled model is to JavaScript, and what Verilator's runtime calls
 * back. It is compiled once and linked to every model.
 */

/** Included by the addon and by every model; comes before all else in what Verilator wrote, too. */
export const MODEL_HEADER = `// A Verilator model as the addon drives it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vtoe {

// A $stop of the Verilog: an assertion that does not hold.
struct Stop {
    std::string file;
    int line;
    // What was printed before it: module path and sentence.
    std::string said;
};

struct WaveOptions {
    std::string file;
    // Hierarchical Verilog name of an instance; empty for all.
    std::string scope;
    // First cycle to be written.
    uint64_t from;
};

class Model {
public:
    virtual ~Model() = default;

    // Up to this many clock cycles with the inputs as they are; returns how many were done. Ends early at a $stop, and
    // after a cycle in which the output at byte 'watch' of the ports was sampled as 1. No output is watched at -1.
    virtual uint32_t run(uint32_t cycles, int32_t watch) = 0;
    // Brings the outputs as of now up to date.
    virtual void settle() = 0;
    virtual void save(std::vector<uint8_t>& to) = 0;
    virtual void restore(const uint8_t* from, size_t size) = 0;
    virtual void openWave(const WaveOptions& options) = 0;
    virtual void closeWave() = 0;

    uint32_t seed = 0;
    std::string said;
    std::vector<Stop> stops;
};

// Written for each design. The ports outlive the model.
std::unique_ptr<Model> createModel(uint8_t* ports, uint32_t seed);

// The model whose code runs on this thread: Verilator's runtime calls back without saying for whom.
extern thread_local Model* current;

class Running {
public:
    explicit Running(Model& model) : before(current) { current = &model; }
    ~Running() { current = before; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

private:
    Model* before;
};

// Of the pseudo-random start contents.
inline uint32_t seed() { return current->seed; }

}  // namespace vtoe

// Takes the place of printf in Verilator's runtime.
int vtoe_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
`;

export const ADDON_SOURCE = `// JavaScript's side of a Verilator model.
#include "model.h"

#include <node_api.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "verilated.h"

namespace vtoe {

thread_local Model* current = nullptr;

namespace {

// A model and the JavaScript buffer that its ports are in.
struct Instance {
    std::unique_ptr<Model> model;
    napi_ref ports = nullptr;
};

void destroy(napi_env env, void* data, void*) {
    Instance* const instance = static_cast<Instance*>(data);
    if (instance->ports != nullptr) napi_delete_reference(env, instance->ports);
    delete instance;
}

struct Arguments {
    static constexpr size_t MOST = 3;
    napi_value values[MOST];
    Instance* instance;

    Arguments(napi_env env, napi_callback_info info) {
        size_t count = MOST;
        void* data;
        napi_get_cb_info(env, info, &count, values, nullptr, &data);
        instance = static_cast<Instance*>(data);
    }

    Model& model() const {
        if (!instance->model) throw std::logic_error("the model was closed");
        return *instance->model;
    }
};

std::string stringOf(napi_env env, napi_value value) {
    size_t length = 0;
    napi_get_value_string_utf8(env, value, nullptr, 0, &length);
    std::string text(length, '\\0');
    napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
    return text;
}

napi_value valueOf(napi_env env, const std::string& text) {
    napi_value value;
    napi_create_string_utf8(env, text.data(), text.size(), &value);
    return value;
}

napi_value run(napi_env env, const Arguments& arguments) {
    uint32_t cycles = 0;
    int32_t watch = -1;
    napi_get_value_uint32(env, arguments.values[0], &cycles);
    napi_get_value_int32(env, arguments.values[1], &watch);
    napi_value done;
    napi_create_uint32(env, arguments.model().run(cycles, watch), &done);
    return done;
}

napi_value settle(napi_env, const Arguments& arguments) {
    arguments.model().settle();
    return nullptr;
}

// A list of file, line and text, one after the other.
napi_value stops(napi_env env, const Arguments& arguments) {
    napi_value list;
    napi_create_array(env, &list);
    uint32_t length = 0;
    for (const Stop& stop : arguments.model().stops) {
        napi_value line;
        napi_create_int32(env, stop.line, &line);
        napi_set_element(env, list, length++, valueOf(env, stop.file));
        napi_set_element(env, list, length++, line);
        napi_set_element(env, list, length++, valueOf(env, stop.said));
    }
    return list;
}

napi_value save(napi_env env, const Arguments& arguments) {
    std::vector<uint8_t> state;
    arguments.model().save(state);
    void* bytes;
    napi_value buffer;
    napi_create_arraybuffer(env, state.size(), &bytes, &buffer);
    std::memcpy(bytes, state.data(), state.size());
    return buffer;
}

napi_value restore(napi_env env, const Arguments& arguments) {
    void* bytes;
    size_t length;
    napi_get_typedarray_info(env, arguments.values[0], nullptr, &length, &bytes, nullptr, nullptr);
    arguments.model().restore(static_cast<const uint8_t*>(bytes), length);
    return nullptr;
}

napi_value openWave(napi_env env, const Arguments& arguments) {
    int64_t from = 0;
    napi_get_value_int64(env, arguments.values[2], &from);
    arguments.model().openWave({stringOf(env, arguments.values[0]), stringOf(env, arguments.values[1]), static_cast<uint64_t>(from)});
    return nullptr;
}

napi_value closeWave(napi_env, const Arguments& arguments) {
    arguments.model().closeWave();
    return nullptr;
}

napi_value close(napi_env, const Arguments& arguments) {
    arguments.instance->model.reset();
    return nullptr;
}

// No exception may cross into JavaScript.
template <napi_value (*method)(napi_env, const Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
    try {
        return method(env, Arguments(env, info));
    } catch (const std::exception& error) {
        napi_throw_error(env, nullptr, error.what());
        return nullptr;
    }
}

// create(ports: ArrayBuffer, seed: number): the methods above, in an object that owns the model.
napi_value create(napi_env env, const Arguments& arguments) {
    void* ports;
    size_t size;
    uint32_t seed = 0;
    if (napi_get_arraybuffer_info(env, arguments.values[0], &ports, &size) != napi_ok) throw std::invalid_argument("the ports must be in an ArrayBuffer");
    napi_get_value_uint32(env, arguments.values[1], &seed);

    std::unique_ptr<Instance> instance(new Instance);
    instance->model = createModel(static_cast<uint8_t*>(ports), seed);
    napi_create_reference(env, arguments.values[0], 1, &instance->ports);

    const auto method = [&](const char* name, napi_callback callback) {
        return napi_property_descriptor{name, nullptr, callback, nullptr, nullptr, nullptr, napi_default, instance.get()};
    };
    const napi_property_descriptor methods[] = {
        method("run", guarded<run>),           method("settle", guarded<settle>),       method("stops", guarded<stops>),
        method("save", guarded<save>),         method("restore", guarded<restore>),     method("openWave", guarded<openWave>),
        method("closeWave", guarded<closeWave>), method("close", guarded<close>),
    };
    napi_value object;
    napi_create_object(env, &object);
    napi_define_properties(env, object, sizeof methods / sizeof methods[0], methods);
    napi_wrap(env, object, instance.release(), destroy, nullptr, nullptr);
    return object;
}

}  // namespace
}  // namespace vtoe

int vtoe_print(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char text[4096];
    const int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (vtoe::current == nullptr) return std::fputs(text, stderr);
    vtoe::current->said += text;
    return length;
}

// The edge goes on, so that all assertions of the cycle have their say.
void vl_stop(const char* filename, int linenum, const char*) {
    vtoe::Model& model = *vtoe::current;
    model.stops.push_back({filename, linenum, model.said});
    model.said.clear();
}

void vl_finish(const char* filename, int linenum, const char* hier) { vl_stop(filename, linenum, hier); }

void vl_fatal(const char* filename, int linenum, const char*, const char* message) {
    throw std::runtime_error(std::string(filename) + ":" + std::to_string(linenum) + ": " + message);
}

NAPI_MODULE_INIT() {
    napi_value create;
    napi_create_function(env, "create", NAPI_AUTO_LENGTH, vtoe::guarded<vtoe::create>, nullptr, &create);
    napi_set_named_property(env, exports, "create", create);
    return exports;
}
`;
