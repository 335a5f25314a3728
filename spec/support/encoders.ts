// Real things that a pump takes a stream from: FFmpeg and our own `push` as encoders, VLC as a server.

import type { Film } from './media.ts';
import { program } from './programs.ts';
import { command, type PumpProcess } from './pump-process.ts';
import { freePort, type Running, type Stage, until } from './stage.ts';

/** Posts without end, chunked, in the frames of Windows Media but without its handshake. */
export function ffmpegPush(stage: Stage, film: Film, url: string): Running {
  const reading = ['-re', '-stream_loop', '-1', '-i', film.file];
  return stage.run(program('ffmpeg'), [
    '-nostdin',
    '-nostats',
    '-loglevel',
    'warning',
    ...reading,
    '-c',
    'copy',
    '-f',
    'asf_stream',
    url,
  ]);
}

/** `stream-pump push`: does what Expression Encoder does. */
export function push(stage: Stage, film: Film, url: string): Running {
  return command(stage, ['push', film.file, url, '--loop']);
}

/** An encoder is started anew after another was killed: its operator tries again as long as the old one's place is kept. */
export async function pushAgain(stage: Stage, film: Film, pump: PumpProcess, path: string): Promise<Running> {
  const { restarts } = (await pump.status(path)).source;
  let encoder = push(stage, film, pump.url(`${path}_push`));
  await until('the new encoder is taken', async () => {
    if (encoder.isOver) encoder = push(stage, film, pump.url(`${path}_push`));
    const { state, source } = await pump.status(path);
    return state === 'live' && source.restarts > restarts;
  });
  return encoder;
}

/** VLC as a Windows Media server; resolves with its address as soon as it has something to send. */
export async function vlcServer(
  stage: Stage,
  film: Film,
  port?: number,
): Promise<{ readonly process: Running; readonly host: string }> {
  const host = `127.0.0.1:${port ?? (await freePort())}`;
  const quiet = ['--ignore-config', '-I', 'dummy', '--no-color'];
  const serving = ['--loop', '--sout-keep', '--sout', `#std{access=mmsh,mux=asfh,dst=${host}/}`];
  const process = stage.run(program('vlc'), [...quiet, ...serving, film.file], { asUser: true });
  const answer = () =>
    fetch(`http://${host}/`).then(
      (reply) => reply.arrayBuffer(),
      () => undefined,
    );
  await until('VLC serves its film', async () => (await answer())?.byteLength);
  return { process, host };
}
