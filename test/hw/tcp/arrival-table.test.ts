/** The table of `test/sim/tcp/arrival-table.ts` with the step in hardware. */
import { arrivalTable } from '../../sim/tcp/arrival-table.ts';
import { hardwareStep } from './step/hardware-step.ts';

arrivalTable(hardwareStep());
