/** The probe layer's text: what drives the ports that simulation builds have and hardware does not. */
import type { Net } from '../ir/net.ts';
import { combinationalPiece } from './combinational-text.ts';
import type { Layer, ModuleScope } from './layer.ts';
import { type Lines, textLines } from './lines.ts';
import { printSink, unreadBits } from './sinks.ts';

/** @param nets ports, and outputs of instances, that were made for probes */
export function probeText(nets: readonly Net[], layer: Layer, scope: ModuleScope): Lines | undefined {
  if (nets.length === 0) return undefined;
  const lines = textLines(scope.locators, 1);
  const ports = nets.filter(({ kind }) => kind === 'output');
  // A label that only a probe uses would be one more declaration among the hardware's.
  lines.append(scope.labels.withoutNew(() => layer.print(ports.map((net) => combinationalPiece(net, layer, scope)))));
  printSink('unused_sim', unreadBits(layer.signals), scope.names, lines);
  return lines;
}
