import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fcsOf } from '../../../sim/link/fcs.ts';
import { createPcapng, pcapngOnto, type PcapngOptions, type PcapngWriter, type Sink } from '../../../sim/link/pcapng.ts';
import { readPcapng, readTime, text } from './pcapng-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-pcapng-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A sink into memory; `take` says how much of what is offered it takes. */
function memory(take = (offered: number) => offered): Sink & { readonly writes: number[]; readonly bytes: () => Buffer; closed: number } {
  const parts: Uint8Array[] = [];
  const writes: number[] = [];
  return {
    name: 'x.pcapng', closed: 0, writes,
    bytes: () => Buffer.concat(parts),
    write(bytes) {
      const taken = take(bytes.length);
      parts.push(bytes.slice(0, taken));
      writes.push(taken);
      return taken;
    },
    close() { this.closed += 1; },
  };
}

function written(fill: (pcapng: PcapngWriter) => void, options?: PcapngOptions) {
  const sink = memory();
  const pcapng = pcapngOnto(sink, options);
  fill(pcapng);
  pcapng.close();
  return readPcapng(sink.bytes());
}

const frame = Uint8Array.from({ length: 61 }, (_, i) => i);

describe('blocks', () => {
  test('the section header: version 1.0, of open length, with who wrote it', () => {
    const [section] = written(() => {}, { hardware: 'none', os: 'any', application: 'vtoe', comments: ['seed 1', 'scenario x'] });
    expect(section!.fields).toEqual({ magic: 0x1a2b3c4d, major: 1, minor: 0, sectionLength: -1n });
    expect([1, 2, 3, 4].map((code) => text(section!, code))).toEqual([['seed 1', 'scenario x'], ['none'], ['any'], ['vtoe']]);
  });

  test('an interface: Ethernet, whole packets, nanoseconds, its name and rate', () => {
    const [, description] = written((pcapng) => pcapng.interface({ name: 'toe', description: 'the TOE', rateBitsPerSecond: 100_000_000_000, comments: ['a'] }));
    expect(description!.fields).toEqual({ linkType: 1, reserved: 0, snapLength: 0 });
    expect(description!.options.map(({ code, value }) => [code, value.toString('hex')])).toEqual([
      [1, '61'], [2, Buffer.from('toe').toString('hex')], [3, Buffer.from('the TOE').toString('hex')], [8, '00e8764817000000'], [9, '09'],
    ]);
  });

  test('a packet: interface, time, data', () => {
    const packet = written((pcapng) => {
      pcapng.interface({ name: 'a' });
      const interfaceId = pcapng.interface({ name: 'b' });
      pcapng.packet({ interfaceId, timePs: 7_200_000_000_123_456n, frame });
    })[3]!;
    expect(packet).toEqual({ type: 'packet', fields: { interfaceId: 1, timeNs: 7_200_000_000_123n, captured: 61, original: 61 }, data: frame, options: [] });
  });

  // §4.3.1, the bits of the flags word.
  test.each([
    [{ direction: 'in' as const }, 0x1],
    [{ direction: 'out' as const }, 0x2],
    [{ direction: 'in' as const, errors: ['crc' as const] }, 0x0100_0001],
    [{ errors: ['tooLong', 'tooShort', 'gap', 'unaligned', 'startDelimiter', 'preamble'] as const }, 0x7e00_0000],
    [{ errors: ['symbol'] as const }, 0x8000_0000],
    [{ direction: 'in' as const, fcs: 0 }, 0x81],
  ])('flags of %j: %i', (properties, flags) => {
    const packet = written((pcapng) => pcapng.packet({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 0n, frame, ...properties }))[2]!;
    expect(packet.options.map(({ code, value }) => [code, value.readUInt32LE(0)])).toEqual([[2, flags]]);
  });

  test('an FCS follows the frame, least significant byte first', () => {
    const packet = written((pcapng) => pcapng.packet({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 0n, frame, fcs: 0x8765_4321 }))[2]!;
    expect([...packet.data]).toEqual([...frame, 0x21, 0x43, 0x65, 0x87]);
    expect(packet.fields).toMatchObject({ captured: 65, original: 65 });
  });

  test('comments, any number, in any script', () => {
    const comments = ['conn 3: ESTABLISHED → FIN-WAIT-1, cycle 12', '', 'zwei\nZeilen', '🙂'];
    const packet = written((pcapng) => pcapng.packet({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 0n, frame, comments }))[2]!;
    expect(text(packet, 1)).toEqual(comments);
  });

  test('half of a surrogate pair becomes a replacement character: the file holds valid UTF-8 only', () => {
    const packet = written((pcapng) => pcapng.packet({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 0n, frame, comments: ['x\ud83d'] }))[2]!;
    expect(text(packet, 1)).toEqual(['x\ufffd']);
  });

  test('statistics: what an interface received and dropped, from when to when', () => {
    const statistics = written((pcapng) => pcapng.statistics({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 5_000_000n, startPs: 1_000_000n, received: 7, dropped: 2, comments: ['c'] }))[2]!;
    expect(statistics.fields).toEqual({ interfaceId: 0, timeNs: 5000n });
    const [comment, start, end, received, dropped] = statistics.options;
    expect([comment!.code, start!.code, end!.code, received!.code, dropped!.code]).toEqual([1, 2, 3, 4, 5]);
    expect([readTime(start!.value), readTime(end!.value), received!.value.readBigUInt64LE(), dropped!.value.readBigUInt64LE()]).toEqual([1000n, 5000n, 7n, 2n]);
  });

  test('any packets, in chunks of any size: what was written is read', () => {
    const packets = fc.array(fc.record({ timePs: fc.bigInt(0n, 2n ** 73n), frame: fc.uint8Array({ minLength: 1, maxLength: 300 }), comments: fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 3 }) }), { maxLength: 20 });
    fc.assert(fc.property(packets, fc.integer({ min: 1, max: 2000 }), (list, chunkBytes) => {
      const blocks = written((pcapng) => {
        const interfaceId = pcapng.interface({ name: 'a' });
        for (const packet of list) pcapng.packet({ interfaceId, ...packet });
        expect(pcapng.packets).toBe(list.length);
      }, { chunkBytes }).slice(2);
      expect(blocks.map(({ data, fields, ...block }) => ({ frame: [...data], timeNs: fields['timeNs'], comments: text({ data, fields, ...block }, 1) })))
        .toEqual(list.map(({ frame: { ...bytes }, timePs, comments }) => ({ frame: Object.values(bytes), timeNs: timePs / 1000n, comments })));
    }));
  });
});

describe('writing', () => {
  test('gathers up to a chunk and no more: memory is bounded', () => {
    const sink = memory();
    const pcapng = pcapngOnto(sink, { chunkBytes: 1000 });
    const interfaceId = pcapng.interface({ name: 'a' });
    for (let n = 0; n < 1000; n += 1) pcapng.packet({ interfaceId, timePs: BigInt(n), frame });
    // Blocks of 32 + 64 bytes: ten of them fit.
    expect(sink.writes.slice(1, -1).every((bytes) => bytes === 960)).toBe(true);
    expect(sink.writes.length).toBe(100);
    pcapng.close();
    expect(readPcapng(sink.bytes()).length).toBe(1002);
  });

  test('goes on where a write took only a part', () => {
    const sink = memory((offered) => Math.min(offered, 7));
    const pcapng = pcapngOnto(sink);
    pcapng.packet({ interfaceId: pcapng.interface({ name: 'a' }), timePs: 1000n, frame });
    pcapng.close();
    expect(readPcapng(sink.bytes())[2]!.data).toEqual(frame);
  });

  test('flush leaves a whole file behind while the run goes on', () => {
    const file = join(folder, 'flush.pcapng');
    const pcapng = createPcapng(file);
    const interfaceId = pcapng.interface({ name: 'a' });
    for (const count of [1, 2]) {
      pcapng.packet({ interfaceId, timePs: 0n, frame });
      pcapng.flush();
      expect(readPcapng(readFileSync(file)).length).toBe(2 + count);
    }
    pcapng.close();
  });

  test('close is idempotent, and nothing can be written after it', () => {
    const sink = memory();
    const pcapng = pcapngOnto(sink);
    const interfaceId = pcapng.interface({ name: 'a' });
    pcapng.close();
    const length = sink.bytes().length;
    pcapng.close();
    expect([sink.closed, sink.bytes().length]).toEqual([1, length]);
    expect(() => pcapng.packet({ interfaceId, timePs: 0n, frame })).toThrow(new Error('x.pcapng is closed'));
  });

  test('a run that is interrupted leaves a whole file', async () => {
    const file = join(folder, 'interrupted.pcapng');
    const program = `
      const { createPcapng } = await import(${JSON.stringify(pathToFileURL(builtModule()).href)});
      const pcapng = createPcapng(process.argv[2]);
      const interfaceId = pcapng.interface({ name: 'a' });
      process.once('SIGINT', () => { pcapng.close(); process.exit(130); });
      let n = 0;
      setInterval(() => { for (let k = 0; k < 100; k++) pcapng.packet({ interfaceId, timePs: BigInt(n++), frame: new Uint8Array(100) }); if (n === 1000) console.log('running'); }, 1);`;
    const script = join(folder, 'interrupted.mjs');
    writeFileSync(script, program);
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.kill('SIGINT'));
    const status = await new Promise((resolve) => { child.once('close', resolve); });
    expect(status).toBe(130);
    const packets = readPcapng(readFileSync(file)).slice(2);
    expect(packets.length).toBeGreaterThanOrEqual(1000);
    expect(packets.length % 100).toBe(0);
  });
});

describe('errors', () => {
  test('a file that cannot be created', () => {
    const file = join(folder, 'no', 'such.pcapng');
    expect(() => createPcapng(file)).toThrow(new Error(`cannot create ${file}: ENOENT: no such file or directory, open '${file}'`));
  });

  test.skipIf(!existsSync('/dev/full'))('a disk that is full (needs /dev/full): one error, then closed', () => {
    const pcapng = createPcapng('/dev/full');
    const interfaceId = pcapng.interface({ name: 'a' });
    pcapng.packet({ interfaceId, timePs: 0n, frame });
    expect(() => pcapng.flush()).toThrow(new Error('cannot write /dev/full: ENOSPC: no space left on device, write'));
    expect(() => pcapng.packet({ interfaceId, timePs: 0n, frame })).toThrow(new Error('/dev/full is closed'));
    pcapng.close();
  });

  test('a write that fails closes the file once, and nothing follows the hole', () => {
    let failing = false;
    const sink = memory((offered) => {
      if (failing) throw new Error('broken');
      return offered;
    });
    const pcapng = pcapngOnto(sink);
    pcapng.flush();
    failing = true;
    pcapng.interface({ name: 'a' });
    expect(() => pcapng.close()).toThrow(new Error('cannot write x.pcapng: broken'));
    failing = false;
    pcapng.close();
    expect(sink.closed).toBe(1);
    expect(readPcapng(sink.bytes()).length).toBe(1);
  });

  test('an option that makes no sense creates no file', () => {
    const file = join(folder, 'refused.pcapng');
    expect(() => createPcapng(file, { chunkBytes: 0 })).toThrow(new RangeError('chunkBytes must be a whole number of bytes from 1 to 1073741824, not 0'));
    expect(() => createPcapng(file, { application: 5 as unknown as string })).toThrow(new RangeError('application must be a text, not 5'));
    expect(existsSync(file)).toBe(false);
  });

  test('an interface that there is not', () => {
    const pcapng = pcapngOnto(memory());
    expect(() => pcapng.packet({ interfaceId: 0, timePs: 0n, frame })).toThrow(new RangeError('x.pcapng has no interface yet: describe one first'));
    pcapng.interface({ name: 'a' });
    expect(() => pcapng.packet({ interfaceId: 1, timePs: 0n, frame })).toThrow(new RangeError('interfaceId must be a whole number from 0 to 0, not 1'));
    expect(() => pcapng.statistics({ interfaceId: -1, timePs: 0n })).toThrow(new RangeError('interfaceId must be a whole number from 0 to 0, not -1'));
  });

  test('a comment that is too long leaves the file as it was', () => {
    const blocks = written((pcapng) => {
      const interfaceId = pcapng.interface({ name: 'a' });
      expect(() => pcapng.packet({ interfaceId, timePs: 0n, frame, comments: ['ä'.repeat(32_768)] })).toThrow(new RangeError('comment must be a text of at most 65535 bytes in UTF-8, not of 65536'));
      pcapng.packet({ interfaceId, timePs: 0n, frame, comments: ['x'.repeat(65_535)] });
      expect(pcapng.packets).toBe(1);
    });
    expect(text(blocks[2]!, 1)[0]!.length).toBe(65_535);
  });
});

const tshark = spawnSync('tshark', ['--version']).status === 0;

describe.skipIf(!tshark)('tshark and capinfos (skipped where missing: sudo apt-get install tshark)', () => {
  const file = join(folder, 'judged.pcapng');

  /** UDP from 10.0.0.1 to 10.0.0.2, checksums as they should be. */
  function udp(payload: string): Uint8Array {
    const data = Buffer.from(payload);
    const ip = Buffer.from('4500000000000000401100000a0000010a000002', 'hex');
    ip.writeUInt16BE(28 + data.length, 2);
    ip.writeUInt16BE(sum(ip), 10);
    const segment = Buffer.concat([Buffer.from('3039d43100000000', 'hex'), data]);
    segment.writeUInt16BE(segment.length, 4);
    const pseudo = Buffer.concat([ip.subarray(12), Buffer.from([0, 17, 0, segment.length])]);
    segment.writeUInt16BE(sum(Buffer.concat([pseudo, segment, Buffer.alloc(segment.length % 2)])), 6);
    return Buffer.concat([Buffer.from('0200000000020200000000010800', 'hex'), ip, segment]);
  }

  function sum(bytes: Buffer): number {
    let total = 0;
    for (let i = 0; i < bytes.length; i += 2) total += bytes.readUInt16BE(i);
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
    return ~total & 0xffff;
  }

  test('open the file without complaint and read what was meant', () => {
    const pcapng = createPcapng(file, { application: 'vtoe 0.1', comments: ['seed 7'] });
    const toe = pcapng.interface({ name: 'toe', rateBitsPerSecond: 10_000_000_000 });
    const peer = pcapng.interface({ name: 'peer', description: 'the remote end' });
    const good = udp('0123456789abcdefghijklmnop');
    pcapng.packet({ interfaceId: toe, timePs: 1_000_000_007_999n, frame: good, fcs: fcsOf(good), direction: 'out', comments: ['SYN-SENT → ESTABLISHED', 'cycle 156'] });
    pcapng.packet({ interfaceId: peer, timePs: 9_000_000_000_001_000n, frame: good, fcs: fcsOf(good) ^ 1, direction: 'in', errors: ['crc'] });
    pcapng.packet({ interfaceId: peer, timePs: 9_000_000_000_002_000n, frame: udp('without an FCS, 60 bytes or more') });
    pcapng.statistics({ interfaceId: peer, timePs: 9_000_000_000_003_000n, received: 3, dropped: 1 });
    pcapng.close();
    const fields = ['frame.time_epoch', 'frame.interface_name', 'frame.comment', 'frame.packet_flags', 'frame.packet_flags_crc_error', 'eth.fcs.status', 'ip.checksum.status', 'udp.checksum.status', '_ws.malformed'];
    const { stdout, stderr, status } = spawnSync('tshark', ['-r', file, '-o', 'eth.check_fcs:TRUE', '-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Running as user'))).toEqual([]);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      '1.000000007|toe|SYN-SENT → ESTABLISHED,cycle 156|0x00000082|0|1|1|1|',
      '9000.000000001|peer||0x01000081|1|0|1|1|',
      '9000.000000002|peer|||||1|1|',
    ]);
  });

  test('capinfos counts packets and interfaces', () => {
    const said = execFileSync('capinfos', ['-M', file], { encoding: 'utf8' });
    for (const line of [/File type:\s+(Wireshark\/... - )?pcapng\n/, /Number of packets:\s+3\n/, /Capture application:\s+vtoe 0\.1\n/, /Capture comment:\s+seed 7\n/, /Name = toe/, /Speed = 10000000000/, /Time precision = nanoseconds/, /Description = the remote end/, /Number of stat entries = 1/]) {
      expect(said).toMatch(line);
    }
  });
});

/** The writer as it was compiled: a child process has no TypeScript. */
function builtModule(): string {
  return join(import.meta.dirname, '..', '..', '..', 'dist', 'sim', 'link', 'pcapng.js');
}
