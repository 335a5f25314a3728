// What is Windows Media's own about HTTP: how its players ask, how its encoders push, how its servers want to be asked.

import type { Manners } from '../container.ts';
import { pull } from './pulling.ts';
import { push } from './pushing.ts';
import { watch } from './watching.ts';

export const manners: Manners = { watch, push, pull };
