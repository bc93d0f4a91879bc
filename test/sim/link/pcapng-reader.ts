/**
 * Reads pcapng files in the tests. Written from the specification (draft-ietf-opsawg-pcapng) and apart from the writer;
 * it accepts only what a writer must do: lengths at both ends, zero padding, an end of options, known interfaces.
 */
import { expect } from 'vitest';

export interface ReadBlock {
  readonly type: 'section' | 'interface' | 'packet' | 'statistics';
  readonly fields: Readonly<Record<string, number | bigint>>;
  readonly data: Uint8Array;
  readonly options: readonly { readonly code: number; readonly value: Buffer }[];
}

export function readPcapng(file: Buffer): ReadBlock[] {
  const blocks: ReadBlock[] = [];
  let interfaces = 0;
  for (let at = 0; at < file.length;) {
    const total = file.readUInt32LE(at + 4);
    expect(total % 4).toBe(0);
    expect(at + total).toBeLessThanOrEqual(file.length);
    expect(file.readUInt32LE(at + total - 4)).toBe(total);
    const block = readBlock(file.readUInt32LE(at), file.subarray(at + 8, at + total - 4));
    expect(block.type === 'section').toBe(at === 0);
    if (block.type === 'interface') interfaces += 1;
    if ('interfaceId' in block.fields) expect(block.fields['interfaceId']).toBeLessThan(interfaces);
    blocks.push(block);
    at += total;
  }
  return blocks;
}

export const text = (block: ReadBlock, code: number): string[] => block.options.filter((option) => option.code === code).map(({ value }) => value.toString('utf8'));

function readBlock(type: number, body: Buffer): ReadBlock {
  switch (type) {
    case 0x0a0d0d0a:
      return { type: 'section', fields: { magic: body.readUInt32LE(0), major: body.readUInt16LE(4), minor: body.readUInt16LE(6), sectionLength: body.readBigInt64LE(8) }, data: new Uint8Array(), options: readOptions(body.subarray(16)) };
    case 1:
      return { type: 'interface', fields: { linkType: body.readUInt16LE(0), reserved: body.readUInt16LE(2), snapLength: body.readUInt32LE(4) }, data: new Uint8Array(), options: readOptions(body.subarray(8)) };
    case 6: {
      const captured = body.readUInt32LE(12);
      const end = 20 + captured;
      const padded = Math.ceil(end / 4) * 4;
      expect([...body.subarray(end, padded)].every((byte) => byte === 0)).toBe(true);
      return { type: 'packet', fields: { interfaceId: body.readUInt32LE(0), timeNs: readTime(body, 4), captured, original: body.readUInt32LE(16) }, data: Uint8Array.from(body.subarray(20, end)), options: readOptions(body.subarray(padded)) };
    }
    case 5:
      return { type: 'statistics', fields: { interfaceId: body.readUInt32LE(0), timeNs: readTime(body, 4) }, data: new Uint8Array(), options: readOptions(body.subarray(12)) };
    default:
      throw new Error(`block of type ${type}`);
  }
}

export function readTime(bytes: Buffer, at = 0): bigint {
  return (BigInt(bytes.readUInt32LE(at)) << 32n) + BigInt(bytes.readUInt32LE(at + 4));
}

function readOptions(bytes: Buffer): { code: number; value: Buffer }[] {
  const options = [];
  for (let at = 0; at < bytes.length;) {
    const [code, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    const padded = Math.ceil(length / 4) * 4;
    expect(at + 4 + padded).toBeLessThanOrEqual(bytes.length);
    if (code === 0) {
      expect([length, at + 4]).toEqual([0, bytes.length]);
      return options;
    }
    expect([...bytes.subarray(at + 4 + length, at + 4 + padded)].every((byte) => byte === 0)).toBe(true);
    options.push({ code, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + padded;
  }
  expect(options).toEqual([]);
  return options;
}
