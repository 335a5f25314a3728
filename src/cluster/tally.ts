// Who watches where: the primary keeps what each worker last told, so that its own status has it all, and each worker hears how many
// watch elsewhere, so that the limits of a stream are those of the pump. Both as of the last second.

import { isDeepStrictEqual } from 'node:util';
import type { AudienceStatus } from '../channels/audience.ts';
import type { Stream } from '../http/stream.ts';
import type { Member } from './member.ts';

/** Connections are handed round, which keeps workers even until one is replaced, or was busy when many came: one that has so many
 *  more viewers than another, and then some of their share, is passed over until the next second. */
const MOST_MORE = 20;
const MOST_SHARE_MORE = 0.1;

type Streams = ReadonlyMap<string, Stream>;
type Report = Readonly<Record<string, AudienceStatus>>;

/** In the primary. */
export function tallies(streams: Streams) {
  /** viewers of each stream, by worker */
  const counts = new Map<string, Map<string, number>>();
  const told = new Map<string, object>();
  const load = ({ name }: Member) => [...(counts.get(name)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  return {
    report(report: Report, from: string): void {
      const own = counts.get(from) ?? new Map<string, number>();
      counts.set(from, own);
      for (const [path, status] of Object.entries(report)) {
        own.set(path, status.viewers);
        streams.get(path)?.channel.elsewhere(from, status);
      }
    },

    gone(from: string): void {
      counts.delete(from);
      told.delete(from);
      for (const { channel } of streams.values()) channel.elsewhere(from);
    },

    /** `present`: those of them that let viewers in */
    tell(members: Iterable<Member>, present: Iterable<Member>): void {
      const least = Math.min(...[...present].map(load));
      for (const one of members) {
        const own = counts.get(one.name);
        const others = [...streams].map(
          ([path, { channel }]) => [path, channel.viewers - (own?.get(path) ?? 0)] as const,
        );
        const viewers = Object.fromEntries(others.filter(([, count]) => count > 0));
        const news = { viewers, isCrowded: load(one) > least * (1 + MOST_SHARE_MORE) + MOST_MORE };
        if (isDeepStrictEqual(news, told.get(one.name) ?? { viewers: {}, isCrowded: false })) continue;
        told.set(one.name, news);
        one.tell({ kind: 'elsewhere', ...news });
      }
    },
  };
}

/** The primary, among the processes that a worker hears of. */
const ELSEWHERE = 'elsewhere';

/** In a worker. */
export function reports(streams: Streams) {
  let last: Report = {};
  return {
    /** Of the streams about which there is something new. */
    next(): Report {
      const all = Object.fromEntries([...streams].map(([path, { channel }]) => [path, channel.here]));
      const news = Object.entries(all).filter(
        ([path, status]) => status.viewersTotal > 0 && !isDeepStrictEqual(status, last[path]),
      );
      last = all;
      return Object.fromEntries(news);
    },

    hear(viewers: Readonly<Record<string, number>>): void {
      for (const [path, { channel }] of streams) channel.elsewhere(ELSEWHERE, { viewers: viewers[path] ?? 0 });
    },
  };
}
