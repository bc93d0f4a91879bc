/** All constructs, by the name under which a seed is told to contain them. */
import type { Construct } from '../construct.ts';
import * as aggregates from './aggregates.ts';
import * as enums from './enums.ts';
import * as hierarchy from './hierarchy.ts';
import * as memories from './memories.ts';
import * as registers from './registers.ts';
import * as streams from './streams.ts';

export const CONSTRUCTS: readonly Construct[] = [registers, aggregates, enums, memories, hierarchy, streams].flatMap((room) => Object.values(room));
