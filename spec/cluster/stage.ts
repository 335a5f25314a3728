// What the specs of pumps with several processes share: viewers and encoders on plain sockets, and what a pump tells of its workers.

import { readdirSync } from 'node:fs';
import { get, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { asf } from '../support/asf.ts';
import { pushed } from '../support/mmsh.ts';
import type { PumpProcess } from '../support/pump-process.ts';
import { type Stage, until } from '../support/stage.ts';

const FILM = fileURLToPath(new URL('../../demo/demo.mpegts', import.meta.url));
export const film = { path: 'film', type: 'file', url: FILM, loop: true } as const;

export const operator = { operator: 'secret' };
export const asOperator = { Authorization: `Basic ${Buffer.from('operator:secret').toString('base64')}` };

export interface Seen {
  status: number;
  bytes: number;
  isOver: boolean;
  close(): void;
}

export function watch(
  { later }: Pick<Stage, 'later'>,
  pump: PumpProcess,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Seen {
  const seen: Seen = { status: 0, bytes: 0, isOver: false, close: () => void asking.destroy() };
  const asking = get(`http://${pump.host}/streams/${path}`, { agent: false, headers }, (answer) => {
    seen.status = answer.statusCode ?? 0;
    answer.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
    answer.on('close', () => (seen.isOver = true)).on('error', () => {});
  });
  asking.on('error', () => (seen.isOver = true));
  later(() => seen.close());
  return seen;
}

export const sees = (...viewers: readonly Seen[]) =>
  until('the viewers get the stream', () => viewers.every(({ bytes }) => bytes > 0));

/** They get more than they have. */
export async function goOn(what: string, ...viewers: readonly Seen[]): Promise<void> {
  const before = viewers.map(({ bytes }) => bytes);
  await until(what, () => viewers.every(({ bytes }, n) => bytes > (before[n] ?? 0)));
}

const windows = asf().video(1).audio(2);

/** An encoder in the middle of its body, which has sent a second of Windows Media. */
export async function encode({ later }: Pick<Stage, 'later'>, pump: PumpProcess, path: string): Promise<void> {
  const [host, port] = pump.host.split(':');
  const headers = { Expect: '100-continue', 'Content-Type': 'application/x-wms-pushstart' };
  const options = { host, port, method: 'POST', path: `/streams/${path}_push`, headers, agent: false };
  const encoder = request(options).on('error', () => {});
  later(() => void encoder.destroy());
  const asked = new Promise<void>((resolve) => encoder.once('continue', resolve));
  encoder.flushHeaders();
  await asked;
  encoder.write(pushed(windows.header(), windows.packets(20, { stripped: true })));
  await pump.live(path);
}

/** Status and body of an answer, by a connection of its own. */
export async function text(
  pump: PumpProcess,
  path: string,
  init: { method?: string; body?: string | Buffer; headers?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const headers = { connection: 'close', ...init.headers };
  const answer = await fetch(`http://${pump.host}${path}`, { ...init, headers });
  return `${answer.status} ${await answer.text()}`;
}

/** process ids of those that are there, by the workers' numbers */
export function workers(pump: PumpProcess): number[] {
  const pids = new Map<unknown, number>();
  for (const line of pump.log()) if (line.msg === 'worker ready') pids.set(line['worker'], Number(line['process']));
  // Zero would be this process and all that it belongs to.
  return [1, 2].map((worker) => pids.get(worker) ?? Number.NaN).filter((pid) => pid > 1);
}

/** what a pump of several processes keeps while it runs */
export const kept = (pump: PumpProcess) => readdirSync(pump.folder).filter((name) => name.startsWith('stream-pump-'));
