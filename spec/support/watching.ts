// The everyday check: somebody opens the stream in a player, sees it for a while, and has nothing to complain about.

import { expect } from 'vitest';
import { ffmpeg, mplayer, type Play, type Player, shows, vlc } from './players.ts';
import { type Program, sideBySide } from './programs.ts';
import type { Stage } from './stage.ts';

export const PLAY_SECONDS = 20;
/** Opening, a burst of key frames to begin with, and a machine that is busy with all the others. */
const START_MS = 15_000;

/** Some two seconds: then nothing is told any more of how it joined. */
const JOINED_PICTURES = 30;
/** A machine that does something else for a moment makes a player late; a stream that is late stays so. */
const MOST_LATE = 15;

interface Way {
  readonly name: string;
  readonly needs: Program;
  readonly play: Play;
  readonly scheme: 'http' | 'mmsh' | 'mms';
}

/** Every player in every way in which people open Windows Media streams with it. */
const ways: readonly Way[] = [
  { name: 'VLC', needs: 'vlc', play: vlc, scheme: 'mmsh' },
  { name: 'VLC', needs: 'vlc', play: vlc, scheme: 'mms' },
  { name: 'VLC', needs: 'vlc', play: vlc, scheme: 'http' },
  { name: 'FFmpeg', needs: 'ffmpeg', play: checkedFfmpeg, scheme: 'mmsh' },
  { name: 'FFmpeg', needs: 'ffmpeg', play: checkedFfmpeg, scheme: 'http' },
  { name: 'MPlayer', needs: 'mplayer', play: mplayer, scheme: 'mmsh' },
  { name: 'MPlayer', needs: 'mplayer', play: mplayer, scheme: 'http' },
];

/** A test for each of them, all of them side by side on the same stream. */
export function everyPlayerShows(
  stage: Stage,
  url: (scheme: Way['scheme']) => string,
  { framesPerSecond = 15, seconds = PLAY_SECONDS, of = '' } = {},
): void {
  for (const { name, needs, play, scheme } of ways) {
    sideBySide(`${name} shows ${seconds} s of ${scheme}://${of && `, ${of}`}`, [needs], async () => {
      await showsCleanly(play(stage, url(scheme)), seconds * framesPerSecond, seconds * 1000 + START_MS);
    });
  }
}

/** It shows so many pictures, none of which was damaged, and once it has joined they come in time. */
export async function showsCleanly(player: Player, pictures: number, withinMs: number): Promise<void> {
  await shows(player, Math.min(JOINED_PICTURES, pictures), withinMs);
  const late = player.late();
  await shows(player, pictures, withinMs);
  const complaints = player.complaints(); // stopped in the middle of a packet, they complain of that
  expect(player.late() - late).toBeLessThan(MOST_LATE);
  await player.stop();
  expect(complaints).toEqual([]);
}

/** Each of them shows so many pictures more. */
export async function allShowMore(players: readonly Player[], pictures: number, withinMs: number): Promise<void> {
  const before = players.map((player) => player.pictures());
  await Promise.all(players.map((player, index) => shows(player, (before[index] ?? 0) + pictures, withinMs)));
}

/** Gone on from where it was; nothing is shown twice. */
export function neverBackwards(frames: readonly { readonly seconds: number }[]): void {
  expect(frames.filter(({ seconds }, index) => seconds <= (frames[index - 1]?.seconds ?? -1))).toEqual([]);
}

/** FFmpeg tells more of each picture than others: the first one stands by itself, and each differs from the one before. */
export function checkedFfmpeg(stage: Stage, url: string): Player {
  const player = ffmpeg(stage, url);
  return {
    ...player,
    async stop() {
      await player.stop();
      const frames = player.frames();
      expect(frames[0]).toMatchObject({ key: true });
      expect(frames.filter(({ checksum }, index) => checksum === frames[index - 1]?.checksum)).toEqual([]);
      neverBackwards(frames);
    },
  };
}
