// What is wrong with where streams are sent to, told before anything runs: datagrams that would come back to the pump that sends them,
// or get between those of another stream, and formats that are not sent so.

import { readTarget } from '../datagrams/destination.ts';
import { type Group, readGroup } from '../datagrams/group.ts';
import { byName, inDatagrams } from '../containers/index.ts';
import { isEntries, type Mistake, type Path, streamsIn } from './mistakes.ts';

interface End {
  readonly stream: number;
  readonly path: Path;
  readonly url: string;
  readonly group: Group;
  readonly by: unknown;
}

/** Streams that are switched off are in nobody's way. */
export function outgoing(raw: unknown): Mistake[] {
  const streams = streamsIn(raw).map((stream) => (isEntries(stream) && stream['enabled'] !== false ? stream : {}));
  const received = streams.flatMap((stream, n) => (stream['type'] === 'multicast' ? receivedBy(stream, n) : []));
  const sent = streams.flatMap((stream, n) => sentBy(stream['multicastTo'], n));
  return [
    ...formats(streams),
    ...sent.flatMap((end, n) => {
      const from = received.find((other) => isSame(end, other) && end.by === other.by && !other.group.source);
      if (from)
        return [
          {
            path: end.path,
            text: `expected another address, got '${end.url}', where streams[${from.stream}] comes from`,
          },
        ];
      const before = sent.slice(0, n).find((other) => isSame(end, other) && end.by === other.by);
      if (!before) return [];
      const text = `expected an address of its own, got '${end.url}', where streams[${before.stream}] is sent to`;
      return [{ path: end.path, text }];
    }),
  ];
}

function formats(streams: readonly Readonly<Record<string, unknown>>[]): Mistake[] {
  return streams.flatMap(({ multicastTo, container }, n) => {
    const format = typeof container === 'string' ? byName(container) : undefined;
    if (multicastTo === undefined || !format || format.datagram) return [];
    const text = `expected ${inDatagrams} for a stream with 'multicastTo', got '${format.name}'`;
    return [{ path: ['streams', n, 'container'], text }];
  });
}

/** Networks may have the same group each: what goes by another interface is another one. */
const isSame = ({ group: one }: End, { group: other }: End) => one.address === other.address && one.port === other.port;

function receivedBy(stream: Readonly<Record<string, unknown>>, n: number): End[] {
  const { url, source, interface: by } = stream;
  const group = typeof url === 'string' ? readGroup(url) : undefined;
  if (!group || typeof url !== 'string') return [];
  const wanted = typeof source === 'string' ? { ...group, source } : group;
  return [{ stream: n, path: ['streams', n, 'url'], url, group: wanted, by }];
}

function sentBy(written: unknown, n: number): End[] {
  const path = ['streams', n, 'multicastTo'];
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  return list.flatMap((one, at): End[] => {
    const { url, interface: by }: Readonly<Record<string, unknown>> = isEntries(one) ? one : { url: one };
    const group = typeof url === 'string' ? readTarget(url) : undefined;
    if (!group || typeof url !== 'string') return [];
    return [{ stream: n, path: Array.isArray(written) ? [...path, at] : path, url, group, by }];
  });
}
