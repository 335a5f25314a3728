// What every complaint about a header begins with.

import { PumpError } from '../../errors.ts';

export function malformed(why: string): PumpError {
  return new PumpError('malformed', `this Matroska header cannot be used: ${why}`);
}
