// What is compared with what: a stream, how many watch, and which servers take turns.

import type { ServerName } from './servers.ts';

export interface Scenario {
  readonly container: 'mpegts' | 'asf';
  /** bits a second */
  readonly bitrate: number;
  readonly viewers: number;
  readonly servers: readonly ServerName[];
  /** the container that servers get which cannot take this one */
  readonly others?: 'mpegts';
  /** it is sent to this group, which needs a network of its own: npm run bench:relay */
  readonly group?: string;
  readonly says: string;
}

export const scenarios = {
  tv: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 1500,
    servers: ['pump', 'bare Node', 'bare C', 'cubemap'],
    says: 'television to a town',
  },
  icecast: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 300,
    servers: ['pump', 'Icecast'],
    says: 'as many viewers of it as Icecast can serve',
  },
  hall: {
    container: 'asf',
    bitrate: 300_000,
    viewers: 8000,
    others: 'mpegts',
    servers: ['pump', 'pump with 300 ms', 'bare Node', 'bare C', 'cubemap'],
    says: 'a lecture to Windows Media players (cubemap and the bare loops: the same bit rate in MPEG-TS)',
  },
  tls: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 200,
    servers: ['pump with TLS', 'stunnel and pump'],
    says: 'over TLS',
  },
  workers: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 1000,
    servers: ['pump', 'pump with 1 worker', 'pump with 2 workers', 'pump with 2 workers on all processors'],
    says: 'one process, and several',
  },
  few: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 20,
    servers: ['pump', 'cubemap'],
    says: 'a pump with next to no load: delay',
  },
  relay: {
    container: 'mpegts',
    bitrate: 8_000_000,
    viewers: 200,
    group: '239.9.9.9',
    servers: ['pump', 'process per viewer', 'Node per datagram'],
    says: 'of one multicast group',
  },
  trouble: {
    container: 'mpegts',
    bitrate: 4_500_000,
    viewers: 540,
    servers: ['pump', 'pump with slow viewers'],
    says: 'alone, and with a tenth of all in trouble: 30 more who read nothing, and 30 who read at half the rate',
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
