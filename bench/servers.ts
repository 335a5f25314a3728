// The servers that are compared, each as its own documentation says to run it, on free ports of the loopback, with the same source: a pull
// from the feed. Icecast and cubemap have the backlogs that they come with.

import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keepCertificate } from '../src/certificate.ts';
import { type Running, portOf, run } from './processes.ts';

export interface Serving {
  readonly port: number;
  /** what viewers ask for */
  readonly request: string;
  readonly tls: boolean;
  readonly processes: readonly Running[];
}

export interface Around {
  readonly feedPort: number;
  readonly container: 'mpegts' | 'asf';
  /** where the feed sends to, at its port, instead of being asked */
  readonly group?: string;
  /** how long bare loops collect, so that they are compared with a pump that does the same */
  readonly runMs: number;
  /** of the pump's stream, where it is not the usual one */
  readonly backlog?: string;
  /** a folder for what has to be written, and where the compiled programs are */
  readonly folder: string;
}

type Serve = (around: Around, cpus: string) => Promise<Serving>;

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const LOOP = fileURLToPath(new URL('loop.ts', import.meta.url));
const RELAY = fileURLToPath(new URL('relay.ts', import.meta.url));
const PLAIN = 'GET /stream HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n';
const ASK_TS = 'GET /streams/live HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n';
/** A Windows Media player that plays. */
const ASK_MMSH =
  'GET /streams/live HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: NSPlayer/11.0.5721.5145\r\n' +
  'Pragma: no-cache,rate=1.000000,stream-time=0,request-context=2\r\nPragma: xPlayStrm=1\r\n\r\n';

function pump({
  workers = 0,
  tls = false,
  ...bounds
}: {
  workers?: number;
  tls?: boolean;
  delay?: string;
} = {}): Serve {
  return async ({ feedPort, container, folder, group, backlog }, cpus) => {
    const limits = { limits: { ...bounds, ...(backlog !== undefined && { backlog }) } };
    const listener = { host: '127.0.0.1', port: await freePort() };
    const config = {
      ...(tls ? { https: { ...listener, selfSigned: true } } : { http: listener }),
      workers,
      streams: [
        group === undefined
          ? { path: 'live', type: 'pull', url: `http://127.0.0.1:${feedPort}/`, container, ...limits }
          : { path: 'live', type: 'multicast', url: `udp://${group}:${feedPort}`, interface: 'lo', ...limits },
      ],
    };
    const file = join(folder, `pump-${listener.port}.json`);
    writeFileSync(file, JSON.stringify(config));
    const server = run(process.execPath, [MAIN, 'serve', file, '--log-level', 'warn'], cpus, folder);
    await answers(listener.port);
    return { port: listener.port, request: container === 'asf' ? ASK_MMSH : ASK_TS, tls, processes: [server] };
  };
}

async function stunnel(around: Around, cpus: string): Promise<Serving> {
  const behind = await pump()(around, cpus);
  const port = await freePort();
  const { cert, key } = await keepCertificate(around.folder);
  const file = join(around.folder, `stunnel-${port}.conf`);
  const lines = [
    'foreground = yes',
    'pid =',
    '[pump]',
    `accept = 127.0.0.1:${port}`,
    `connect = 127.0.0.1:${behind.port}`,
  ];
  writeFileSync(file, [...lines, `cert = ${cert}`, `key = ${key}`, ''].join('\n'));
  const front = run('stunnel4', [file], cpus);
  await answers(port);
  return { ...behind, port, tls: true, processes: [...behind.processes, front] };
}

async function bareNode({ feedPort, runMs }: Around, cpus: string): Promise<Serving> {
  const server = run(process.execPath, ['--import', 'jiti/register', LOOP, `${feedPort}`, `${runMs}`], cpus);
  return { port: Number(await server.line()), request: PLAIN, tls: false, processes: [server] };
}

async function bareC({ feedPort, runMs, folder }: Around, cpus: string): Promise<Serving> {
  const server = run(join(folder, 'loop'), [`${feedPort}`, `${runMs}`], cpus);
  return { port: Number(await server.line()), request: PLAIN, tls: false, processes: [server] };
}

async function processes({ feedPort, group = '', folder }: Around, cpus: string): Promise<Serving> {
  const server = run(join(folder, 'relay'), [group, `${feedPort}`], cpus);
  return { port: Number(await server.line()), request: PLAIN, tls: false, processes: [server] };
}

async function datagrams({ feedPort, group = '' }: Around, cpus: string): Promise<Serving> {
  const server = run(process.execPath, ['--import', 'jiti/register', RELAY, group, `${feedPort}`], cpus);
  return { port: Number(await server.line()), request: PLAIN, tls: false, processes: [server] };
}

async function cubemap({ feedPort, folder }: Around, cpus: string): Promise<Serving> {
  const port = await freePort();
  const file = join(folder, `cubemap-${port}.config`);
  const lines = ['num_servers 1', `listen 127.0.0.1:${port}`, 'error_log type=console'];
  writeFileSync(file, [...lines, `stream /stream src=http://127.0.0.1:${feedPort}/ src_encoding=raw`, ''].join('\n'));
  const server = run('cubemap', [file], cpus);
  await answers(port);
  return { port, request: PLAIN, tls: false, processes: [server] };
}

async function icecast({ feedPort, folder }: Around, cpus: string): Promise<Serving> {
  const port = await freePort();
  const file = join(folder, `icecast-${port}.xml`);
  writeFileSync(
    file,
    `<icecast>
  <limits><clients>20000</clients><sources>2</sources><queue-size>16777216</queue-size></limits>
  <hostname>127.0.0.1</hostname>
  <listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <authentication><source-password>x</source-password></authentication>
  <relay><server>127.0.0.1</server><port>${feedPort}</port><mount>/</mount><local-mount>/stream</local-mount><on-demand>0</on-demand></relay>
  <paths><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><accesslog>-</accesslog><errorlog>-</errorlog><loglevel>1</loglevel></logging>
  ${process.getuid?.() === 0 ? '<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security>' : ''}
</icecast>
`,
  );
  const server = run('icecast2', ['-c', file], cpus);
  await answers(port);
  return { port, request: PLAIN, tls: false, processes: [server] };
}

/** A server is up when it can be connected to; viewers wait for its stream by themselves. */
async function answers(port: number): Promise<void> {
  for (const untilMs = performance.now() + 20_000; performance.now() < untilMs; await pause(100)) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isOpen) return;
  }
  throw new Error(`nobody listens at port ${port}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server);
      server.close(() => resolve(port));
    });
  });
}

interface Server {
  readonly serve: Serve;
  /** where it has more than one */
  readonly processors?: 'all';
  /** what it needs beside Node: a program, and the Debian package that has it */
  readonly needs?: readonly [string, string];
  /** viewers beside the scenario's who take nothing, and who take half */
  readonly stuck?: number;
  readonly half?: number;
}

const all = {
  pump: { serve: pump() },
  'pump with 1 worker': { serve: pump({ workers: 1 }) },
  'pump with 2 workers': { serve: pump({ workers: 2 }) },
  'pump with 2 workers on all processors': { serve: pump({ workers: 2 }), processors: 'all' },
  'pump with slow viewers': { serve: pump(), stuck: 30, half: 30 },
  'pump with 300 ms': { serve: pump({ delay: '300ms' }) },
  'pump with TLS': { serve: pump({ tls: true }) },
  'bare Node': { serve: bareNode },
  'bare C': { serve: bareC, needs: ['gcc', 'gcc'] },
  'process per viewer': { serve: processes, needs: ['gcc', 'gcc'] },
  'Node per datagram': { serve: datagrams },
  cubemap: { serve: cubemap, needs: ['cubemap', 'cubemap'] },
  Icecast: { serve: icecast, needs: ['icecast2', 'icecast2'] },
  'stunnel and pump': { serve: stunnel, needs: ['stunnel4', 'stunnel4'] },
} as const satisfies Record<string, Server>;

export type ServerName = keyof typeof all;
export const servers: Readonly<Record<ServerName, Server>> = all;
