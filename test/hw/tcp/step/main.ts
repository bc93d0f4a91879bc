/**
 * Compares the step with the model, for whoever works on it:
 *
 *     npx tsc -b && node dist/test/hw/tcp/step/main.js [--events N] [--seed S] [--kinds segment,grant] [--mode update] [--ignore leaf,leaf] [--seeds N]
 */
import { parseArgs } from 'node:util';
import type { TcpEvent } from '../../../../sim/tcp/events.ts';
import { StepComparison } from './compare.ts';

const { values } = parseArgs({
  options: { events: { type: 'string' }, seed: { type: 'string' }, seeds: { type: 'string' }, kinds: { type: 'string' }, mode: { type: 'string' }, ignore: { type: 'string' } },
});
const comparison = new StepComparison();
const first = Number(values.seed ?? 1);
for (let seed = first; seed < first + Number(values.seeds ?? 1); seed++) {
  const { events, difference } = comparison.run({
    seed, events: Number(values.events ?? 100_000), mode: values.mode === 'update' ? 'update' : 'step',
    ...(values.kinds === undefined ? {} : { kinds: values.kinds.split(',') as TcpEvent['kind'][] }),
    ignore: values.ignore?.split(',') ?? [],
  });
  console.log(difference ?? `seed ${seed}: ${events} events compared, no difference`);
  if (difference !== undefined) process.exit(1);
}
