// Many streams with many viewers, for whoever looks at them: the front as it is, real channels, and viewers that are sinks in memory,
// since what their sockets cost is not asked here.

import { Channel } from '../../src/channels/channel.ts';
import { realClock } from '../../src/clock.ts';
import { runHttp } from '../../src/http/server.ts';
import type { Stream } from '../../src/http/stream.ts';
import type { Stage } from './stage.ts';
import { toyContainer, toyWire } from './toy.ts';
import { silent } from './log.ts';

const UNIT_BYTES = 20_000;
const UNIT_MS = 500;

const log = silent;
const limits = { backlogBytes: 1 << 17, delayMs: 40, slow: 'skip', graceMs: 30_000 } as const;
const sink = {
  write: () => true,
  cork: () => {},
  uncork: () => {},
  end: () => {},
  destroy: () => {},
  on: () => {},
  writableLength: 0,
};

/** Resolves with the address of their page. */
export async function openCrowd(stage: Stage, streams: number, viewersEach: number): Promise<string> {
  const stop = new AbortController();
  const all = Array.from({ length: streams }, (_, n) => crowded(`hall/${n + 1}`, viewersEach));
  const feeding = setInterval(() => {
    for (const { channel } of all) channel.take({ kind: 'unit', bytes: unit(), join: true });
  }, UNIT_MS);
  stage.later(() => {
    clearInterval(feeding);
    stop.abort();
    for (const { channel } of all) channel.close();
  });
  return new Promise((told, failed) => {
    const options = {
      http: { host: '127.0.0.1', port: 0 },
      streams: new Map(all.map((stream) => [stream.path, stream])),
      containers: [toyContainer],
      self: 'crowd',
      log,
      clock: realClock,
      told: ([address]: readonly { url: string }[]) => told(address?.url ?? ''),
    };
    runHttp(options, stop.signal).catch(failed);
  });
}

/** Bit rates waver. */
const unit = () => Buffer.alloc(Math.round(UNIT_BYTES * (0.8 + Math.random() * 0.4)));

function crowded(path: string, viewers: number): Stream {
  const channel = new Channel({ limits, clock: realClock, log });
  channel.opening();
  channel.opened({ container: toyContainer, from: `http://origin.example/${path}`, over: [] });
  channel.take({ kind: 'header', bytes: Buffer.from('toy') });
  for (let n = 0; n < viewers; n += 1)
    void channel.join(sink, { wire: toyWire, follows: false, burstMs: 0, address: `10.0.0.${n}`, agent: 'spec' });
  const url = `http://origin.example/${path}`;
  const open = { pumps: new Set<readonly string[]>(), sessions: [], watch: {}, publish: {} };
  return { path, type: 'pull', enabled: true, url, channel, ...open, limits: { viewers: 100, burstMs: 0, graceMs: 0 } };
}
