// Test films, made by FFmpeg when first asked for and kept in the system's folder for temporary files: a moving picture, every
// frame of which differs from the one before, and a tone. The codecs and the container are those of Windows Media.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from './programs.ts';

export interface Film {
  readonly file: string;
  readonly framesPerSecond: number;
}

const SECONDS = 90;

/** The usual one: a key frame a second. */
export function filmA(): Film {
  const video = ['-c:v', 'wmv2', '-b:v', '260k', '-g', '15'];
  return film(
    'a',
    15,
    ['testsrc2=size=320x240:rate=15', 'sine=beep_factor=4'],
    [...video, '-c:a', 'wmav2', '-b:a', '32k', '-ac', '2'],
  );
}

/** Without sound: VLC's server numbers pictures and sound as they happen to come up, so that with both its header may be another one
 *  after every start. */
export function filmSilent(): Film {
  return film('silent', 15, ['testsrc2=size=320x240:rate=15'], ['-c:v', 'wmv2', '-b:v', '260k', '-g', '15']);
}

/** Another in everything that its header says: size, codecs, packets. */
export function filmB(): Film {
  const video = ['-c:v', 'wmv1', '-b:v', '200k', '-g', '12', '-packet_size', '2000'];
  return film(
    'b',
    12,
    ['testsrc2=size=352x288:rate=12', 'sine=frequency=880'],
    [...video, '-c:a', 'wmav2', '-ac', '1', '-ar', '22050'],
  );
}

/** So many bytes that whoever does not read is noticed within seconds. */
export function filmFat(): Film {
  const video = ['-c:v', 'wmv2', '-b:v', '12M', '-g', '25', '-packet_size', '16000'];
  return film(
    'fat',
    25,
    ['testsrc2=size=800x600:rate=25,noise=alls=8:allf=t', 'sine'],
    [...video, '-c:a', 'wmav2'],
    30,
  );
}

const CODECS = {
  mkv: ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '15', '-bf', '0', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  webm: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '300k', '-g', '15', '-c:a', 'libvorbis'],
  ts: ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '15', '-bf', '0', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  mp4: ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '15', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
  avi: ['-c:v', 'mpeg4', '-g', '15', '-c:a', 'libmp3lame'],
  ogv: ['-c:v', 'libtheora', '-g', '15', '-c:a', 'libvorbis', '-f', 'ogg'],
} as const;

/** The one that everybody gets with the pump: VP9 and Opus. */
export function demo(): Film {
  return { file: fileURLToPath(new URL('../../demo/demo.webm', import.meta.url)), framesPerSecond: 25 };
}

/** A few seconds of another container, with the codecs that people have in it; `more`: of FFmpeg's options. */
export function clip(ending: keyof typeof CODECS, seconds = 6, more: readonly string[] = []): Film {
  const inputs = ['testsrc2=size=320x240:rate=15', 'sine=beep_factor=4'];
  return film('clip', 15, inputs, [...CODECS[ending], ...more], seconds, ending);
}

/** Two programs in one transport stream of a constant rate, as broadcasters have them; the second has 15 pictures a second. */
export function multiplex(seconds: number): Film {
  const inputs = ['testsrc=size=320x240:rate=25', 'sine', 'testsrc2=size=320x240:rate=15', 'sine=frequency=880'];
  const codecs = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-g',
    '15',
    '-bf',
    '0',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'mp2',
  ];
  const programs = ['-program', 'title=One:st=0:st=1', '-program', 'title=Two:st=2:st=3'];
  const all = ['-map', '0', '-map', '1', '-map', '2', '-map', '3', ...codecs, ...programs, '-muxrate', '3000k'];
  return film('multiplex', 15, inputs, all, seconds, 'ts');
}

function film(
  name: string,
  framesPerSecond: number,
  inputs: readonly string[],
  codecs: readonly string[],
  seconds = SECONDS,
  ending = 'asf',
): Film {
  const args = [...inputs.flatMap((input) => ['-f', 'lavfi', '-i', input]), '-t', `${seconds}`, ...codecs];
  const id = createHash('sha256').update(args.join(' ')).digest('hex').slice(0, 12);
  const file = join(tmpdir(), `stream-pump-film-${name}-${id}.${ending}`);
  if (!existsSync(file)) {
    const unfinished = file.replace(/(?=\.\w+$)/, `.${process.pid}`);
    execFileSync(program('ffmpeg'), ['-v', 'error', '-y', ...args, unfinished]);
    chmodSync(unfinished, 0o644); // VLC, which serves it, runs as another user
    renameSync(unfinished, file);
  }
  return { file, framesPerSecond };
}
