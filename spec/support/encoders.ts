// Real things that a pump takes a stream from: FFmpeg and our own `push` as encoders, VLC as a server.

import { extname } from 'node:path';
import type { Film } from './media.ts';
import { program } from './programs.ts';
import { command, type PumpProcess } from './pump-process.ts';
import { freePort, type Running, type Stage, until } from './stage.ts';

/** Posts without end, chunked, in the frames of Windows Media but without its handshake. */
export function ffmpegPush(stage: Stage, film: Film, url: string): Running {
  return ffmpegTo(stage, film, ['-f', 'asf_stream', url]);
}

/** Puts Matroska or a transport stream without end, chunked, as FFmpeg has it for a place where it cannot go back. */
export function ffmpegPut(stage: Stage, film: Film, url: string): Running {
  const container = { webm: 'webm', ts: 'mpegts' }[extname(film.file).slice(1)] ?? 'matroska';
  return ffmpegTo(stage, film, ['-f', container, '-method', 'PUT', url]);
}

/** Sends it in real time, again and again, to whatever FFmpeg can send to. */
export function ffmpegTo(stage: Stage, film: Film, output: readonly string[]): Running {
  const quiet = ['-nostdin', '-nostats', '-loglevel', 'warning'];
  const reading = ['-re', '-stream_loop', '-1', '-i', film.file];
  return stage.run(program('ffmpeg'), [...quiet, ...reading, '-c', 'copy', ...output]);
}

/** FFmpeg was killed, and is started again as soon as its connection is missed. */
export async function ffmpegPutAgain(stage: Stage, film: Film, pump: PumpProcess, path: string): Promise<void> {
  await until('the pump misses FFmpeg', async () => (await pump.status(path)).state === 'lost');
  ffmpegPut(stage, film, pump.url(`${path}_push`));
  await pump.live(path);
}

/** GStreamer's own pictures and tone; souphttpclientsink cuts its stream into many PUTs, each of a told length. */
export function gstreamerPut(stage: Stage, url: string): Running {
  const line = `
    webmmux name=mux streamable=true ! souphttpclientsink location=${url}
    videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 !
    vp8enc deadline=1 keyframe-max-dist=15 ! queue ! mux.video_0
    audiotestsrc is-live=true ! vorbisenc ! queue ! mux.audio_0`;
  return stage.run(program('gst-launch-1.0'), ['-q', ...line.trim().split(/\s+/)]);
}

/** As to an Icecast server: a PUT that tells no length. Always with a name and a password. */
export function ffmpegIcecast(stage: Stage, film: Film, url: string): Running {
  return ffmpegTo(stage, film, ['-f', 'webm', url.replace('http://', 'icecast://source:hackme@')]);
}

/** The same by libshout, which asks what the server can before. It sends the film once. */
export function libshout(stage: Stage, { file }: Film, url: string): Running {
  const { hostname, port, pathname } = new URL(url);
  const line = `filesrc location=${file} ! matroskademux ! webmmux streamable=true ! identity sync=true !
    shout2send ip=${hostname} port=${port} mount=${pathname} username=source password=hackme`;
  return stage.run(program('gst-launch-1.0'), ['-q', ...line.trim().split(/\s+/)]);
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

/** VLC sends it on as its `--sout` says. */
export function vlcTo(stage: Stage, film: Film, output: string): Running {
  const quiet = ['--ignore-config', '-I', 'dummy', '--no-color', '--loop', '--sout-keep'];
  return stage.run(program('vlc'), [...quiet, '--sout', output, film.file], { asUser: true });
}
