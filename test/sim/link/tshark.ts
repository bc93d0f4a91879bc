/** tshark as a judge of captures: somebody else's idea of what is right. */
import { execFileSync } from 'node:child_process';
import { hasTool } from '../engine/waves.ts';

export const NO_TSHARK = 'tshark is not installed (Debian package tshark): nobody else has judged the capture';

export function hasTshark(): boolean {
  return hasTool('tshark');
}

const CHECKS = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum', 'eth.check_fcs'].flatMap((name) => ['-o', `${name}:TRUE`]);

/**
 * Whatever tshark minds: packets that it cannot take apart, bad checksums, notes of its experts from a warning up.
 * @param beside a display filter of packets that are meant to be so
 */
export function complaintsOfTshark(file: string, beside?: string): string[] {
  const filter = '(_ws.malformed || _ws.expert.severity >= "Warning" || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || icmp.checksum.status == "Bad" || eth.fcs.status == "Bad")';
  return tsharkFields(file, beside === undefined ? filter : `${filter} && !(${beside})`, ['frame.number', '_ws.expert.message', '_ws.col.Info']);
}

/** A line a packet that passes the filter, its fields separated by tabs. */
export function tsharkFields(file: string, filter: string, fields: readonly string[]): string[] {
  const output = execFileSync('tshark', ['-r', file, ...CHECKS, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  return output.split('\n').filter((line) => line !== '');
}
