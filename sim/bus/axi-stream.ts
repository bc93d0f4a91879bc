/** AXI4-Stream around a design: a source of frames for a slave port, a sink for a master port, at most one beat a cycle each. */
export { AxiStreamSink, type AxiStreamSinkOptions, type ReceivedFrame } from './axi-stream-sink.ts';
export { AxiStreamSource, type AxiStreamSourceOptions, type SentFrame, type StreamCounters } from './axi-stream-source.ts';
