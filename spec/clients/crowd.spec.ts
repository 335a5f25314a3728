// Nobody harms another: idle connections and viewers who do not read, beside somebody who watches.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { mostConnections } from '../../src/http/connections.ts';
import { push } from '../support/encoders.ts';
import { filmFat } from '../support/media.ts';
import { ffmpeg, vlc } from '../support/players.ts';
import { withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { watchRaw } from '../support/raw-viewer.ts';
import { openStage, until } from '../support/stage.ts';
import { showsCleanly } from '../support/watching.ts';

/** As many as this process may have sockets for, and the pump as well. */
const IDLE = Math.min(10_000, mostConnections() - 1000);
const SLOW = 20;
const SECONDS = 15;
/** Node itself and its code take some 100 MiB; a backlog and what is on its way to each slow viewer come on top. */
const MOST_MEMORY_MIB = 256;

withPrograms(`${IDLE} idle connections and twenty viewers who do not read`, ['ffmpeg', 'vlc'], () => {
  const stage = openStage();

  test('do not disturb those who watch, and cost no memory', async () => {
    const film = filmFat();
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push', limits: { backlog: '3 MiB' } }] });
    push(stage, film, pump.url('hall_push'));
    await pump.live('hall');
    const [host, port] = pump.host.split(':');
    const idle = Array.from({ length: IDLE }, () => connect(Number(port), host).on('error', () => {}));
    const slow = Array.from({ length: SLOW }, () => watchRaw(pump.host, '/streams/hall'));
    stage.later(() => idle.forEach((socket) => socket.destroy()));
    stage.later(() => slow.forEach((viewer) => viewer.close()));
    await until('they have begun', () => slow.every(({ packets }) => packets > 0));
    await until('the idle ones are connected', () => idle.every(({ connecting }) => !connecting));
    expect(idle.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(0.9 * IDLE);
    slow.forEach((viewer) => viewer.pause());

    const pictures = SECONDS * film.framesPerSecond;
    await Promise.all([
      showsCleanly(ffmpeg(stage, pump.url('hall', 'mmsh')), pictures, 40_000),
      showsCleanly(vlc(stage, pump.url('hall', 'mmsh')), pictures, 40_000),
    ]);
    expect(memoryMib(pump.process.pid)).toBeLessThan(MOST_MEMORY_MIB);

    slow.forEach((viewer) => viewer.resume());
    await until('all of them have skipped what they missed', async () => (await pump.status('hall')).skips >= SLOW);
    expect(slow.map(({ frames }) => frames)).toEqual(slow.map(() => 'H D'));
    expect(slow.flatMap(({ backwards, misnumbered }) => [...backwards, ...misnumbered])).toEqual([]);
  });
});

function memoryMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
