// Who watches where: the primary keeps what each worker last told, so that its own status has it all, and each worker hears how many
// watch elsewhere, so that the limits of a stream are those of the pump. Both as of the last second.

import { isDeepStrictEqual } from 'node:util';
import type { AudienceStatus } from '../channels/audience.ts';
import type { Stream } from '../http/stream.ts';
import type { Member } from './member.ts';

type Streams = ReadonlyMap<string, Stream>;
type Report = Readonly<Record<string, AudienceStatus>>;

/** In the primary. */
export function tallies(streams: Streams) {
  /** viewers of each stream, by worker */
  const counts = new Map<string, Map<string, number>>();
  const told = new Map<string, Readonly<Record<string, number>>>();
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

    tell(members: Iterable<Member>): void {
      for (const one of members) {
        const own = counts.get(one.name);
        const others = [...streams].map(
          ([path, { channel }]) => [path, channel.viewers - (own?.get(path) ?? 0)] as const,
        );
        const viewers = Object.fromEntries(others.filter(([, count]) => count > 0));
        if (isDeepStrictEqual(viewers, told.get(one.name) ?? {})) continue;
        told.set(one.name, viewers);
        one.tell({ kind: 'elsewhere', viewers });
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
