/** A design as a subject of the native engines: its Verilog, its ports. */
import { type Design, emit, type EmitOptions } from '@vtoe/hdl';
import { portsOf } from './builtin.ts';
import type { SourceFile, Stimulus, Subject } from './subject.ts';

export function subjectOf(design: Design, stimulus: Stimulus, options: EmitOptions = {}): Subject {
  const { top, files } = emit(design, options);
  return { name: top, top, files: filesOf(files), ...portsOf(design), stimulus };
}

export function filesOf(files: ReadonlyMap<string, string>): SourceFile[] {
  return [...files].map(([name, text]) => ({ name, text }));
}
