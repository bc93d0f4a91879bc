/** What an access is answered, and the report of those that were refused. */
import { Bool, type BundleShape, Enum, type EnumShape, type UIntShape, type ValidSink, when, wire } from '../../index.ts';
import type { Answers } from './bank.ts';
import type { ReadAccess } from './bus.ts';
import { anyWord, type Decoded, inSection } from './decode.ts';

/** Why an access was refused. */
export const RegisterFault = Enum('RegisterFault', ['Hole', 'Beyond', 'Misaligned', 'ReadOnly']);

export type FaultShape = BundleShape<{ readonly address: UIntShape; readonly cause: typeof RegisterFault extends EnumShape<infer L> ? EnumShape<L> : never }>;

/** An access as far as its answer goes. */
type Judged = Pick<ReadAccess, 'fire' | 'address' | 'answer'>;

/** @param writes a register that software cannot write is refused, too; returns what deserves a name */
export function judge({ fire, address, answer }: Judged, { places, within, aligned }: Decoded, answers: Answers, report: ValidSink<FaultShape>, writes: boolean): object {
  const mapped = wire(Bool), refused = wire(Bool), writable = writes ? wire(Bool) : undefined;
  mapped.set(false);
  writable?.set(false);
  for (const place of places) {
    inSection(place, () => {
      anyWord(place, () => true, () => { mapped.set(true); });
      if (writable !== undefined) anyWord(place, ({ writable: can }) => can, () => { writable.set(true); });
    });
  }
  const refuse = (cause: (typeof RegisterFault)['labels'][number], key: keyof Answers) => (): void => {
    refused.set(true);
    report.payload.cause.set(cause);
    answer.set(answers[key]);
  };
  refused.set(false);
  report.payload.cause.set('Hole');
  answer.set('OKAY');
  let chain = when(aligned.not(), refuse('Misaligned', 'misaligned'));
  if (within !== undefined) chain = chain.elsewhen(within.not(), refuse('Beyond', 'beyond'));
  chain = chain.elsewhen(mapped.not(), refuse('Hole', 'hole'));
  if (writable !== undefined) chain.elsewhen(writable.not(), refuse('ReadOnly', 'readOnly'));
  report.payload.address.set(address);
  report.valid.set(fire.and(refused));
  return { aligned, within, mapped, writable, refused };
}
