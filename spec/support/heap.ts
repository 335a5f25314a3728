// How much memory is in use once all that nobody holds has been collected.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed;
}
