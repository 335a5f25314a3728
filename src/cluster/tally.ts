// Who watches where: the primary keeps what each worker last told, so that its own status has it all, and each worker hears how many
// watch elsewhere, so that the limits of a stream are those of the pump. Both as of the last second.

import { isDeepStrictEqual } from 'node:util';
import type { Tempo } from '../channels/tempo.ts';
import type { Stream } from '../http/stream.ts';
import type { Member } from './member.ts';
import type { Report } from './messages.ts';

/** More in one second tell nothing more. */
const MOST_JOINS = 1000;

type Streams = ReadonlyMap<string, Stream>;

/** In the primary. */
export function tallies(streams: () => Streams, tempo: Tempo) {
  /** viewers of each stream, by worker */
  const counts = new Map<string, Map<string, number>>();
  const connections = new Map<string, number>();
  const told = new Map<string, object>();
  let joined: (ms: number) => void = () => {};
  const count = () => {
    tempo.elsewhere = total([...counts.values()].flatMap((own) => [...own.values()]));
  };
  return {
    report: ({ streams: news, ...report }: Report, from: string): void => {
      const own = counts.get(from) ?? new Map<string, number>();
      counts.set(from, own);
      connections.set(from, report.connections);
      report.joins.forEach((ms) => joined(ms));
      for (const [path, status] of Object.entries(news)) {
        own.set(path, status.viewers);
        streams().get(path)?.channel.audience.elsewhere(from, status);
      }
      count();
    },

    gone: (from: string): void => {
      for (const one of [counts, connections, told]) one.delete(from);
      count();
      for (const { channel } of streams().values()) channel.audience.elsewhere(from);
    },

    /** what is measured where clients are */
    measures: {
      connections: () => total(connections.values()),
      joined: (hear: (ms: number) => void) => void (joined = hear),
    },

    tell(members: Iterable<Pick<Member, 'name' | 'tell'>>): void {
      for (const one of members) {
        const own = counts.get(one.name);
        const others = [...streams()].map(
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

function total(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}

/** The primary, among the processes that a worker hears of. */
const ELSEWHERE = 'elsewhere';

/** In a worker. */
export function reports(streams: () => Streams, tempo: Tempo) {
  let joins: number[] = [];
  let last: Report['streams'] = {};
  return {
    joined: (ms: number): void => {
      if (joins.length < MOST_JOINS) joins.push(ms);
    },

    /** what is new since it was asked for last */
    next: (connections: number): Report => {
      const now = Object.fromEntries([...streams()].map(([path, { channel }]) => [path, channel.audience.here()]));
      const news = Object.entries(now).filter(([path, status]) => !isDeepStrictEqual(status, last[path]));
      const report = { streams: Object.fromEntries(news), connections, joins };
      last = now;
      joins = [];
      return report;
    },

    hear(viewers: Readonly<Record<string, number>>): void {
      for (const [path, { channel }] of streams())
        channel.audience.elsewhere(ELSEWHERE, { viewers: viewers[path] ?? 0 });
      tempo.elsewhere = total(Object.values(viewers));
    },
  };
}
