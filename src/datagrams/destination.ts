// Where a stream is sent to beside its viewers: groups, or single addresses, which whoever configures them answers for.

import { z } from 'zod';
import { type Group, readGroup } from './group.ts';
import { networkInterface } from './interface.ts';

export interface Destination {
  readonly group: Group;
  /** how many routers it may pass, and one */
  readonly ttl: number;
  /** by name or address; the system's choice without it */
  readonly interface?: string;
}

/** More is a mistake: to so many places at once networks send by one group. */
const MOST_DESTINATIONS = 16;
/** A group does not leave its network unless somebody says so; what is sent to one address shall arrive. */
const GROUP_TTL = 1;
const ADDRESS_TTL = 64;

const URL = `where to send: 'udp://239.1.2.3:1234', 'rtp://[ff15::1]:5004' or the address of one machine`;
const PLACE = `${URL}, or { url, ttl, interface }`;
const TTL = 'a number from 0 to 255';

/** Whoever sends is the sender, and somewhere has to be told. */
export function readTarget(url: string): Group | undefined {
  const group = readGroup(url);
  const isSomewhere = group && group.source === undefined && !['0.0.0.0', '::'].includes(group.address);
  return isSomewhere ? group : undefined;
}

const target = z.string({ error: URL }).refine((text) => readTarget(text) !== undefined, URL);
const place = z.union(
  [
    target,
    z.strictObject({
      url: target.describe('udp:// or rtp://, a group or one machine, and the port; IPv6 in brackets.'),
      ttl: z
        .int({ error: TTL })
        .min(0, TTL)
        .max(255, TTL)
        .exactOptional()
        .describe('How many networks it may pass; 1 for groups, 64 for machines where it is left out.'),
      interface: networkInterface
        .exactOptional()
        .describe('By which interface, by name or address; the system chooses where it is left out.'),
    }),
  ],
  { error: PLACE },
);

const LIST = `${PLACE}, or a list of 1 to ${MOST_DESTINATIONS} of them`;

export const multicastTo = z
  .union([place, z.array(place, { error: LIST }).min(1, LIST).max(MOST_DESTINATIONS, LIST)], { error: LIST })
  .transform((written) => [written].flat().flatMap(destinationOf));

function destinationOf(written: z.output<typeof place>): Destination[] {
  const { url, ttl, interface: which } = typeof written === 'string' ? { url: written } : written;
  const group = readTarget(url);
  if (!group) return []; // told of already
  const usual = group.isMulticast ? GROUP_TTL : ADDRESS_TTL;
  return [{ group, ttl: ttl ?? usual, ...(which !== undefined && { interface: which }) }];
}
