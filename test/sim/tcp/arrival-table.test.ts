import { step } from '../../../sim/tcp/step.ts';
import { arrivalTable } from './arrival-table.ts';

arrivalTable(step);
