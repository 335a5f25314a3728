// What is Windows Media's own about HTTP: how its players ask, how its encoders push, how its servers want to be asked.

import type { Manners } from '../manners.ts';
import { pull } from './pulling.ts';
import { push } from './pushing.ts';
import { watch } from './watching.ts';

/** MMS over TCP ([MS-MMSP] 2.2.3): VLC tries it first where it is given `mms://`. */
const MMST = Buffer.from('01000000cefa0bb0', 'hex');

export const manners: Manners = { watch, push, pull, otherHellos: [MMST] };
