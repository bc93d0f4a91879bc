/**
 * Longest paths of a netlist for 7 series, as yosys writes it (`write_json`): an estimate, without placement.
 *
 * Delays of cells are those of yosys' cell library (Artix-7, from prjxray); every net that is not part of a carry chain costs
 * `NET_PS`, which stands for routing.
 */

export interface Cell {
  readonly type: string;
  readonly port_directions: Readonly<Record<string, 'input' | 'output' | 'inout'>>;
  readonly connections: Readonly<Record<string, readonly (number | string)[]>>;
}

export interface Netlist {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly netnames: Readonly<Record<string, { readonly bits: readonly (number | string)[]; readonly hide_name: number }>>;
}

/** Routing of a net, in picoseconds. */
export const NET_PS = 500;
const LUT_PS = 150;
const MUX_PS = 300;
const CLOCK_TO_Q_PS = 303;
/** Of a block RAM with its output register. */
const RAM_TO_Q_PS = 882;
const CARRY_PS = { inToOut: 114, inToSum: 313, selectToOut: 508, selectToSum: 582 } as const;

export interface Path {
  /** Where it ends: a register's names, a memory's port. */
  readonly end: string;
  readonly ps: number;
  readonly luts: number;
  /** CARRY4 cells. */
  readonly carries: number;
}

interface Arrival {
  readonly ps: number;
  readonly luts: number;
  readonly carries: number;
}

const START: Arrival = { ps: 0, luts: 0, carries: 0 };
const isRegister = (type: string) => /^FD[RSCP]E/.test(type);
const isMemory = (type: string) => type.startsWith('RAMB');
const isCombinational = (type: string) => /^(LUT\d|MUXF\d|CARRY4|INV)$/.test(type);

/** Arrival at every input of a register or memory, with the name of what it belongs to. */
export function longestPaths(netlist: Netlist): Path[] {
  const drivers = new Map<number, { readonly cell: Cell; readonly port: string; readonly index: number }>();
  for (const cell of Object.values(netlist.cells)) {
    for (const [port, bits] of Object.entries(cell.connections)) {
      if (cell.port_directions[port] !== 'output') continue;
      for (const [index, bit] of bits.entries()) if (typeof bit === 'number') drivers.set(bit, { cell, port, index });
    }
  }
  const arrivals = new Map<number, Arrival>();
  const latest = (a: Arrival, b: Arrival) => (b.ps > a.ps ? b : a);
  const plus = ({ ps, luts, carries }: Arrival, delay: number, kind?: 'lut' | 'carry'): Arrival => ({ ps: ps + delay, luts: luts + Number(kind === 'lut'), carries: carries + Number(kind === 'carry') });

  const of = (bit: number | string): Arrival => {
    if (typeof bit === 'string') return START;
    const known = arrivals.get(bit);
    if (known !== undefined) return known;
    arrivals.set(bit, START); // a loop would be a fault of the netlist
    const driver = drivers.get(bit);
    const arrival = driver === undefined ? START : through(driver.cell, driver.port, driver.index);
    arrivals.set(bit, arrival);
    return arrival;
  };
  const routed = (bit: number | string) => plus(of(bit), NET_PS);
  const through = (cell: Cell, port: string, index: number): Arrival => {
    const { type, connections } = cell;
    if (isRegister(type)) return { ...START, ps: CLOCK_TO_Q_PS };
    if (isMemory(type)) return { ...START, ps: RAM_TO_Q_PS };
    if (!isCombinational(type)) return START;
    if (type === 'CARRY4') {
      const sum = port === 'O';
      let arrival = START;
      for (let i = 0; i <= index; i++) {
        for (const select of [connections['S']![i]!, ...(sum && i === index ? [] : [connections['DI']![i]!])]) arrival = latest(arrival, plus(routed(select), sum ? CARRY_PS.selectToSum : CARRY_PS.selectToOut, 'carry'));
      }
      arrival = latest(arrival, plus(routed(connections['CYINIT']![0]!), sum ? CARRY_PS.selectToSum : CARRY_PS.selectToOut, 'carry'));
      // Dedicated wire.
      return latest(arrival, plus(of(connections['CI']![0]!), sum ? CARRY_PS.inToSum : CARRY_PS.inToOut, 'carry'));
    }
    let arrival = START;
    const lut = type.startsWith('LUT') || type === 'INV';
    for (const [name, bits] of Object.entries(connections)) {
      if (cell.port_directions[name] !== 'input') continue;
      // A multiplexer behind two LUTs of its slice has no routing to its data.
      for (const bit of bits) arrival = latest(arrival, plus(lut || name === 'S' ? routed(bit) : of(bit), lut ? LUT_PS : MUX_PS, lut ? 'lut' : undefined));
    }
    return arrival;
  };

  /** A register may have several: of an intermediate that became the register's own input, too. */
  const names = new Map<number, string>();
  for (const [name, { bits, hide_name }] of Object.entries(netlist.netnames)) {
    if (hide_name === 0) for (const bit of bits) if (typeof bit === 'number') names.set(bit, names.has(bit) ? `${names.get(bit)} ${name}` : name);
  }
  const paths: Path[] = [];
  for (const [cellName, cell] of Object.entries(netlist.cells)) {
    const register = isRegister(cell.type);
    if (!register && !isMemory(cell.type)) continue;
    const end = register ? names.get(cell.connections['Q']![0] as number) ?? cellName : `${cellName.replace(/\.\d.*$/, '')} ${cell.type}`;
    for (const [port, bits] of Object.entries(cell.connections)) {
      if (cell.port_directions[port] !== 'input' || /^(C|CLK.*)$/.test(port)) continue;
      for (const bit of bits) paths.push({ end: register ? end : `${end} ${port}`, ...routed(bit) });
    }
  }
  return paths;
}

/** Cells by what a data sheet counts. */
export function resources(netlist: Netlist): { readonly lut: number; readonly ff: number; readonly ramb36: number; readonly carry4: number; readonly dsp: number } {
  const count = (pattern: RegExp) => Object.values(netlist.cells).filter(({ type }) => pattern.test(type)).length;
  return { lut: count(/^(LUT\d|SRL\w+|RAM\d+\w*)$/), ff: count(/^FD/), ramb36: count(/^RAMB36/) + count(/^RAMB18/) / 2, carry4: count(/^CARRY4$/), dsp: count(/^DSP/) };
}
