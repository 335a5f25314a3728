// Real players as specs see them: each one plays a URL the way it does for a person, only that nobody looks, and tells how many
// pictures it has shown, and what it complained about. Nothing is read from how the pump answered.

import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './programs.ts';
import { type Running, type Stage, until } from './stage.ts';

export interface Player {
  readonly process: Running;
  /** how many it has shown since it began, or since its last start where it starts again by itself */
  pictures(): number;
  /** All that it complained about, without what it says of every stream. */
  complaints(): string[];
  /** how often it said that something came too late to be shown, which is no complaint while it still joins */
  late(): number;
  /** Stops it as its user does. */
  stop(): Promise<unknown>;
}

export type Play = (stage: Stage, url: string) => Player;

/** Waits until it has shown so many pictures; says what it complained about where it does not. */
export async function shows(player: Player, pictures: number, withinMs: number): Promise<void> {
  let shown = 0;
  const isEnough = () => {
    shown = player.pictures();
    if (shown < pictures && player.process.isOver) throw new Error('it has ended');
    return shown >= pictures;
  };
  await until(`${pictures} pictures`, isEnough, withinMs, 250).catch((error: unknown) => {
    const last = [
      ...player.complaints(),
      player.process.err.slice(-2000),
      without(lines(player.process.out), /stats: returned/).slice(-20),
    ]
      .flat()
      .join('\n');
    throw new Error(`it showed ${shown} of ${pictures} pictures: ${String(error)}\n${last}`);
  });
}

const lines = (text: string): string[] => text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
const without = (text: string[], usual: RegExp): string[] => text.filter((line) => !usual.test(line));

/** A picture that FFmpeg decoded. */
export interface Frame {
  readonly key: boolean;
  readonly seconds: number;
  /** of what is to be seen */
  readonly checksum: string;
}

/** Decodes everything and shows each picture to its `showinfo` filter, none twice and none left out. */
export function ffmpeg(stage: Stage, url: string, options: readonly string[] = []): Player & { frames(): Frame[] } {
  const quiet = ['-nostdin', '-nostats', '-hide_banner', '-loglevel', 'repeat+level+info'];
  // Times are not rounded to whole pictures, two of which may become one where a stream goes on half a picture later.
  const exactly = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1:90000'];
  const showing = ['-vf', 'showinfo', ...exactly, '-f', 'null', '-'];
  const running = stage.run(program('ffmpeg'), [...quiet, ...options, '-i', url, ...showing]);
  const shown = /\bn: *\d+ .*pts_time:(\S+) .*iskey:(\d).* checksum:(\w+)/;
  const frames = () =>
    lines(running.err).flatMap((line) => {
      const [, seconds, key, checksum] = shown.exec(line) ?? [];
      return checksum === undefined ? [] : [{ key: key === '1', seconds: Number(seconds), checksum }];
    });
  return {
    process: running,
    frames,
    pictures: () => frames().length,
    complaints: () =>
      without(
        lines(running.err).filter((line) => /\[(warning|error|fatal|panic)\]/.test(line)),
        FFMPEG_SAYS,
      ),
    late: () => 0,
    stop: () => running.end('SIGINT'),
  };
}

/** FFmpeg tells of every ASF stream that it has to guess how two channels are arranged, and of every end of a live one that
 *  it was not the length of the file that ended it. Padding that was cut off on the way it appends again, and wonders when there
 *  were only a few bytes of it. */
const FFMPEG_SAYS = /Guessed Channel Layout|Stream ended!|Exiting normally|Skip due to FRAME_HEADER_SIZE/;

/** Shows pictures to its dummy display at the times when they are due; those that are late count as lost, not as shown. Its
 *  remote control tells its own statistics. `--loop`: what ends is begun anew, as in an unattended room. */
export function vlc(stage: Stage, url: string, options: readonly string[] = []): Player {
  const quiet = ['--ignore-config', '--verbose', '1', '--no-color', '--no-interact'];
  const blind = ['-I', 'oldrc', '--rc-fake-tty', '--vout', 'dummy', '--aout', 'dummy'];
  const running = stage.run(program('vlc'), [...quiet, ...blind, ...options, url], { asUser: true });
  const told = () =>
    running.out.split('begin of statistical info').slice(1).at(-1)?.split('end of statistical info')[0] ?? '';
  const number = (name: string) => Number(new RegExp(`${name} *: *(\\d+)`).exec(told())?.[1] ?? 0);
  return {
    process: running,
    pictures() {
      running.say('stats');
      return number('frames displayed');
    },
    complaints() {
      const counted = ['demux corrupted', 'discontinuities'].map((name) => `${name}: ${number(name)}`);
      const said = lines(running.err).filter((line) => / (error|warning): /.test(line));
      return [...without(counted, /: 0$/), ...without(without(said, VLC_SAYS), VLC_IS_LATE)];
    },
    late: () => lines(running.err).filter((line) => VLC_IS_LATE.test(line)).length,
    async stop() {
      running.say('quit');
      return running.end();
    },
  };
}

/** By its RTP, which runs in a thread of its own, VLC counts nothing: it draws into a file. `size`: of a picture. */
export function vlcDrawing(stage: Stage, url: string, size: number): Player {
  const folder = mkdtempSync(join(stage.folder, 'vlc-'));
  const drawn = join(folder, 'pictures');
  chmodSync(folder, 0o777);
  const player = vlc(stage, url, ['--vout', 'yuv', '--yuv-file', drawn, '--yuv-chroma', 'I420']);
  return { ...player, pictures: () => Math.floor((existsSync(drawn) ? statSync(drawn).size : 0) / size) };
}

/** Without a desktop VLC misses its bus and its hot keys; it reads a description until the connection ends and tells that as an
 *  error; and for mms:// it tries the protocol of old over TCP and UDP, which is in vain by nature. Of any Matroska in
 *  which it cannot seek, such as FFmpeg's own live one, it says that there are no clusters in it, and then plays them; of AAC, that the
 *  first frame gave no sound. */
const VLC_SAYS =
  /dbus|cannot find any cluster|decoded zero sample|suitable interface module|globalhotkeys|inhibit|access_mms.*(cannot read data|failed to receive command|cannot connect to server)/i;

/** It resets its clock when it has begun too early by it, as it does with every stream of its own server. */
const VLC_IS_LATE = /too late|late frames/;

/** Shows every picture to its md5sum display, which writes a line for each. */
export function mplayer(stage: Stage, url: string, options: readonly string[] = []): Player {
  const folder = mkdtempSync(join(stage.folder, 'mplayer-'));
  const sums = join(folder, 'pictures');
  chmodSync(folder, 0o777);
  const quiet = ['-noconfig', 'all', '-nolirc', '-noconsolecontrols', '-nojoystick', '-slave', '-v'];
  const blind = ['-vo', `md5sum:outfile=${sums}`, '-ao', 'null', '-cache', '320', '-cache-min', '5'];
  const running = stage.run(program('mplayer'), [...quiet, ...blind, ...options, url]);
  return {
    process: running,
    pictures: () => (existsSync(sums) ? lines(readFileSync(sums, 'utf8')).length : 0),
    complaints: () => without(lines(running.err), MPLAYER_SAYS),
    late: () => 0,
    async stop() {
      running.say('quit');
      return running.end();
    },
  };
}

/** MPlayer tells on its error output that there is no name service for an address, that its cache was empty when it began, and how its
 *  decoder takes threads. Of VP8, VP9 and Opus, in files too, that it has to copy pictures, and how Opus begins. */
const MPLAYER_SAYS =
  /AF_INET6|Cache empty|frame threading|MPlayer interrupted|DRI failure|Could not update timestamps for skipped samples/;

/** mpv itself got no processor for a while. */
const UNDERRUN = /^Audio device underrun detected/;

/** Shows pictures to a display that is not there, at the times when they are due; what it drops it does not show. It writes down
 *  when it turns to the next picture. */
export function mpv(stage: Stage, url: string): Player {
  const turns = join(mkdtempSync(join(stage.folder, 'mpv-')), 'turns');
  const quiet = ['--no-config', '--no-input-terminal', '--ytdl=no', '--msg-level=all=warn'];
  const blind = ['--vo=null', '--ao=null', `--dump-stats=${turns}`];
  const running = stage.run(program('mpv'), [...quiet, ...blind, url]);
  return {
    process: running,
    pictures: () => (existsSync(turns) ? readFileSync(turns, 'utf8').split('end video-flip').length - 1 : 0),
    complaints: () => lines(running.err + running.out).filter((line) => !UNDERRUN.test(line)),
    late: () => lines(running.err + running.out).filter((line) => UNDERRUN.test(line)).length,
    stop: () => running.end(),
  };
}
