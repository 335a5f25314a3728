// What the specs of HTTP stand on: a front on a free port with streams fed by hand, and clients that show every byte.

import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import type { Container } from '../../src/containers/container.ts';
import type { Manners } from '../../src/containers/manners.ts';
import { PumpError } from '../../src/errors.ts';
import type { Rules } from '../../src/http/means.ts';
import { type Front, runHttp } from '../../src/http/server.ts';
import type { Stream } from '../../src/http/stream.ts';
import { range } from '../../src/range.ts';
import { handClock } from '../support/clock.ts';
import { bareWire, toyContainer, toyWire } from '../support/toy.ts';
import { writtenLog, silent } from '../support/log.ts';

export const clock = handClock(1_000_000);

/** A toy that can be described before it is played, and whose encoders take a place first. */
const manners: Manners = {
  watch({ method, headers }) {
    const [wish] = headers['x-toy'] ?? [];
    if (method !== 'GET') return wish === 'log' ? { kind: 'answer', status: 204, headers: {} } : undefined;
    if (wish === 'describe') return { kind: 'header', wire: toyWire, headers: { 'Content-Type': 'toy/header' } };
    if (wish === 'old') return { kind: 'stream', wire: toyWire, headers: {}, follows: false };
    if (wish === 'bare') return { kind: 'stream', wire: bareWire, headers: { Pragma: ['a', 'b'] }, follows: false };
    return undefined;
  },
  push({ url, headers }) {
    const place = headers['x-place']?.[0];
    const answer = { status: 204, headers: given, ...(place !== undefined && { place }) };
    if (url.includes('.isml'))
      return { kind: 'refuse', error: new PumpError('unknown container', 'no smooth toys here') };
    const [type] = headers['content-type'] ?? [];
    if (type === 'toy/set-up') return { kind: 'set-up', ...answer };
    return type === 'toy/session' ? { kind: 'session', whole: (body) => body, ...answer } : undefined;
  },
};

const given = (place: string) => ({ Server: 'Toy/1', 'Content-Length': '0', 'Set-Cookie': `place=${place}` });

export { silent };

export const mannered: Container = { ...toyContainer, manners };

export interface Fed {
  readonly stream: Stream;
  readonly channel: Channel;
  /** makes it live */
  live(header?: string, over?: readonly string[]): void;
  /** a unit that may be joined at, and no wait for more of its run */
  send(...texts: string[]): Promise<void>;
}

export function feed(path: string, more: Partial<Omit<Stream, 'path' | 'channel'>> = {}): Fed {
  const limits = { backlogBytes: 1 << 20, delayMs: 40, slow: 'skip', graceMs: 30_000 } as const;
  const channel = new Channel({ limits, clock, log: silent });
  onTestFinished(() => channel.close());
  const stream: Stream = {
    path,
    type: 'push',
    enabled: true,
    url: 'push',
    channel,
    sessions: [],
    pumps: new Set(),
    watch: {},
    publish: {},
    limits: { viewers: 100, burstMs: 0, graceMs: 30_000 },
    ...more,
  };
  return {
    stream,
    channel,
    live(header = 'head', over = []) {
      channel.opening();
      channel.opened({ container: mannered, from: 'spec', over });
      channel.take({ kind: 'header', bytes: Buffer.from(header) });
    },
    async send(...texts) {
      for (const text of texts) channel.take({ kind: 'unit', bytes: Buffer.from(text), join: true });
      await clock.advance(100);
    },
  };
}

export interface Opened {
  readonly port: number;
  readonly tlsPort: number;
  /** every line that was logged */
  readonly lines: Record<string, unknown>[];
  /** resolves when the front has let go of everything */
  readonly stop: () => Promise<void>;
}

type More = Partial<Front> & Omit<Rules, 'isTrusted'> & { readonly trustProxy?: readonly string[] };

export async function open(streams: readonly (Fed | Stream)[], more: More = {}): Promise<Opened> {
  const { log, lines } = writtenLog({ level: 'debug' });
  const stop = new AbortController();
  const list = streams.map((one) => ('stream' in one ? one.stream : one));
  let ended: Promise<void> = Promise.resolve();
  const addresses = await new Promise<readonly { url: string }[]>((told, failed) => {
    const options = {
      http: { host: '127.0.0.1', port: 0 },
      streams: new Map(list.map((stream) => [stream.path.toLowerCase(), stream])),
      containers: [mannered],
      self: 'pump-here',
      log,
      clock,
      told,
      rules: () => ({ ...more, isTrusted: range(more.trustProxy ?? []) }),
      ...more,
    };
    ended = runHttp(options, stop.signal);
    ended.catch(failed);
  });
  const end = async () => {
    stop.abort();
    for (const { channel } of list) channel.close();
    await clock.advance(5000);
    await ended;
  };
  onTestFinished(end);
  const [port = 0, tlsPort = 0] = addresses.map(({ url }) => Number(new URL(url).port));
  return { port, tlsPort, lines, stop: end };
}

/** With the stream that is enough for most. */
export async function openHall(more: More = {}) {
  const hall = feed('hall');
  return { hall, ...(await open([hall], more)) };
}

export interface Client {
  readonly socket: Socket;
  /** all that came so far */
  readonly text: string;
  say(text: string | Buffer): void;
  /** resolves once this has come */
  until(text: string | RegExp): Promise<string>;
  /** resolves with all that came when the connection is closed */
  readonly closed: Promise<string>;
}

export async function dial(port: number, tls?: ConnectionOptions): Promise<Client> {
  const socket = tls ? connectTls({ port, host: '127.0.0.1', ...tls }) : connect(port, '127.0.0.1');
  let text = '';
  const waiting = new Set<() => void>();
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
    for (const look of waiting) look();
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, tls ? 'secureConnect' : 'connect');
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    get text() {
      return text;
    },
    say: (bytes) => void socket.write(bytes),
    closed,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof wanted === 'string' ? !text.includes(wanted) : !wanted.test(text)) return;
          waiting.delete(look);
          resolve(text);
        };
        waiting.add(look);
        void closed.then(() => reject(new Error(`closed before ${String(wanted)} came: ${text}`)));
        look();
      }),
  };
}

/** A request as players write it. */
export function request(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const length = body === '' ? {} : { 'Content-Length': String(body.length) };
  const all = { Host: 'pump.test', ...length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Somebody who has asked on a connection of his own. */
export async function call(port: number, ...asked: Parameters<typeof request>): Promise<Client> {
  const client = await dial(port);
  client.say(request(...asked));
  return client;
}

/** One request on a connection of its own; the whole answer. */
export async function ask(
  port: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<string> {
  return (await call(port, line, { Connection: 'close', ...headers }, body)).closed;
}
