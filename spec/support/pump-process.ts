// The pump as its users run it: `dist/main.js serve CONFIG` in a process of its own, on ports that the system chooses.

import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Track } from '../../src/containers/container.ts';
import type { Report } from '../../src/containers/examination.ts';
import type { Sent } from '../../src/datagrams/sent.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type Running, type Stage, until } from './stage.ts';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface PumpProcess {
  readonly process: Running;
  /** host and port of its plain listener */
  readonly host: string;
  /** port of its listener for TLS */
  readonly tlsPort: number;
  /** the folder that it runs in */
  readonly folder: string;
  url(path: string, scheme?: 'http' | 'mmsh' | 'mms'): string;
  status(path: string): Promise<StreamStatus>;
  /** Waits until this stream is live. */
  live(path: string): Promise<StreamStatus>;
  /** its log so far */
  log(): LogLine[];
}

/** What these specs read of `/api/streams/PATH`. */
export interface StreamStatus {
  readonly state: string;
  readonly container?: string;
  readonly viewers: number;
  readonly viewersTotal: number;
  readonly departures: Readonly<Record<string, number>>;
  readonly skips: number;
  readonly source: { readonly restarts: number; readonly bytes: number; readonly lastError?: string };
  readonly tracks: readonly Track[];
  readonly report?: Report;
  readonly sentTo?: readonly Sent[];
}

export interface LogLine {
  readonly msg: string;
  readonly time: string;
  readonly [field: string]: unknown;
}

/** Runs the built program; `npm test` builds it before. */
export function command(stage: Stage, args: readonly string[], cwd?: string, main = MAIN): Running {
  if (!existsSync(main)) throw new Error('dist/main.js is not there: npm run build');
  return stage.run(process.execPath, [main, ...args], cwd === undefined ? {} : { cwd });
}

export async function startPump(
  stage: Stage,
  config: Pick<ConfigInput, 'streams'> & Partial<ConfigInput>,
  main = MAIN,
): Promise<PumpProcess> {
  const folder = await mkdtemp(join(stage.folder, 'pump-'));
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ http: { host: '127.0.0.1', port: 0 }, ...config }));
  const running = command(stage, ['serve', file, '--log-level', 'debug'], folder, main);
  const plain = /http:\/\/(127\.0\.0\.1:\d+)/;
  const host = await until('the pump says its address', () => {
    if (running.isOver) throw new Error(`the pump ended at once: ${running.err}`);
    return plain.exec(running.out)?.[1];
  });
  const status = async (path: string): Promise<StreamStatus> => {
    const answer = await fetch(`http://${host}/api/streams/${path}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own API, and the specs fail on what is not so
    return (await answer.json()) as StreamStatus;
  };
  const isLive = async (path: string) => {
    const now = await status(path);
    return now.state === 'live' ? now : undefined;
  };
  return {
    process: running,
    host,
    tlsPort: Number(/https:\/\/\S+?:(\d+)/.exec(running.out)?.[1] ?? 0),
    folder,
    url: (path: string, scheme = 'http') => `${scheme}://${host}/streams/${path}`,
    status,
    live: (path: string) => until(`${path} is live; the pump says:\n${running.err.slice(-4000)}`, () => isLive(path)),
    log: () => logOf(running),
  };
}

/** of all that it says on its error output, whole lines of the log */
export function logOf({ err }: Running): LogLine[] {
  return err.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
}
