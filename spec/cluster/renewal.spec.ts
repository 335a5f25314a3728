// A hang-up of a pump with workers: another configuration, and another build.

import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { startPump } from '../support/pump-process.ts';
import { isThere, openStage, until } from '../support/stage.ts';
import { film, goOn, sees, text, watch, workers } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Several processes, one after the other, on a machine that may do much else. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 40_000 });

const stage = openStage();

it('a hang-up changes streams without a viewer of the others noticing, and takes over another build', async () => {
  const copy = join(stage.folder, 'copy');
  mkdirSync(copy);
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const pump = await startPump(stage, { workers: 1, streams: [film] }, join(copy, 'dist', 'main.js'));
  await pump.live('film');
  const old = watch(stage, pump, 'film');
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
    const viewer = watch(stage, pump, 'more');
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
  const young = watch(stage, pump, 'film');
  await sees(young);
  await goOn('the old viewer goes on', old);
  expect(isThere(before)).toBe(true);
  old.close();
  await until('the old worker leaves with its last viewer', () => !isThere(before));
  expect(young.isOver).toBe(false);
  expect((await pump.status('film')).viewers).toBeLessThan(2);
  expect(await text(pump, '/streams/more')).toMatch(/^401/);
  const accessLog = join(pump.folder, 'access.log');
  const isWritten = async () => {
    const distant = watch(stage, pump, 'film', { 'X-Forwarded-For': '192.0.2.9' });
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
  await goOn('viewers go on', young);
  expect(workers(pump)).toEqual([after]);

  // Now none is there, until its build is mended.
  process.kill(after, 'SIGKILL');
  await until('another cannot begin', () => pump.log().some(({ msg }) => msg === 'worker does not start'));
  const patient = watch(stage, pump, 'film');
  cpSync(join(ROOT, 'dist', 'cluster'), join(copy, 'dist', 'cluster'), { recursive: true });
  await sees(patient);
  await pump.process.end();

  writeFileSync(program, 'process.exit(3);');
  const begun = startPump(stage, { workers: 2, streams: [film] }, join(copy, 'dist', 'main.js'));
  await expect(begun).rejects.toThrow('a worker ended as it began: exit code 3');
});
