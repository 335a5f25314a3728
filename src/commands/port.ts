// The option `--port PORT`, as all commands read it, and the port that is listened on without it.

import { PumpError } from '../errors.ts';

const PORT = 8086;

export const port = {
  type: 'string',
  value: 'PORT',
  says: `where to listen (default: ${PORT}; 0: any that is free)`,
} as const;

export function portOf(text = `${PORT}`): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new PumpError('usage', `--port: expected a port from 0 to 65535, got '${text}'`);
}
