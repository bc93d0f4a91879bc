/**
 * Contenders run the same cycles in turns, a few milliseconds each: what else the machine does then hits all of them
 * alike. A round is many turns; after each, outputs are compared.
 */
import type { Contender } from './contender.ts';
import { hashText } from './hash.ts';

export interface RaceOptions {
  /** Of the race, for messages. */
  readonly title: string;
  readonly rounds: number;
  /** Of each turn; undefined: as many as take the slowest contender `TURN_SECONDS`. */
  readonly cycles: number | undefined;
}

export interface Result {
  readonly name: string;
  /** Clock cycles a second, round by round. */
  readonly speeds: readonly number[];
}

/** Two engines' outputs differ. */
export class MismatchError extends Error {}

const TURNS = 32;
/** A round of the slowest contender so takes 0.4 s, of one half as fast again 0.27 s. */
const TURN_SECONDS = 0.0125;
/** Rounds that do not count. */
const WARM_UP_ROUNDS = 1;
/** Cycles compared before the first round, output by output, and after each round. */
const COMPARED = { before: 256, after: 64 };

/** @throws MismatchError */
export async function race(contenders: readonly Contender[], { title, rounds, cycles }: RaceOptions): Promise<readonly Result[]> {
  let passed = await compare(title, contenders, 0, COMPARED.before);
  /** Seconds, contender by contender. */
  const turn = async (cycles: number): Promise<number[]> => {
    const seconds: number[] = [];
    for (const contender of contenders) seconds.push(await contender.run(cycles));
    passed += cycles;
    return seconds;
  };

  let turnCycles = cycles ?? 8;
  if (cycles === undefined) {
    while (Math.max(...await turn(turnCycles)) < TURN_SECONDS) turnCycles *= 2;
    turnCycles = Math.ceil(turnCycles * Math.min(1, TURN_SECONDS / Math.max(...await turn(turnCycles))));
  }

  const speeds: number[][] = contenders.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const seconds = contenders.map(() => 0);
    for (let i = 0; i < TURNS; i += 1) (await turn(turnCycles)).forEach((time, i) => { seconds[i]! += time; });
    passed = await compare(title, contenders, passed, COMPARED.after);
    if (round >= 0) seconds.forEach((time, i) => speeds[i]!.push(TURNS * turnCycles / time));
  }
  return contenders.map(({ name }, i) => ({ name, speeds: speeds[i]! }));
}

/** Runs on and compares. Returns the number of cycles since the reset. */
async function compare(title: string, contenders: readonly Contender[], passed: number, cycles: number): Promise<number> {
  const hashes: bigint[] = [];
  for (const contender of contenders) hashes.push(await contender.fold(cycles));
  const other = hashes.findIndex((hash) => hash !== hashes[0]);
  if (other > 0) {
    const text = (i: number): string => `${contenders[i]!.name} ${hashText(hashes[i]!)}`;
    throw new MismatchError(`${title}: the outputs of cycles ${passed} to ${passed + cycles - 1} differ: their hash is ${text(0)}, ${text(other)}`);
  }
  return passed + cycles;
}
