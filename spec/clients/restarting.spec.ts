// The source is killed and comes back while people watch.

import { expect, test } from 'vitest';
import { push, pushAgain, vlcServer } from '../support/encoders.ts';
import { filmA, filmB, filmSilent } from '../support/media.ts';
import { ffmpeg, mplayer, type Player, shows, vlc } from '../support/players.ts';
import { withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { type RawViewer, watchRaw } from '../support/raw-viewer.ts';
import { freePort, openStage, until } from '../support/stage.ts';
import { nothing } from '../support/nothing.ts';

/** To begin with, and after the source came back. */
const PICTURES = 5 * 15;
const RAW_VIEWERS = 45;

withPrograms('A source that is killed and started again', ['ffmpeg', 'vlc', 'mplayer'], () => {
  const stage = openStage();

  async function watchers(host: string, url: (scheme: 'http' | 'mmsh') => string) {
    const raw = Array.from({ length: RAW_VIEWERS }, () => watchRaw(host, '/streams/hall'));
    stage.later(() => raw.forEach((viewer) => viewer.close()));
    const players = {
      vlc: vlc(stage, url('mmsh')),
      'vlc http': vlc(stage, url('http')),
      ffmpeg: ffmpeg(stage, url('mmsh')),
      'ffmpeg http': ffmpeg(stage, url('http')),
      mplayer: mplayer(stage, url('mmsh')),
    };
    const all = Object.values(players);
    await Promise.all(all.map((player) => shows(player, PICTURES, 30_000)));
    return { raw, players, all };
  }

  async function showMore(players: Player[]) {
    const before = players.map((player) => player.pictures());
    await Promise.all(players.map((player, index) => shows(player, (before[index] ?? 0) + PICTURES, 30_000)));
  }

  function wentOn(raw: RawViewer[]) {
    expect(raw.map(({ frames }) => frames)).toEqual(raw.map(() => 'H D'));
    expect(raw.flatMap(({ backwards }) => backwards)).toEqual([]);
    expect(raw.flatMap(({ misnumbered }) => misnumbered)).toEqual([]);
    expect(raw.filter(({ isOver }) => isOver)).toEqual([]);
  }

  test.concurrent('loses none of fifty viewers of a push, and their pictures go on in the same connection', async () => {
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }] });
    const first = push(stage, filmA(), pump.url('hall_push'));
    await pump.live('hall');
    const { raw, players, all } = await watchers(pump.host, (scheme) => pump.url('hall', scheme));
    const before = await pump.status('hall');
    expect(before.viewers).toBe(RAW_VIEWERS + all.length);

    await first.end('SIGKILL');
    await pushAgain(stage, filmA(), pump, 'hall');
    await showMore(all);

    wentOn(raw);
    const after = await pump.status('hall');
    expect(after).toMatchObject({ viewers: before.viewers, viewersTotal: before.viewersTotal, departures: nothing });
    const seconds = players.ffmpeg.frames().map((frame) => frame.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    await Promise.all(all.map((player) => player.stop()));
    expect(players.ffmpeg.complaints()).toEqual([]);
    expect(players['ffmpeg http'].complaints()).toEqual([]);
    // The picture that was being sent when the encoder was killed.
    expect(players.mplayer.complaints().filter((line) => !/Error at MB/.test(line))).toEqual([]);
  });

  test.concurrent('loses none of the viewers of a pull either', async () => {
    const port = await freePort();
    const first = await vlcServer(stage, filmSilent(), port);
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'pull', url: `mmsh://${first.host}/` }] });
    await pump.live('hall');
    const { raw, players, all } = await watchers(pump.host, (scheme) => pump.url('hall', scheme));

    await first.process.end('SIGKILL');
    await until('the pump misses it', async () => (await pump.status('hall')).state === 'lost');
    await vlcServer(stage, filmSilent(), port);
    await pump.live('hall');
    await showMore(all);

    wentOn(raw);
    const { departures, viewersTotal } = await pump.status('hall');
    expect({ departures, viewersTotal }).toEqual({ departures: {}, viewersTotal: RAW_VIEWERS + all.length });
    await Promise.all(all.map((player) => player.stop()));
    expect(players.ffmpeg.complaints()).toEqual([]);
  });

  test('with another header is told in the stream to those who understand it; the others come again', async () => {
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }] });
    const first = push(stage, filmA(), pump.url('hall_push'));
    await pump.live('hall');
    const looping = vlc(stage, pump.url('hall', 'mmsh'), ['--loop']);
    const ending = [ffmpeg(stage, pump.url('hall', 'mmsh')), mplayer(stage, pump.url('hall', 'mmsh'))];
    const modern = watchRaw(pump.host, '/streams/hall', 'NSPlayer/11.0.5721.5145');
    const old = watchRaw(pump.host, '/streams/hall', 'NSPlayer/4.1.0.3856');
    await Promise.all([looping, ...ending].map((player) => shows(player, PICTURES, 30_000)));
    const before = await pump.status('hall');

    await first.end('SIGKILL');
    await pushAgain(stage, filmB(), pump, 'hall');

    await until(
      'VLC has come again',
      async () => (await pump.status('hall')).viewersTotal > before.viewersTotal,
      30_000,
    );
    // It counts anew for what it opens anew.
    await until('VLC has left the old pictures behind', () => looping.pictures() < PICTURES);
    await shows(looping, PICTURES, 30_000);
    await Promise.all(ending.map((player) => until('the player has ended', () => player.process.isOver)));
    await until('old viewers are told the end', () => old.isOver);
    expect(old.frames).toBe('H D E0');
    expect(modern.frames).toBe('H D E1 C H D');
    expect(modern.misnumbered).toEqual([]);
    expect(modern.isOver).toBe(false);
    modern.close();
  });
});
