/**
 * Every error of the language, in one place: a code that does not change, and the sentence, which says what is wrong
 * and what is allowed. The reference lists them and each is tested word for word.
 */
export const CATALOGUE = {
  // Library blocks speak for themselves
  'usage': (sentence: string) => sentence,

  // Shapes
  'shape-width': (what: string, given: string, most: number) => `${what} needs a width that is a whole number from 1 to ${most}, not ${given}`,
  'shape-expected': (what: string, given: string) => `${what} needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not ${given}`,
  'shape-name': (what: string, given: string) => `${what} needs a name of letters, digits and underscores that does not start with a digit, not ${given}`,
  'shape-mismatch': (what: string, wanted: string, given: string, difference: string) => `${what} needs ${wanted}, but the value is ${given}${difference}`,
  'enum-labels': (name: string, given: string) => `enum ${name} needs a list of labels or a record of encodings, not ${given}`,
  'enum-label': (name: string, given: string) => `enum ${name}: ${given} is no label: a label is an identifier other than otherwise, and stands once`,
  'enum-encoding': (name: string, problem: string) => `enum ${name}: ${problem}`,
  'enum-illegal': (name: string, given: string, labels: string) => `enum ${name}: the arm for illegal values is ${given}, which is none of ${labels}`,
  'enum-no-label': (what: string, name: string, given: string, labels: string) => `${what}: enum ${name} has no label ${given}; it has ${labels}`,
  'bundle-fields': (name: string) => `bundle ${name} needs a record of at least one field`,
  'bundle-field-name': (name: string, given: string) => `bundle ${name}: ${given} cannot be a field: a field is an identifier that no value has as a member already (shape, width, eq, ne, set, next, from)`,
  'vec-length': (given: string) => `Vec needs a length that is a whole number from 1 up, not ${given}`,
  'packet-width': (given: string) => `Packet needs a width that is a multiple of 8 bits, not ${given}`,
  'clog2': (given: string) => `clog2 needs a whole number from 1 up, not ${given}`,

  // Values
  'option': (what: string, given: string, known: string) => `${what} has no option ${given}; it has ${known}`,
  'argument': (what: string, name: string, allowed: string, given: string) => `${what}: ${name} must be ${allowed}, not ${given}`,
  'width-mismatch': (what: string, wanted: number, given: number) => `${what} needs ${wanted} bits, but the value has ${given}; widths never change by themselves: use zext, sext, trunc or bits`,
  'kind-mismatch': (what: string, wanted: string, given: string) => `${what} needs ${wanted}, but the value is ${given}; pack, unpack, asBool and toUInt are the casts`,
  'literal-kind': (what: string, wanted: string, given: string) => `${what} needs a value or a literal of ${wanted}, not ${given}`,
  'literal-range': (what: string, given: string, width: number, least: string, most: string) => `${what}: literal ${given} does not fit ${width} bits, which hold ${least} to ${most}`,
  'literal-number': (what: string, given: string) => `${what}: a literal must be a whole number, and above 2^53 - 1 a bigint, not ${given}`,
  'literal-field': (what: string, bundle: string, problem: string, fields: string) => `${what}: the literal for bundle ${bundle} ${problem}; the fields are ${fields}`,
  'as-bool': (width: number) => `asBool needs a single bit, but the value has ${width}; compare it, or take a bit`,
  'rotate-amount': (what: string, width: number, given: number, most: number) => `${what} of ${width} bits needs an amount of at most ${most} bits, but it has ${given}`,
  'mux-literals': () => 'mux of two literals has no width; make one of them a value with lit',
  'unpack-width': (shape: string, width: number, given: number) => `unpack to ${shape} needs ${width} bits, but the value has ${given}`,
  'condition': (what: string, given: string) => `${what} needs a Bool as condition, not ${given}; compare a UInt, or use asBool`,
  'host-value': (wanted: string) => `a hardware value cannot be used as ${wanted}: it is known in simulation only; use eq, mux and when`,
  'foreign-value': (owner: string, running: string) => `a value of module ${owner} is used in module ${running}; pass it through a port`,
  'outside-module': (what: string) => `${what} works inside the body of a module only`,

  // Assignment
  'not-drivable': (what: string) => `${what} can only be read; wires, outputs and inputs of instances take set, registers take next`,
  'set-register': (what: string) => `${what} is a register, which takes its value at the clock edge: assign to next, not with set`,
  'next-of-wire': (what: string) => `${what} is combinational: use set, next is for registers`,
  'next-read': () => 'next can only be assigned; read the register itself, or name the value before you assign it',
  'init-without-reset': () => 'reg: init needs a reset, but reset is false',
  'init-literal': () => 'init must be made of literals only: it is a value at reset or at start',
  'several-drivers': (what: string, other: string) => `${what} is driven already, as a connection or before one, at ${other}; a connection is the only driver`,
  'connect-in-when': (what: string) => `${what}: a connection is structural and cannot stand inside when or match; use set`,
  'connect-dynamic': () => 'a connection needs a fixed element; a dynamic index is for reads and assignments',
  'connect-member': (what: string, member: string, side: string) => `${what}: only the ${side === 'source' ? 'sink' : 'source'} has a member ${member}`,
  'connect-length': (what: string, path: string, left: number, right: number) => `${what}: ${path === '' ? 'the sides have' : `${path} has`} ${left} elements on one side and ${right} on the other`,
  'connect-kind': (what: string, path: string) => `${what}: ${path} must be two values, two interfaces or two arrays of them`,
  'connect-undrivable': (what: string, path: string) => `${what}: ${path} can be driven on neither side`,
  'fire': (kind: string) => `only a Stream has fire; this is of kind ${kind}, which has no ready`,

  // Control
  'when-ended': (what: string) => `${what}: this when has an elsewhen or otherwise already; chain them`,
  'when-elsewhere': (what: string) => `${what}: its when stands in another body; chain them where it stands`,
  'async-body': (what: string) => `${what}: the body must be a plain function, neither async nor a generator, since hardware is described in one go`,
  'match-missing': (name: string, labels: string) => `match on enum ${name} lacks an arm for ${labels}; add it, or otherwise`,
  'match-otherwise': (name: string) => `match on ${name}: otherwise is never taken, every value has an arm`,
  'match-twice': (value: string) => `match: value ${value} has two arms`,
  'match-key': (key: string) => `match on a UInt needs whole numbers as keys, not ${key}`,

  // Memories
  'memory-init': (depth: number, given: string) => `mem: init must be an array of at most ${depth} words, not ${given}`,
  'memory-address': (what: string, given: string, depth: number) => `${what}: address ${given} is beyond the memory's ${depth} words`,
  'memory-address-width': (what: string, depth: number, width: number, given: number) => `${what}: a memory of ${depth} words needs an address of ${width} bits, but it has ${given}`,
  'memory-port-name': (what: string, name: string) => `${what}: the memory has a read port ${name} already`,
  'memory-mask': (given: string) => `write: the mask must be { bytes }, { lanes } or, for a bundle, { fields }, not ${given}`,
  'memory-mask-bytes': (width: number) => `write: a mask of bytes needs words of whole bytes, but they have ${width} bits`,
  'memory-mask-lanes': (width: number, lanes: number) => `write: a word of ${width} bits cannot be cut into ${lanes} equal lanes`,
  'memory-two-writes': (other: string) => `write: another write, at ${other}, may happen in the same cycle; put both into branches of one when or match`,
  'memory-lanes': (other: string) => `write: the mask cuts the word in another way than the write at ${other}`,

  // Structure
  'module-name': (given: string) => `module: a name is letters, digits and underscores and does not start with a digit, not ${given}`,
  'module-recursion': (name: string) => `module ${name} instantiates itself`,
  'module-identity': (name: string, left: string, place: string, right: string, leftLine: string, rightLine: string) =>
    `two different modules are called ${name}: one with ${left}, at ${place}, and this one with ${right}; the first difference is '${leftLine}' against '${rightLine}'; give the parameter that tells them apart`,
  'parameter': (module: string, given: string, what: string) => `module ${module}: ${given} is no ${what} for a parameter: names are identifiers, values are whole numbers, Booleans, identifiers or shapes`,
  'external-parameter': (module: string, name: string, given: string) => `external ${module}: parameter ${name} = ${given} cannot be written in Verilog: names are identifiers, values whole numbers or plain strings without quotes`,
  'ports-record': (where: string, given: string) => `${where} needs a record of ports, not ${given}`,
  'port-name': (where: string, given: string) => `${where}: ${given} cannot be a port's name: it must be an identifier and not a member of interfaces (shape, from, fire)`,
  'port-expected': (where: string, name: string, given: string) => `${where}: ${name} must be In(…) or Out(…), not ${given}`,
  'port-leaf': (module: string, path: string, given: string) => `module ${module}: port ${path} would be called ${given} in Verilog; give it a prefix that makes it an identifier`,
  'port-collision': (module: string, path: string, name: string, holder: string) => `module ${module}: port ${path} would be called ${name}, which is the name of ${holder}; give it another prefix`,
  'inst-port': (module: string, port: string, ports: string) => `inst: ${module} has no port ${port}; it has ${ports}`,
  'external-model': (name: string, port: string) => `external ${name}: the model must have the same ports, but ${port} differs`,
  'attribute': (what: string, name: string, given: string) => `${what}: attribute ${name} = ${given} cannot be written in Verilog: names are identifiers, values numbers, Booleans or plain strings without quotes`,
  'probe-twice': (name: string) => `probe: the module has a probe ${name} already`,
  'probe-field': (name: string, field: string) => `probe ${name} has two fields called ${field}; valid is the probe's own`,

  // Names
  'unnamed-state': (what: string) => `this ${what} has no name: return it from the module's body under a key, or make it in a scope`,
  'unnamed-scope': (name: string) => `the state in scope ${name} has no name: its result is neither returned by the caller nor does it drive anything that has a name`,
  'name-illegal': (name: string) => `${name} cannot be a name in Verilog: keys must be identifiers`,
  'name-collision': (name: string, what: string, holder: string) => `${what} would be called ${name}, which is the name of ${holder}; use another key`,
  'reserved-word': (name: string, language: string) => `${name} is a reserved word of ${language}; use another name`,

  // Checks of the finished module
  'undriven': (what: string) => `${what} is never driven`,
  'latch': (what: string, path: string) => `${what} is not driven when ${path}: give it a value on every path, for instance a default before`,
  'combinational-loop': (module: string, path: string) => `module ${module} has a combinational loop: ${path}; put a register into it`,
} as const;

export type Catalogue = typeof CATALOGUE;
export type ErrorCode = keyof Catalogue;
