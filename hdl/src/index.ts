/**
 * @vtoe/hdl: hardware described in TypeScript, checked, simulated and emitted as Verilog.
 *
 * Start with {@link module}; `simulate` runs it and `emit` prints it.
 */
import * as shapes from './lang/shape.ts';
import type * as types from './lang/types.ts';

// One name for a shape and for the type of its values: `In(UInt(8))` and `(x: UInt) => …`.
export const UInt = shapes.UInt;
export type UInt = types.UInt;
export const Bool = shapes.Bool;
export type Bool = types.Bool;

export { Bundle, clog2, Enum, MAXIMUM_WIDTH } from './lang/shape.ts';
export type { BoolShape, BundleShape, Data, EnumOptions, EnumShape, Fields, UIntShape, VecShape } from './lang/shape.ts';
export type { BoolLike, EnumValue, Like, Literal, Read, Reg, Shaped, UIntLike, Wire } from './lang/types.ts';
export { flip, In, Interface, Out, Packet, Stream, Valid, Vec } from './lang/port.ts';
export type { ArrayShape, DataInPort, DataOutPort, Directional, InPort, InterfaceShape, OutPort, Port, PortOptions, PortRecord, PortShape, StreamShape, ValidShape } from './lang/port.ts';
export type { Connections, Inner, InnerPorts, Outer, OuterPorts, Sink, Source, StreamWire, ValidSink, ValidSource, Wires } from './lang/port-types.ts';
export { reg, wire } from './lang/state.ts';
export type { RegOptions, WireOptions } from './lang/state.ts';
export { mem } from './lang/memory.ts';
export type { Memory, MemoryOptions, WriteMask } from './lang/memory.ts';
export { match, when } from './lang/control.ts';
export type { EnumArms, UIntArms, UIntCases, WhenChain } from './lang/control.ts';
export { allOf, anyOf, cat, lit, mux, networkOrder, pack, unpack } from './lang/operators.ts';
export { scope } from './lang/scope.ts';
export { module } from './lang/module.ts';
export type { ModuleDefinition, ModuleOptions, Names, Parameters } from './lang/module.ts';
export { connect, inst } from './lang/instance.ts';
export type { InstanceOptions } from './lang/instance.ts';
export { external } from './lang/external.ts';
export type { ExternalOptions } from './lang/external.ts';
export type { Attributes } from './lang/attributes.ts';
export { anyConst, assert, assume, cover, fell, past, rose, stable } from './lang/verification.ts';
export { probe } from './lang/probe.ts';
export { still } from './lang/still.ts';
export type { StillOptions } from './lang/still.ts';
export { elaborate } from './lang/elaborate.ts';
export { emit } from './verilog/emit.ts';
export type { EmitOptions, EmittedDesign } from './verilog/emit.ts';
export { simulate } from './sim/simulate.ts';
export type { SimulateOptions, Simulation } from './sim/simulate.ts';
export { SimulationError } from './sim/error.ts';
export { pausing, streamSink, streamSource } from './sim/stream-models.ts';
export type { Pause } from './sim/stream-models.ts';
export type { Process, Wait } from './sim/processes.ts';
export type { Recording } from './sim/recording.ts';
export type { SimDrive, SimPorts, SimSampledPorts, SimValue } from './sim/port-values.ts';
export { createEngine } from './sim/engine.ts';
export type { BuiltinEngine, EngineOptions } from './sim/engine.ts';
export { Waveform } from './sim/wave/waveform.ts';
export type { WaveformOptions } from './sim/wave/watch.ts';
export type { PostMortemOptions } from './sim/past/post-mortem.ts';
export type { WaveTextOptions } from './sim/wave/wave-text.ts';
export { HdlError } from './check/error.ts';
export type { ErrorCode } from './check/catalogue.ts';
export type { Design, Module } from './ir/design.ts';
