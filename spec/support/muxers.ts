// The same film, H.264 and AAC, put into Matroska by each program that people make such files with.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clip, type Film } from './media.ts';
import { type Program, program } from './programs.ts';
import type { Stage } from './stage.ts';

/** Longer than the longest clusters, which are those of FFmpeg: 5 s. */
const SECONDS = 6;

interface Muxer {
  readonly needs: Program;
  /** `font`: something to attach */
  args(from: string, to: string, font: string): string[];
}

const ffmpeg = (...options: readonly string[]): Muxer => ({
  needs: 'ffmpeg',
  args: (from, to) => ['-v', 'error', '-i', from, '-c', 'copy', ...options, to],
});

export const muxers: Readonly<Record<string, Muxer>> = {
  FFmpeg: ffmpeg(),
  'FFmpeg for live use': ffmpeg('-live', '1'),
  'FFmpeg with cues first': ffmpeg('-cues_to_front', '1'),
  /** Pictures compressed once more, a font beside them. */
  mkvmerge: {
    needs: 'mkvmerge',
    args(from, to, font) {
      const attached = ['--attachment-mime-type', 'application/x-truetype-font', '--attach-file', font];
      return ['-q', '-o', to, '--compression', '0:zlib', ...attached, from];
    },
  },
  GStreamer: {
    needs: 'gst-launch-1.0',
    args(from, to) {
      const tracks = 'film.video_0 ! queue ! mux.video_0 film.audio_0 ! queue ! mux.audio_0'.split(' ');
      const reading = ['filesrc', `location=${from}`, '!', 'qtdemux', 'name=film', ...tracks];
      return ['-q', 'matroskamux', 'name=mux', '!', 'filesink', `location=${to}`, ...reading];
    },
  },
};

export async function muxed(stage: Stage, name: string, { needs, args }: Muxer): Promise<Film> {
  const { file, framesPerSecond } = clip('mp4', SECONDS);
  const to = join(stage.folder, `${name}.mkv`);
  const font = join(stage.folder, 'font.ttf');
  writeFileSync(font, Buffer.alloc(20_000));
  const running = stage.run(program(needs), args(file, to, font));
  const code = await running.ended;
  if (code !== 0) throw new Error(`${needs} ended with ${code}: ${running.err}${running.out}`);
  return { file: to, framesPerSecond };
}
