/** A reader of the part of SystemRDL 2.0 that banks use: what stands where. Anything else is an error. */
interface Reg { name: string; offset: number; width: number; fields: { name: string; low: number; high: number }[] }
interface Section { name: string; base: number; count: number | undefined; stride: number | undefined; registers: Reg[] }

export function readRdl(text: string): { name: string; sections: Section[] } {
  const tokens = [...text.replace(/\/\/.*$/gm, '').matchAll(/"(?:[^"\\]|\\.)*"|\\?[A-Za-z_]\w*|\d+'h[0-9a-f]+|0x[0-9a-f]+|\d+|\+=|\S/g)].map(([token]) => token);
  let at = 0;
  const peek = (ahead = 0): string => tokens[at + ahead] ?? '';
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new Error(`SystemRDL: ${wanted ?? 'more'} expected at token ${at}, not ${token}`);
    return token;
  };
  const identifier = (): string => {
    const token = take();
    if (!/^\\?[A-Za-z_]\w*$/.test(token)) throw new Error(`SystemRDL: ${token} is no identifier`);
    return token.replace('\\', '');
  };
  const number = (): number => Number(take());
  /** `name = value;` or `name;`, with or without default; true if it was one. */
  const properties: Record<string, string>[] = [{}];
  const property = (): boolean => {
    const start = peek() === 'default' ? 1 : 0;
    if (!(peek(start + 1) === '=' || peek(start + 1) === ';')) return false;
    at += start;
    const name = take();
    let value = 'true';
    if (peek() === '=') {
      take('=');
      value = take();
    }
    take(';');
    properties.at(-1)![name] = value;
    return true;
  };
  const body = (component: () => void): Record<string, string> => {
    take('{');
    properties.push({});
    while (peek() !== '}') if (!property()) component();
    take('}');
    return properties.pop()!;
  };
  const field = (): Reg['fields'][number] => {
    take('field');
    body(() => { throw new Error(`SystemRDL: ${peek()} in a field`); });
    const name = identifier();
    take('[');
    const high = number();
    take(':');
    const low = number();
    take(']');
    if (peek() === '=') {
      take('=');
      const [, width] = /^(\d+)'h/.exec(take())!;
      if (Number(width) !== high - low + 1) throw new Error(`SystemRDL: the reset of ${name} has ${width} bits`);
    }
    take(';');
    return { name, low, high };
  };
  const reg = (): Reg => {
    take('reg');
    const fields: Reg['fields'] = [];
    const own = body(() => { fields.push(field()); });
    const name = identifier();
    take('@');
    const offset = number();
    take(';');
    return { name, offset, width: Number(own['regwidth'] ?? 32), fields };
  };
  const regfile = (): Section => {
    take('regfile');
    const registers: Reg[] = [];
    body(() => { registers.push(reg()); });
    const name = identifier();
    let count: number | undefined, stride: number | undefined;
    if (peek() === '[') {
      take('[');
      count = number();
      take(']');
    }
    take('@');
    const base = number();
    if (peek() === '+=') {
      take('+=');
      stride = number();
    }
    take(';');
    return { name, base, count, stride, registers };
  };
  while (peek() === 'enum') {
    take('enum');
    identifier();
    take('{');
    while (peek() !== '}') {
      identifier();
      take('=');
      take();
      take(';');
    }
    take('}');
    take(';');
  }
  take('addrmap');
  const name = identifier();
  const root: Reg[] = [];
  const sections: Section[] = [];
  body(() => {
    if (peek() === 'reg') root.push(reg());
    else sections.push(regfile());
  });
  take(';');
  if (at !== tokens.length) throw new Error(`SystemRDL: ${peek()} after the end`);
  if (root.length > 0) sections.unshift({ name: '', base: 0, count: undefined, stride: undefined, registers: root });
  return { name, sections };
}
