// Groups as streams that nobody has configured: the first who asks for one opens it, all who ask share it, and a while after
// the last it is gone again.

import type { Config } from '../config.ts';
import { type Group, urlOf } from '../datagrams/group.ts';
import type { Relay } from '../http/stream.ts';
import { multicast } from '../sources/multicast.ts';
import { USUAL } from '../sources/multicast-options.ts';
import type { Plan } from './plan.ts';
import type { Streams } from './streams.ts';

type Options = NonNullable<Config['relay']>;

export function relayOf(options: Options, streams: Streams): Relay {
  return { ...options, open: (group) => streams.pass(planOf(group, options), options.groupsAtOnce) };
}

/** Its path is as its address would be: `udp/239.0.0.1:1234`. No configured stream can have such a one. */
function planOf(group: Group, { watch, limits, interface: which }: Options): Plan {
  const from = { url: urlOf(group), ...(which !== undefined && { interface: which }) };
  return {
    path: from.url.replace('://', '/'),
    type: multicast.type,
    enabled: true,
    container: USUAL,
    watch,
    publish: {},
    limits,
    onDemand: false,
    from,
    source: (means) => multicast.create(from, means),
  };
}
