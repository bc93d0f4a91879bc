/** `anyConst`: a register that a proof may give any constant value, and a simulation a random one. */
import type { Net } from '../ir/net.ts';
import { PROVEN } from './assertion-text.ts';
import type { Lines } from './lines.ts';
import { range } from './literal.ts';

export function isAnyConstant(net: Net): boolean {
  return net.attributes.has('anyconst');
}

/** Declaration and all that drives it: with a driver it would be no free constant to a prover. */
export function declareAnyConstant(net: Net, lines: Lines): void {
  const declaration = `reg ${range(net.width)}${net.name};`;
  lines.directive(`\`ifdef ${PROVEN}`);
  lines.line(`(* anyconst *) ${declaration}`, net.at);
  lines.directive('`else');
  lines.line(declaration, net.at);
  lines.line(`always @(posedge clk) ${net.name} <= ${net.name};`);
  lines.directive('`endif');
}
