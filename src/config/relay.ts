// Groups that viewers may name by address: which, where they are joined, what they cost. Absent: none.

import { z } from 'zod';
import { readNetwork } from '../range.ts';
import { schema as datagrams } from '../sources/multicast-options.ts';
import { access, limits } from './streams.ts';
import { time } from './words.ts';

const GROUPS = `a list of multicast groups and ranges such as ['239.0.0.0/8', 'ff15::/16']`;
/** All that is multicast: 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291, section 2.7). */
const MULTICAST = `a multicast group or range within 224.0.0.0/4 or ff00::/8 such as '239.0.0.0/8'`;
const CONTENT_TYPE = `a content type such as 'video/mp2t'`;
/** As browsers write it, since they compare letter by letter: a scheme and a host in lower case, and no path. */
const ORIGIN = `'*' or an origin such as 'https://example.org'`;
const AT_ONCE = 'a number of groups from 1 to 10000';

function isMulticast(text: string): boolean {
  const { address, bits, family } = readNetwork(text) ?? { address: '', bits: 0 };
  if (family === 'ipv4') return Number.parseInt(address, 10) >> 4 === 14 && bits >= 4;
  return family === 'ipv6' && /^ff[\da-f]{2}:/i.test(address) && bits >= 8;
}

const isOrigin = (text: string) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

export const relay = z
  .strictObject({
    groups: z
      .array(z.string({ error: MULTICAST }).refine(isMulticast, MULTICAST), { error: GROUPS })
      .min(1, GROUPS)
      .describe('Which groups and ranges of groups; nothing else is listened to.'),
    interface: datagrams.shape.interface,
    timeout: time({ least: '100ms', most: '1min' })
      .prefault('2s')
      .describe('How long a viewer waits for something to come from a group, before it gets a 404.'),
    contentType: z
      .string({ error: CONTENT_TYPE })
      .regex(/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/, CONTENT_TYPE)
      .default('video/mp2t')
      .describe('What viewers are told that it is.'),
    allowOrigin: z
      .string({ error: ORIGIN })
      .refine((text) => text === '*' || isOrigin(text), ORIGIN)
      .default('*')
      .describe(`Which sites' pages may play it: '*' is all, else one such as 'https://example.org'.`),
    watch: z.strictObject(access).prefault({}).describe('Who may watch.'),
    limits: limits.prefault({}).describe('What each group may cost, as of streams.'),
    groupsAtOnce: z
      .int({ error: AT_ONCE })
      .min(1, AT_ONCE)
      .max(10_000, AT_ONCE)
      .default(100)
      .describe('More groups than these are not joined at the same time.'),
  })
  .transform(({ timeout, ...others }) => ({ timeoutMs: timeout, ...others }));
