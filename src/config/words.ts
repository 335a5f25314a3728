// The small schemas that the configuration is made of. Each one's error is what was expected, as a noun phrase: the line
// about a mistake reads `path: expected …, got …`.

import { accessSync, constants, statSync } from 'node:fs';
import { z } from 'zod';
import { readNetwork } from '../range.ts';

export { flag, size, time } from '../amounts.ts';

/** Text that is shown to people and put into playlists: one line. */
export const line = (most: number) =>
  z
    .string({ error: `one line of at most ${most} letters` })
    .refine((text) => text.length <= most && !/\p{Cc}/u.test(text), `one line of at most ${most} letters`);

const PORT = 'a port from 0 to 65535';
export const port = z.int({ error: PORT }).min(0, PORT).max(65_535, PORT);

/** Where a pump listens that is not told otherwise. */
export const USUAL_PORTS = { http: 8086, https: 8089 } as const;
/** Every address of this machine, IPv4 too. */
export const EVERY_ADDRESS = '::';

/** What a listener binds to; names are resolved by the system. */
const HOST = `an address such as '::' or '127.0.0.1'`;
export const host = z.string({ error: HOST }).regex(/^[\w.:%-]{1,253}$/, HOST);

const RANGE = `an address or range such as '10.0.0.0/8' or '::1', or 'localhost'`;

export const range = z
  .string({ error: RANGE })
  .refine((text) => text === 'localhost' || readNetwork(text) !== undefined, RANGE);

/** The URL of something that speaks HTTP. */
const URL_EXAMPLE = `a URL such as 'http://example.org/'`;
export const webAddress = z
  .string({ error: URL_EXAMPLE })
  .refine((text) => /^https?:\/\/[^/]/i.test(text) && URL.canParse(text), URL_EXAMPLE);

/** What players open, for everybody to read: so without a password. */
const PUBLIC_EXAMPLE = `a URL without a password such as 'http://other-pump.example:8086/streams/hall'`;
const LONGEST_URL = 2000;
export const publicAddress = z
  .string({ error: PUBLIC_EXAMPLE })
  .refine(
    (text) =>
      text.length <= LONGEST_URL &&
      /^(?:https?|mmsh?):\/\/[^/@\s]+(?:[/?][^@\s\p{Cc}]*)?$/iu.test(text) &&
      URL.canParse(text),
    PUBLIC_EXAMPLE,
  );

/** A wrong path is to be noticed before the first client comes. A file that we may not read is no mistake: the pump may be started as
 *  root, who may. */
export const readableFile = z.string({ error: 'the path of a file' }).refine(isReadable, 'a file that can be read');

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch (error) {
    return isForbidden(error);
  }
}

export function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EACCES';
}
