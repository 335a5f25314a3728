// The workers of a pump come and go: told to leave, stopped, killed, and with the pump itself. Each spec has a pump of its own.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { makeCertificate, writeCertificate } from '../../src/certificate.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { watchRaw } from '../support/raw-viewer.ts';
import { freePort, isThere, openStage, until } from '../support/stage.ts';
import { asOperator, encode, film, goOn, kept, operator, sees, text, watch, workers } from './stage.ts';

/** Several processes each, on a machine that may do much else. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 40_000, maxConcurrency: 4 });

const stage = openStage();

/** of its certificate */
const nameOf = (pump: PumpProcess) =>
  new Promise<unknown>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: pump.tlsPort, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on('error', reject);
  });

/** It has a SIGINT that it has not taken yet (proc_pid_status(5)). */
const isInterrupted = (pid: number) => {
  const [, pending = ''] = /^ShdPnd:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${pending}`) & 2n) !== 0n;
};

const isTold = (pump: PumpProcess, msg: string, worker: number) =>
  pump.log().some((line) => line.msg === msg && line['worker'] === worker);

describe.concurrent('a worker of a pump', () => {
  it('that is told to leave is replaced first, and goes with its last viewer; told again, it goes at once', async () => {
    const pump = await startPump(stage, { workers: 2, streams: [film] });
    await pump.live('film');
    for (const isPatient of [true, false]) {
      const viewers = Array.from({ length: 6 }, () => watch(stage, pump, 'film'));
      await sees(...viewers);
      const [told = Number.NaN, other] = workers(pump);
      process.kill(told, 'SIGTERM');
      await until('another is there', () => workers(pump)[0] !== told);
      await goOn('all viewers go on', ...viewers);
      expect(isThere(told)).toBe(true);
      if (isPatient) viewers.forEach((viewer) => viewer.close());
      else process.kill(told, 'SIGTERM');
      await until('it is gone', () => !isThere(told));
      if (!isPatient) expect(viewers.filter(({ isOver }) => isOver).length).toBeLessThan(6);
      viewers.forEach((viewer) => viewer.close());
      expect(workers(pump)[1]).toBe(other);
    }
    expect(isTold(pump, 'worker died', 1)).toBe(false);
  });

  it('that stands still gets nobody else, is ended and replaced; viewers of the other notice nothing', async () => {
    const https = { host: '127.0.0.1', port: 0, selfSigned: true };
    const pump = await startPump(stage, { workers: 2, https, admin: { users: operator }, streams: [film] });
    await pump.live('film');
    const [, still = Number.NaN] = workers(pump);
    const mine = async () => {
      const viewer = watch(stage, pump, 'film');
      await sees(viewer);
      return viewer;
    };
    const others = [await mine(), await mine()];
    const before = await nameOf(pump);
    const cert = join(pump.folder, 'certs', 'pump.crt');
    await writeCertificate({ cert, key: cert.replace('.crt', '.key') }, await makeCertificate(['another']));
    process.kill(still, 'SIGSTOP');
    // Whoever comes before that is noticed is then let in by the other.
    const early = Array.from({ length: 4 }, () => watch(stage, pump, 'film'));
    // Its own it cannot tell.
    expect(await text(pump, '/api/streams/film/viewers', { headers: asOperator })).toMatch(/^200 /);
    const aside = 'worker does not answer: others get what comes';
    await until('it is noticed', () => isTold(pump, aside, 2));
    const late = Array.from({ length: 6 }, () => watch(stage, pump, 'film'));
    await sees(...late);
    // One was on its way.
    await until('those are in', () => early.filter(({ bytes }) => bytes > 0).length >= early.length - 1);
    expect(isThere(still)).toBe(true);
    await until('it is ended', () => isTold(pump, 'worker hangs: it is ended', 2) && !isThere(still));
    await until('there is another', () => workers(pump)[1] !== still);
    expect([...others, ...late].filter(({ isOver }) => isOver).length).toBeLessThan(2);
    await until('both have the new certificate', async () => {
      const names = [await nameOf(pump), await nameOf(pump), await nameOf(pump)];
      return names.every((name) => name === 'another');
    });
    expect(before).toBe('localhost');
  });
});

describe.concurrent('the end of a pump with workers', () => {
  const begin = async () => {
    const pump = await startPump(stage, { workers: 2, streams: [film, { path: 'hall', type: 'push' }] });
    await encode(stage, pump, 'hall');
    const viewers = [1, 2].map(() => watchRaw(pump.host, '/streams/hall'));
    stage.later(() => viewers.forEach((viewer) => viewer.close()));
    await until('they see it', () => viewers.every(({ packets }) => packets > 10));
    expect(kept(pump)).toHaveLength(1);
    return { pump, viewers, pids: workers(pump) };
  };

  it('is told to viewers by Ctrl-C, which comes to all processes at once; nothing is left behind', async () => {
    const { pump, viewers, pids } = await begin();
    // At once only nearly: the primary hears of its workers' before its own.
    process.kill(pump.process.pid, 'SIGSTOP');
    for (const pid of pids) process.kill(pid, 'SIGINT');
    await until('they have got it', () => !pids.some(isInterrupted));
    process.kill(pump.process.pid, 'SIGINT');
    process.kill(pump.process.pid, 'SIGCONT');
    expect(await pump.process.ended).toBe(0);
    expect(viewers.map(({ frames }) => frames)).toEqual(['H D E0', 'H D E0']);
    expect(pids.filter(isThere)).toEqual([]);
    expect(kept(pump)).toEqual([]);
    const bad = pump.log().filter(({ msg }) => /^worker (?:died|was told to leave)/.test(msg));
    expect(bad).toEqual([]);
  });

  it('does not wait long for a worker that stands still', async () => {
    const { pump, pids } = await begin();
    stage.later(() => pids.filter(isThere).forEach((pid) => process.kill(pid, 'SIGKILL')));
    process.kill(pids[0] ?? Number.NaN, 'SIGSTOP');
    pump.process.signal('SIGTERM');
    expect(await pump.process.ended).toBe(0);
    expect(pids.filter(isThere)).toEqual([]);
    expect(kept(pump)).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const { pump, viewers, pids } = await begin();
    pump.process.signal('SIGKILL');
    expect(await pump.process.ended).toBe('SIGKILL');
    await until('all are gone', () => viewers.every(({ isOver }) => isOver) && !pids.some(isThere), 5000, 20);
    await until('its folder is', () => kept(pump).length === 0, 5000, 20);
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
    expect(kept(pump)).toEqual([]);
    expect(pump.process.err).not.toContain('EPIPE');
  });
});

describe.concurrent('a port that is taken', () => {
  const alone = openStage();

  it('is told in one line, and nothing stays', async () => {
    const pump = await startPump(alone, { streams: [film] });
    const http = { host: '127.0.0.1', port: Number(pump.host.split(':')[1]) };
    const second = startPump(alone, { http, workers: 2, streams: [film] });
    await expect(second).rejects.toThrow(/another program listens there/);
    const left = readdirSync(alone.folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('stream-pump-'))).toEqual([]);
  });
});

it.concurrent('a circle of pumps is noticed through workers', async () => {
  const [one, two] = [await freePort(), await freePort()];
  const around = (port: number, from: number, onDemand: boolean) => ({
    http: { host: '127.0.0.1', port },
    workers: 1,
    streams: [{ path: 'hall', type: 'pull' as const, url: `http://127.0.0.1:${from}/streams/hall`, onDemand }],
  });
  // The first to listen asks only when it is asked: two that ask each other at the same moment would both wait.
  const pumps = [await startPump(stage, around(one, two, true)), await startPump(stage, around(two, one, false))];
  await until('one of them says so', () =>
    pumps.some((pump) => pump.log().some((line) => String(line['reason']).includes('would be a loop'))),
  );
  await Promise.all(pumps.map((pump) => pump.process.end()));
});
