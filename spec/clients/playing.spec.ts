// `stream-pump play`, in the ways in which people put something on the network with one command: what they type, and a player
// that shows it to its end.

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { clip, type Film } from '../support/media.ts';
import { ffmpeg, type Player, shows, vlc } from '../support/players.ts';
import { program, sideBySide, withPrograms } from '../support/programs.ts';
import { MAIN } from '../support/pump-process.ts';
import { serving } from '../support/origin.ts';
import { freePort, openStage, type Running, type Stage, until } from '../support/stage.ts';

const SECONDS = 6;
/** Of 90: it takes a moment until somebody has read the address. */
const PICTURES = 60;
const START_MS = 20_000;

/** What somebody types into a shell, with `stream-pump` installed. */
function typed(stage: Stage, line: string): Running {
  const whole = line.replaceAll('stream-pump play', `'${process.execPath}' '${MAIN}' play --port 0 --log-level warn`);
  // A shell that waits for its last command does not pass on a signal.
  return stage.run('/bin/sh', ['-c', line.includes('|') ? whole : `exec ${whole}`]);
}

function address(typing: Running): Promise<string> {
  return until(
    `it says its address; it says:\n${typing.err}`,
    () => /http:\/\/localhost:\d+\/\S+/.exec(typing.out)?.[0],
  );
}

/** The player shows most of it, without a word, and then both come to their end. */
async function showsAll(player: Player, typing: Running): Promise<void> {
  await shows(player, PICTURES, START_MS + SECONDS * 1000);
  const complaints = player.complaints();
  expect(await typing.ended).toBe(0);
  expect(typing.out).toMatch(/\nplayed 0:\d\d, /);
  expect(complaints).toEqual([]);
}

const quoted = ({ file }: Film) => `'${file}'`;

withPrograms('One command', ['ffmpeg'], () => {
  const stage = openStage();

  for (const ending of ['mkv', 'mp4', 'avi', 'ogv'] as const) {
    sideBySide(`plays a film: ${ending}`, ['ffmpeg'], async () => {
      const typing = typed(stage, `stream-pump play ${quoted(clip(ending))}`);
      await showsAll(ffmpeg(stage, await address(typing)), typing);
    });
  }

  sideBySide('plays a film to VLC', ['ffmpeg', 'vlc'], async () => {
    const typing = typed(stage, `stream-pump play ${quoted(clip('mkv'))} --loop`);
    const player = vlc(stage, await address(typing));
    await shows(player, 2 * PICTURES, START_MS + 2 * SECONDS * 1000);
    await player.stop();
  });

  sideBySide('plays what comes through a pipe', ['ffmpeg'], async () => {
    const typing = typed(stage, `cat ${quoted(clip('mkv'))} | stream-pump play -`);
    await showsAll(ffmpeg(stage, await address(typing)), typing);
  });

  sideBySide('plays an address', ['ffmpeg'], async () => {
    const { file } = clip('mkv');
    const server = await serving(
      createServer((_, response) => {
        response.writeHead(200, { 'Content-Length': statSync(file).size });
        createReadStream(file).pipe(response);
      }),
    );
    stage.later(() => server.close());
    const typing = typed(stage, `stream-pump play http://${server.host}/film`);
    await showsAll(ffmpeg(stage, await address(typing)), typing);
  });

  sideBySide("plays another site's HLS, whose AAC is not as Matroska wants it", ['ffmpeg'], async () => {
    const { file } = clip('mp4');
    const making = ['-loglevel', 'error', '-i', file, '-c', 'copy', '-f', 'hls', '-hls_time', '2'];
    const all = ['-hls_list_size', '0', join(stage.folder, 'list.m3u8')];
    expect(await stage.run(program('ffmpeg'), [...making, ...all]).ended).toBe(0);
    const server = await serving(
      createServer(({ url = '' }, response) => {
        createReadStream(join(stage.folder, basename(url))).pipe(response);
      }),
    );
    stage.later(() => server.close());
    const typing = typed(stage, `stream-pump play http://${server.host}/list.m3u8`);
    const player = ffmpeg(stage, await address(typing));
    await shows(player, PICTURES, START_MS);
    expect(player.complaints()).toEqual([]);
    typing.signal('SIGINT');
    expect(await typing.ended).toBe(0);
  });

  sideBySide('plays what netcat is called with', ['ffmpeg', 'nc'], async () => {
    const port = await freePort();
    const typing = typed(stage, `nc -l -p ${port} | stream-pump play -`);
    const url = await address(typing);
    send(stage, port);
    await showsAll(ffmpeg(stage, url), typing);
  });

  sideBySide('plays what it is called with itself, and waits for the next call', ['ffmpeg'], async () => {
    const port = await freePort();
    const typing = typed(stage, `stream-pump play 'tcp://127.0.0.1:${port}?listen'`);
    const url = await address(typing);
    send(stage, port);
    const player = ffmpeg(stage, url);
    await shows(player, PICTURES, START_MS);
    expect(player.complaints()).toEqual([]);
    typing.signal('SIGINT');
    expect(await typing.ended).toBe(0);
  });

  sideBySide('plays a screen', ['ffmpeg', 'Xvfb'], async () => {
    const screen = stage.run(program('Xvfb'), ['-displayfd', '1', '-screen', '0', '320x240x24', '-nolisten', 'tcp']);
    const display = await until('there is a screen', () => /^(\d+)\n/.exec(screen.out)?.[1]);
    const codec = '-c:v libx264 -preset veryfast -tune zerolatency -g 15 -pix_fmt yuv420p';
    const grab = `-f x11grab -framerate 15 -i :${display} ${codec}`;
    const typing = typed(stage, `stream-pump play --name desk -- ${grab}`);
    const player = ffmpeg(stage, await address(typing));
    await shows(player, PICTURES, START_MS);
    expect(player.complaints()).toEqual([]);
    typing.signal('SIGINT');
    expect(await typing.ended).toBe(0);
  });

  sideBySide('goes on with the times of a film that begins again', ['ffmpeg'], async () => {
    const typing = typed(stage, `stream-pump play --loop ${quoted(clip('avi', 2))}`);
    const player = ffmpeg(stage, await address(typing));
    await shows(player, PICTURES, START_MS);
    const seconds = player.frames().map((frame) => frame.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    expect(player.complaints()).toEqual([]);
    typing.signal('SIGINT');
    expect(await typing.ended).toBe(0);
  });

  sideBySide('leaves no FFmpeg behind when it is killed, even one that nobody answers', ['ffmpeg'], async () => {
    const silent = await serving(createServer(() => {}));
    stage.later(() => silent.close());
    const typing = typed(stage, `stream-pump play rtsp://${silent.host}/`);
    await until('FFmpeg asks', () => silent.open === 1);
    typing.signal('SIGKILL');
    await until('FFmpeg has gone', () => silent.open === 0);
  });
});

/** An encoder calls: as fast as it can, since the pump takes it by its own clock. */
function send(stage: Stage, port: number): void {
  const quiet = ['-nostdin', '-loglevel', 'error', '-i', clip('mp4').file];
  stage.run(program('ffmpeg'), [...quiet, '-c', 'copy', '-f', 'matroska', `tcp://127.0.0.1:${port}`]);
}
