/**
 * Parses received frames: Ethernet with at most one VLAN tag, ARP, IPv4, ICMP and TCP with its options.
 *
 * A beat a cycle, a frame in every beat if need be; beats come out `parseLatency` cycles later, and with the last beat of a
 * frame all that is known of it, its checksums included. It cannot be stalled.
 * It does not know which addresses are ours, stores nothing, and hands on no SACK blocks.
 */
import { anyOf, assert, Bool, clog2, In, inst, lit, mem, module, mux, Out, Packet, reg, UInt, Valid, when } from '@vtoe/hdl';
import { pipeline } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { TcpHeader } from '../protocol/index.ts';
import { Parsed } from './received.ts';
import { capture } from './rx-capture.ts';
import { checksumLatency, icmpChecksumGood, rxChecksum, Sums, tcpChecksumGood } from './rx-checksum.ts';
import { factsOf, firstFault } from './rx-classify.ts';
import { locate, POSITION_BITS } from './rx-locate.ts';
import { OPTION_WORDS, optionMarks, selectOptions, walkStart, walkWord } from './rx-options.ts';

/** Words of options between two registers: two levels of logic each, five of which fit 6.4 ns, and three 3.1 ns. */
const wordsPerStage = (width: number): number => (width > 128 ? 3 : 5);

/** From the headers to the verdict; a register in front of each but the first, and behind the last. */
function stagesOf(width: number): readonly string[] {
  const walk = Array.from({ length: Math.ceil(OPTION_WORDS / wordsPerStage(width)) }, (_, i) => `walk_${i}`);
  return ['fields', ...walk, 'select', 'verdict'];
}

/** Cycles from a beat to its way out: one to locate, one to capture, the stages. */
export const parseLatency = (width: number): number => 2 + stagesOf(width).length;

export function rxParse(c: Config) {
  const { datapathBits: width, checksumCuts } = c;
  const stages = stagesOf(width);
  const latency = parseLatency(width);
  return module('rx_parse', { w: width, mtu: c.mtuMostBytes, ...(checksumCuts.length > 0 && { cuts: checksumCuts.join('_') }) }, {
    in: In(Valid(Packet(width))),
    out: Out(Valid(Packet(width))),
    /** Counts with a last beat. */
    parsed: Out(Parsed),
  }, (io) => {
    const located = locate(io.in, width);
    const captured = capture(located.out, width);
    const sums = inst(rxChecksum(width, checksumCuts), { beat: located.out });

    // The frame is complete: its headers stand, for this cycle at least.
    const complete = reg(Bool);
    const { beat, base } = located.out.payload;
    complete.next = located.out.valid.and(beat.last);
    const [length, has_tag, bad] = [reg(UInt(POSITION_BITS), { reset: false }), reg(Bool, { reset: false }), reg(Bool, { reset: false })];
    when(located.out.valid, () => {
      length.next = base.add(beat.keep.popcount().zext(POSITION_BITS));
      has_tag.next = located.out.payload.has_tag;
      bad.next = beat.user;
    });

    const first = pipeline(stages, { ...captured.headers, length, has_tag, bad }, { cuts: [...stages.slice(1), 'out'], valid: complete })
      .stage(stages[0]!, (v) => {
        const syn = TcpHeader.pick(v.transport, 'syn');
        const offset = TcpHeader.pick(v.transport, 'data_offset');
        const words = mux(offset.lt(5), lit(UInt(4), 0), offset.sub(5));
        const options = v.transport.bits(v.transport.width - 1, TcpHeader.bytes * 8);
        return { ...factsOf(c, v), options, ...optionMarks(options, words, syn), walk: walkStart() };
      });
    let walked = first;
    for (const [i, stage] of stages.slice(1, -2).entries()) {
      walked = walked.stage(stage, (v) => {
        let { walk } = v;
        const from = i * wordsPerStage(width);
        for (let word = from; word < Math.min(from + wordsPerStage(width), OPTION_WORDS); word++) walk = walkWord(walk, v.passages, word);
        return { walk };
      });
    }
    // They are there before they are needed, with all cuts in the cycle in which they are.
    const sumsLate = [sums.sums.payload];
    const waits = Array.from({ length: stages.length - checksumLatency(checksumCuts) }, () => reg(Sums, { reset: false }));
    for (const wait of waits) {
      wait.next = sumsLate.at(-1)!;
      sumsLate.push(wait);
    }
    const { header_good, payload } = sumsLate.at(-1)!;
    const p = walked
      .stage('select', (v) => ({ ...selectOptions(v.options, v.walk.begins, v), option_fault: v.walk.fault }))
      .stage('verdict', (v) => ({ fault: firstFault(v, { header_good, tcp_good: tcpChecksumGood(payload, v.pseudo), icmp_good: icmpChecksumGood(payload) }) }));

    const {
      fault, kind, is_ip, is_tcp, vlan, local_address, remote_address, local_port, remote_port, destination, remote_mac, payload_at, option_fault,
      seq, ack, urg, ack_flag, psh, rst, syn, fin, window, payload_bytes, has_mss, mss, has_wscale, wscale, has_ts, tsval, tsecr,
    } = p.out;
    io.parsed.set({
      fault, kind, ip: is_ip,
      key: { vlan, local_address, remote_address, local_port, remote_port },
      destination, remote_mac,
      segment: { seq, ack, urg, ack_flag, psh, rst, syn, fin, window, length: payload_bytes, has_mss, mss, has_wscale, wscale, has_ts, tsval, tsecr },
      payload_at,
      option_fault: option_fault.and(is_tcp),
    });

    // The frame waits meanwhile.
    const line = mem(Packet(width), latency, { style: 'distributed' });
    const place = reg(UInt(clog2(latency)));
    const valid = Array.from({ length: latency }, () => reg(Bool));
    // It turns as long as anything is in it: every beat comes out after one turn.
    when(anyOf(io.in.valid, ...valid), () => { place.next = mux(place.eq(latency - 1), 0, place.add(1)); });
    when(io.in.valid, () => { line.write(place, io.in.payload); });
    for (const [i, stage] of valid.entries()) stage.next = i === 0 ? io.in.valid : valid[i - 1]!;
    const leaving = line.read(place);
    io.out.valid.set(valid.at(-1)!);
    io.out.payload.set(leaving);
    assert(p.valid.eq(valid.at(-1)!.and(leaving.last)), 'rxParse: the verdict of a frame comes with its last beat');
    return { located, captured, sums, complete, length, has_tag, bad, ...p, waits, line, place, valid };
  });
}
