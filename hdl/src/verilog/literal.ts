/** Constants as Verilog writes them: always with their width, so that no context can give them another. */

/** Decimal where one reads it at a glance, else hexadecimal: `4'd9`, `1'b1`, `64'hffff_0000`. */
export function literal(width: number, value: bigint): string {
  if (width === 1) return `1'b${value}`;
  if (value < 1000n) return `${width}'d${value}`;
  const digits = value.toString(16);
  return `${width}'h${digits.length <= 8 ? digits : grouped(digits)}`;
}

function grouped(digits: string): string {
  return digits.replace(/(?<=.)(?=(.{4})+$)/g, '_');
}

/** Declaration range with a trailing blank: `[7:0] `, or nothing for one bit. */
export function range(width: number): string {
  return width === 1 ? '' : `[${width - 1}:0] `;
}

/** Bits of a signal: `x[3]`, `x[7:4]`. */
export function bitsOfName(name: string, lo: number, width: number): string {
  return width === 1 ? `${name}[${lo}]` : `${name}[${lo + width - 1}:${lo}]`;
}
