// A pump of several processes, as it is built and started, and killed on purpose.

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get, request } from 'node:http';
import { get as getByTls } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificate, writeCertificate } from '../src/certificate.ts';
import { asf } from './support/asf.ts';
import { pushed } from './support/mmsh.ts';
import { type PumpProcess, startPump } from './support/pump-process.ts';
import { type RawViewer, watchRaw } from './support/raw-viewer.ts';
import { freePort, openStage, until } from './support/stage.ts';

const FILM = fileURLToPath(new URL('../demo/demo.mpegts', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const film = { path: 'film', type: 'file', url: FILM, loop: true } as const;
const windows = asf().video(1).audio(2);

const operator = { operator: 'secret' };
const asOperator = { Authorization: `Basic ${Buffer.from('operator:secret').toString('base64')}` };

/** Several processes each, on a machine that may do much else. */
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const stage = openStage();

interface Seen {
  status: number;
  bytes: number;
  isOver: boolean;
  close(): void;
}

function watch(pump: PumpProcess, path: string, headers: Readonly<Record<string, string>> = {}): Seen {
  const seen: Seen = { status: 0, bytes: 0, isOver: false, close: () => void asking.destroy() };
  const asking = get(`http://${pump.host}/streams/${path}`, { agent: false, headers }, (answer) => {
    seen.status = answer.statusCode ?? 0;
    answer.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
    answer.on('close', () => (seen.isOver = true)).on('error', () => {});
  });
  asking.on('error', () => (seen.isOver = true));
  onTestFinished(() => seen.close());
  return seen;
}

const sees = (...viewers: readonly Seen[]) =>
  until('the viewers get the stream', () => viewers.every(({ bytes }) => bytes > 0));

/** An encoder whose body goes on until it is told to end. */
function encode(pump: PumpProcess, path: string) {
  const [host, port] = pump.host.split(':');
  const headers = { Expect: '100-continue', 'Content-Type': 'application/x-wms-pushstart' };
  const options = { host, port, method: 'POST', path: `/streams/${path}_push`, headers, agent: false };
  const encoder = request(options).on('error', () => {});
  onTestFinished(() => void encoder.destroy());
  const asked = new Promise<void>((resolve) => encoder.once('continue', resolve));
  encoder.flushHeaders();
  return { asked, send: (...bytes: Buffer[]) => void encoder.write(Buffer.concat(bytes)) };
}

/** of its certificate */
const nameOf = (pump: PumpProcess) =>
  new Promise<unknown>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: pump.tlsPort, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on('error', reject);
  });

const text = async (
  pump: PumpProcess,
  path: string,
  init: { method?: string; body?: string | Buffer; headers?: Readonly<Record<string, string>> } = {},
) => {
  const answer = await fetch(`http://${pump.host}${path}`, {
    ...init,
    headers: { connection: 'close', ...init.headers },
  });
  return `${answer.status} ${await answer.text()}`;
};

/** process ids of those that are there, by the workers' numbers */
const workers = (pump: PumpProcess): number[] => {
  const pids = new Map<unknown, number>();
  for (const line of pump.log()) if (line.msg === 'worker ready') pids.set(line['worker'], Number(line['process']));
  // Zero would be this process and all that it belongs to.
  return [1, 2].map((worker) => pids.get(worker) ?? Number.NaN).filter((pid) => pid > 1);
};

const isThere = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** what a pump of several processes keeps while it runs */
const folders = () => readdirSync(stage.folder).filter((name) => name.startsWith('stream-pump-'));

describe('a pump with two workers', () => {
  let pump: PumpProcess;
  beforeAll(async () => {
    const publish = { users: { encoder: 'secret' } };
    pump = await startPump(stage, {
      workers: 2,
      https: { host: '127.0.0.1', port: 0, selfSigned: true },
      admin: { users: operator },
      streams: [
        film,
        { path: 'hall', type: 'push' },
        { path: 'guarded', type: 'push', publish },
        { ...film, path: 'members', watch: { users: { viewer: 'secret' } } },
        { ...film, path: 'small', limits: { viewers: 2 } },
      ],
    });
    await pump.live('film');
  });
  afterAll(() => pump.process.end());

  /** which worker has each viewer of the film, in the order in which they came */
  const places = () =>
    pump.log().flatMap(({ msg, stream, worker }) => (msg === 'viewer came' && stream === 'film' ? [worker] : []));

  it('spreads its viewers, and shows all of them in one status', async () => {
    const viewers = Array.from({ length: 40 }, () => watch(pump, 'film'));
    await sees(...viewers);
    for (const worker of [1, 2]) expect(places().filter((place) => place === worker).length).toBeGreaterThan(14);
    await until('all are counted', async () => (await pump.status('film')).viewers === 40);
    viewers.forEach((viewer) => viewer.close());
    await until('none is', async () => (await pump.status('film')).viewers === 0);
    expect(await pump.status('film')).toMatchObject({ viewersTotal: 40, viewersPeak: 40, departures: { left: 40 } });
    expect((await pump.status('film')).source.restarts).toBe(0);
  });

  it('takes an encoder wherever it comes, and hands it on as MMSH, first described, then played', async () => {
    const encoder = encode(pump, 'hall');
    await encoder.asked;
    encoder.send(pushed(windows.header(), windows.packets(20, { stripped: true })));
    await pump.live('hall');
    const described = await fetch(`http://${pump.host}/streams/hall`, { headers: { 'User-Agent': 'NSPlayer/7.10' } });
    expect(described.headers.get('content-type')).toBe('application/vnd.ms.wms-hdr.asfv1');
    expect((await described.arrayBuffer()).byteLength).toBeGreaterThan(100);
    const viewers: RawViewer[] = [1, 2, 3].map(() => watchRaw(pump.host, '/streams/hall'));
    onTestFinished(() => viewers.forEach((viewer) => viewer.close()));
    await until('three see it', () => viewers.every(({ packets }) => packets > 10));
    const log = { method: 'POST', headers: { 'User-Agent': 'NSPlayer/7.10', Pragma: 'log-line=1' } };
    expect(await text(pump, '/streams/hall', log)).toBe('204 ');
    const second = await text(pump, '/streams/hall_push', { method: 'PUT', body: Buffer.alloc(10_000) });
    expect(second).toMatch(/^409 /);
  });

  it('answers all else as one process does', async () => {
    expect(await text(pump, '/healthz')).toBe('200 ok\n');
    expect(await text(pump, '/readyz')).toMatch(/^503 not live: /);
    expect(await text(pump, '/streams/none')).toMatch(/^404 There is no stream of this name/);
    expect(await text(pump, '/streams/film_push', { method: 'PUT', body: 'x' })).toMatch(/^404 Nobody pushes/);
    expect(await text(pump, '/streams/film', { method: 'DELETE' })).toMatch(/^405 /);
    expect(await text(pump, '/streams/film', { method: 'HEAD' })).toBe('200 ');
    expect(await text(pump, '/streams/%zz')).toMatch(/^400 /);
    const refused = await until('the refusal is in the log', () =>
      pump.log().find(({ msg, url }) => msg === 'request refused' && url === '/streams/none'),
    );
    expect(refused['address']).toBe('127.0.0.1');
  });

  it('asks for passwords as one process does, and what one has asked for the next understands', async () => {
    for (let n = 0; n < 4; n++) {
      expect(await text(pump, '/streams/members')).toMatch(/^401 /);
      const Authorization = `Basic ${Buffer.from('viewer:secret').toString('base64')}`;
      await sees(watch(pump, 'members', { Authorization }));
    }
    const first = await fetch(`http://${pump.host}/streams/members`, { headers: { connection: 'close' } });
    const nonce = /nonce="([^"]+)"/.exec(first.headers.get('www-authenticate') ?? '')?.[1] ?? '';
    const md5 = (what: string) => createHash('md5').update(what).digest('hex');
    const uri = '/streams/members';
    const secret = md5('viewer:Stream Pump:secret');
    const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`GET:${uri}`)}`);
    const fields = `username="viewer", realm="Stream Pump", nonce="${nonce}", uri="${uri}", qop=auth, nc=00000001, cnonce="c"`;
    const viewers = [1, 2].map(() =>
      watch(pump, 'members', { Authorization: `Digest ${fields}, response="${response}"` }),
    );
    await sees(...viewers);
  });

  it('lets no more viewers in than a stream may have, counted over all', async () => {
    const [one, two] = [watch(pump, 'small'), watch(pump, 'small')];
    await sees(one, two);
    await until('the limit is known everywhere', async () => {
      const more = [watch(pump, 'small'), watch(pump, 'small')];
      await until('they are answered', () => more.every(({ status }) => status > 0));
      more.forEach((viewer) => viewer.close());
      return more.every(({ status }) => status === 503);
    });
    one.close();
    await until('there is room again', async () => {
      const more = watch(pump, 'small');
      await until('it is answered', () => more.status > 0);
      more.close();
      return more.status === 200;
    });
  });

  it('shows its viewers one by one, and sends one away, wherever it is', async () => {
    // More than either worker may still be thought to have of those before.
    const viewers = Array.from({ length: 24 }, () => watch(pump, 'film'));
    await sees(...viewers);
    const headers = asOperator;
    const listed = await text(pump, '/api/streams/film/viewers', { headers });
    const ids: string[] = JSON.parse(listed.slice(4)).viewers.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(24);
    expect(new Set(ids.map((id) => id.split('.')[0]))).toEqual(new Set(['1', '2']));
    const drop = (id = '') => text(pump, `/api/streams/film/viewers/${id}/drop`, { method: 'POST', headers });
    expect(await drop(ids[0])).toMatch(/^200 /);
    await until('one is gone', () => viewers.filter(({ isOver }) => isOver).length === 1);
    expect(await drop(ids[0])).toMatch(/^404 /);
  });

  it('talks TLS in its workers', async () => {
    const options = { host: '127.0.0.1', port: pump.tlsPort, rejectUnauthorized: false, agent: false } as const;
    const come = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const asking = getByTls({ ...options, path }, (answer) => {
          answer.once('data', (chunk: Buffer) => {
            resolve(`${answer.statusCode} ${chunk.length > 0}`);
            asking.destroy();
          });
        });
        asking.on('error', reject);
      });
    expect(await come('/streams/film')).toBe('200 true');
    expect(await come('/healthz')).toBe('200 true');
  });

  it('replaces a worker that is killed, at the cost of its own viewers alone', async () => {
    const earlier = places().length;
    const viewers = Array.from({ length: 60 }, () => watch(pump, 'film'));
    await sees(...viewers);
    const lost = places()
      .slice(earlier)
      .filter((worker) => worker === 1).length;
    const [first = Number.NaN] = workers(pump);
    process.kill(first, 'SIGKILL');
    const killedAtMs = Date.now();
    await until('its viewers are gone', () => viewers.filter(({ isOver }) => isOver).length === lost);
    await until('there is another', () => workers(pump)[0] !== first, 10_000, 20);
    // 0.4 s on a machine that has nothing else to do.
    expect(Date.now() - killedAtMs).toBeLessThan(4000);
    const rest = viewers.filter(({ isOver }) => !isOver);
    const before = rest.map(({ bytes }) => bytes);
    await until('the others go on', () => rest.every(({ bytes }, n) => bytes > (before[n] ?? 0)));
    // Whoever comes next is let in where there is more room.
    const later = places().length;
    const more = Array.from({ length: 10 }, () => watch(pump, 'film'));
    await sees(...more);
    expect(places().slice(later)).toEqual(Array(10).fill(1));
    await until('all are counted', async () => (await pump.status('film')).viewers === rest.length + more.length);
    expect(rest.every(({ isOver }) => !isOver)).toBe(true);
  });
});

describe('a worker of a pump', () => {
  let pump: PumpProcess;
  beforeAll(async () => {
    const https = { host: '127.0.0.1', port: 0, selfSigned: true };
    pump = await startPump(stage, { workers: 2, https, admin: { users: operator }, streams: [film] });
    await pump.live('film');
  });
  afterAll(() => pump.process.end());

  const isTold = (msg: string, worker: number) =>
    pump.log().some((line) => line.msg === msg && line['worker'] === worker);
  it('that is told to leave is replaced first, and goes with its last viewer; told again, it goes at once', async () => {
    for (const isPatient of [true, false]) {
      const viewers = Array.from({ length: 6 }, () => watch(pump, 'film'));
      await sees(...viewers);
      const [told = Number.NaN, other] = workers(pump);
      process.kill(told, 'SIGTERM');
      await until('another is there', () => workers(pump)[0] !== told);
      const bytes = viewers.map((viewer) => viewer.bytes);
      await until('all viewers go on', () => viewers.every((viewer, n) => viewer.bytes > (bytes[n] ?? 0)));
      expect(isThere(told)).toBe(true);
      if (isPatient) viewers.forEach((viewer) => viewer.close());
      else process.kill(told, 'SIGTERM');
      await until('it is gone', () => !isThere(told));
      if (!isPatient) expect(viewers.filter(({ isOver }) => isOver).length).toBeLessThan(6);
      viewers.forEach((viewer) => viewer.close());
      expect(workers(pump)[1]).toBe(other);
    }
    expect(isTold('worker died', 1)).toBe(false);
  });

  it('that stands still gets nobody else, is ended and replaced; viewers of the other notice nothing', async () => {
    const [, still = Number.NaN] = workers(pump);
    const mine = async () => {
      const viewer = watch(pump, 'film');
      await sees(viewer);
      return viewer;
    };
    const others = [await mine(), await mine()];
    const before = await nameOf(pump);
    const cert = join(pump.folder, 'certs', 'pump.crt');
    await writeCertificate({ cert, key: cert.replace('.crt', '.key') }, await makeCertificate(['another']));
    process.kill(still, 'SIGSTOP');
    // Whoever comes before that is noticed is then let in by the other.
    const early = Array.from({ length: 4 }, () => watch(pump, 'film'));
    // Its own it cannot tell.
    expect(await text(pump, '/api/streams/film/viewers', { headers: asOperator })).toMatch(/^200 /);
    const aside = 'worker does not answer: others get what comes';
    await until('it is noticed', () => isTold(aside, 2));
    const late = Array.from({ length: 6 }, () => watch(pump, 'film'));
    await sees(...late);
    // One was on its way.
    await until('those are in', () => early.filter(({ bytes }) => bytes > 0).length >= early.length - 1);
    expect(isThere(still)).toBe(true);
    await until('it is ended', () => isTold('worker hangs: it is ended', 2) && !isThere(still));
    await until('there is another', () => workers(pump)[1] !== still);
    expect([...others, ...late].filter(({ isOver }) => isOver).length).toBeLessThan(2);
    await until('both have the new certificate', async () => {
      const names = [await nameOf(pump), await nameOf(pump), await nameOf(pump)];
      return names.every((name) => name === 'another');
    });
    expect(before).toBe('localhost');
  });
});

describe('the end of a pump with workers', () => {
  const begin = async () => {
    const pump = await startPump(stage, { workers: 2, streams: [film, { path: 'hall', type: 'push' }] });
    encode(pump, 'hall').send(pushed(windows.header(), windows.packets(20, { stripped: true })));
    await pump.live('hall');
    const viewers = [1, 2].map(() => watchRaw(pump.host, '/streams/hall'));
    onTestFinished(() => viewers.forEach((viewer) => viewer.close()));
    await until('they see it', () => viewers.every(({ packets }) => packets > 10));
    expect(folders()).toHaveLength(1);
    return { pump, viewers, pids: workers(pump) };
  };

  it('is told to viewers by Ctrl-C, which comes to all processes at once; nothing is left behind', async () => {
    const { pump, viewers, pids } = await begin();
    // In whatever order.
    for (const pid of [...pids, pump.process.pid]) process.kill(pid, 'SIGINT');
    expect(await pump.process.ended).toBe(0);
    expect(viewers.map(({ frames }) => frames)).toEqual(['H D E0', 'H D E0']);
    expect(pids.filter(isThere)).toEqual([]);
    expect(folders()).toEqual([]);
    const bad = pump.log().filter(({ msg }) => /^worker (?:died|was told to leave)/.test(msg));
    expect(bad).toEqual([]);
  });

  it('does not wait long for a worker that stands still', async () => {
    const { pump, pids } = await begin();
    onTestFinished(() => pids.filter(isThere).forEach((pid) => process.kill(pid, 'SIGKILL')));
    process.kill(pids[0] ?? Number.NaN, 'SIGSTOP');
    pump.process.signal('SIGTERM');
    expect(await pump.process.ended).toBe(0);
    expect(pids.filter(isThere)).toEqual([]);
    expect(folders()).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const { pump, viewers, pids } = await begin();
    pump.process.signal('SIGKILL');
    expect(await pump.process.ended).toBe('SIGKILL');
    await until('all are gone', () => viewers.every(({ isOver }) => isOver) && !pids.some(isThere), 5000, 20);
    await until('its folder is', () => folders().length === 0, 5000, 20);
  });

  it('leaves nothing behind when it is killed while its workers are busy', async () => {
    const { pump, viewers, pids } = await begin();
    pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    const stoppedAtMs = Date.now();
    pump.process.signal('SIGKILL');
    await until('they would have told it something', () => Date.now() - stoppedAtMs > 1200);
    pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
    expect(await pump.process.ended).toBe('SIGKILL');
    await until('all are gone', () => viewers.every(({ isOver }) => isOver) && !pids.some(isThere), 5000, 20);
    expect(folders()).toEqual([]);
    expect(pump.process.err).not.toContain('EPIPE');
  });
});

it('a port that is taken is told in one line, and no process stays', async () => {
  const pump = await startPump(stage, { streams: [film] });
  const http = { host: '127.0.0.1', port: Number(pump.host.split(':')[1]) };
  await expect(startPump(stage, { http, workers: 2, streams: [film] })).rejects.toThrow(
    /another program listens there/,
  );
  await pump.process.end();
  expect(folders()).toEqual([]);
});

it('a circle of pumps is noticed through workers', async () => {
  const [one, two] = [await freePort(), await freePort()];
  const around = (port: number, from: number, workers: number) => ({
    http: { host: '127.0.0.1', port },
    workers,
    // Where both ask at the same moment, neither hears of the other before one has given up waiting.
    streams: [
      { path: 'hall', type: 'pull' as const, url: `http://127.0.0.1:${from}/streams/hall`, limits: { grace: '2s' } },
    ],
  });
  const pumps = [await startPump(stage, around(one, two, 1)), await startPump(stage, around(two, one, 1))];
  await until('one of them says so', () =>
    pumps.some((pump) => pump.log().some((line) => String(line['reason']).includes('would be a loop'))),
  );
  await Promise.all(pumps.map((pump) => pump.process.end()));
});

it('a hang-up changes streams without a viewer of the others noticing, and takes over another build', async () => {
  const copy = join(stage.folder, 'copy');
  mkdirSync(copy);
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const pump = await startPump(stage, { workers: 1, streams: [film] }, join(copy, 'dist', 'main.js'));
  await pump.live('film');
  const old = watch(pump, 'film');
  await sees(old);
  /** as a terminal does; what it means is the first process' to say */
  const tellAll = (signal: NodeJS.Signals) => {
    for (const pid of [...workers(pump), pump.process.pid]) process.kill(pid, signal);
  };
  const configure = (streams: readonly object[], more: object = {}) => {
    const http = { host: '127.0.0.1', port: 0 };
    writeFileSync(join(pump.folder, 'config.json'), JSON.stringify({ http, workers: 1, ...more, streams }));
    tellAll('SIGHUP');
  };

  configure([film, { ...film, path: 'more' }, { ...film, path: 'guarded', watch: { users: { viewer: 'secret' } } }]);
  await until('the new stream is there', async () => (await text(pump, '/api/streams')).includes('"more"'));
  await until('it is served by the worker', async () => {
    const viewer = watch(pump, 'more');
    await sees(viewer);
    viewer.close();
    return pump.log().some(({ msg, stream, worker }) => msg === 'viewer came' && stream === 'more' && worker === 1);
  });
  expect(await text(pump, '/streams/guarded')).toMatch(/^401/);
  const [before = Number.NaN] = workers(pump);

  // With another configuration, which comes while the new worker begins.
  const program = join(copy, 'dist', 'cluster', 'worker.js');
  writeFileSync(program, `await new Promise((then) => setTimeout(then, 1500));\n${readFileSync(program, 'utf8')}`);
  const guarded = { ...film, path: 'more', watch: { users: { viewer: 'secret' } } };
  configure([film, guarded], { trustProxy: ['127.0.0.1'], accessLog: { file: join(pump.folder, 'access.log') } });
  await until('another worker is there', () => pump.log().some(({ msg }) => msg === 'new build taken over'));
  await until('it says what stays', () =>
    pump.log().some(({ msg }) => msg.includes('started from: start the pump anew')),
  );
  const [after = Number.NaN] = workers(pump);
  expect(after).not.toBe(before);
  const young = watch(pump, 'film');
  await sees(young);
  const bytes = old.bytes;
  await until('the old viewer goes on', () => old.bytes > bytes);
  expect(isThere(before)).toBe(true);
  old.close();
  await until('the old worker leaves with its last viewer', () => !isThere(before));
  expect(young.isOver).toBe(false);
  expect((await pump.status('film')).viewers).toBeLessThan(2);
  expect(await text(pump, '/streams/more')).toMatch(/^401/);
  const accessLog = join(pump.folder, 'access.log');
  const isWritten = async () => {
    const distant = watch(pump, 'film', { 'X-Forwarded-For': '192.0.2.9' });
    await sees(distant);
    distant.close();
    return /^192\.0\.2\.9 .*film/m.test(readFileSync(accessLog, 'utf8'));
  };
  await until('visits are written', isWritten);
  renameSync(accessLog, `${accessLog}.1`);
  tellAll('SIGUSR2');
  await until('there is a new access log', () => existsSync(accessLog));
  await until('visits are written into it', isWritten);

  // One that speaks another language.
  const messages = join(copy, 'dist', 'cluster', 'messages.js');
  writeFileSync(messages, readFileSync(messages, 'utf8').replace(/MESSAGES = \d+/, 'MESSAGES = 1000'));
  pump.process.signal('SIGHUP');
  const refusal = await until('it is refused', () =>
    pump.log().find(({ msg }) => msg === 'new worker does not start: the old one goes on'),
  );
  expect(refusal['reason']).toMatch(/^the pump was started from a build that this one \(\d.*\) does not understand/);
  const { bytes: soFar } = young;
  await until('viewers go on', () => young.bytes > soFar);
  expect(workers(pump)).toEqual([after]);

  // Now none is there, until its build is mended.
  process.kill(after, 'SIGKILL');
  await until('another cannot begin', () => pump.log().some(({ msg }) => msg === 'worker does not start'));
  const patient = watch(pump, 'film');
  cpSync(join(ROOT, 'dist', 'cluster'), join(copy, 'dist', 'cluster'), { recursive: true });
  await sees(patient);
  await pump.process.end();

  writeFileSync(program, 'process.exit(3);');
  const begun = startPump(stage, { workers: 2, streams: [film] }, join(copy, 'dist', 'main.js'));
  await expect(begun).rejects.toThrow('a worker ended as it began: exit code 3');
});
