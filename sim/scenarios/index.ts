/** All scenarios that `vtoe run` knows. */
import { didYouMean } from '@vtoe/hdl/internal/check/describe';
import { axiSlices } from './axi-slices.ts';
import { packetFifo } from './packet-fifo.ts';
import { registerBank } from './register-bank.ts';
import type { Scenario } from './scenario.ts';
import { tcpBuffer } from './tcp-buffer.ts';
import { toeBulk } from './toe-bulk.ts';
import { toeEcho } from './toe-echo.ts';

export const SCENARIOS: readonly Scenario[] = [packetFifo, axiSlices, registerBank, tcpBuffer, toeEcho, toeBulk];

/** @throws RangeError in one sentence, if there is none of this name */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name);
  throw new RangeError(`there is no scenario ${name}${didYouMean(name, names)}; there are ${names.join(', ')}`);
}
