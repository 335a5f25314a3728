// How a stream begins in a player: at once, and with a whole picture.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { ffmpegPush, push } from '../support/encoders.ts';
import { filmA } from '../support/media.ts';
import { vlc } from '../support/players.ts';
import { program, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { type RawViewer, watchRaw } from '../support/raw-viewer.ts';
import { openStage, until } from '../support/stage.ts';
import { everyPlayerShows, showsCleanly } from '../support/watching.ts';

/** VLC's roll-over takes two connections and some thinking; what used to go wrong took 5 s and more. */
const ROLL_OVER_MS = 3000;

const NEWCOMERS = 20;
const BETWEEN_NEWCOMERS_MS = 400;

withPrograms('Joining a stream', ['ffmpeg', 'ffprobe'], () => {
  const stage = openStage();
  let pump: PumpProcess;

  beforeAll(async () => {
    pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }] });
    push(stage, filmA(), pump.url('hall_push'));
    await pump.live('hall');
  });

  test('begins with a key frame, whenever one comes', async () => {
    const viewers: RawViewer[] = [];
    // Key frames are a second apart, and the encoder puts them anywhere into its packets.
    await until(
      'viewers have come at every phase of it',
      () => {
        viewers.push(watchRaw(pump.host, '/streams/hall?burst=0s'));
        return viewers.length >= NEWCOMERS;
      },
      NEWCOMERS * 1000,
      BETWEEN_NEWCOMERS_MS,
    );
    await until('all have seen video', () => viewers.every(({ firstVideo }) => firstVideo));
    expect(viewers.map(({ firstVideo }) => firstVideo)).toEqual(viewers.map(() => ({ key: true, offset: 0 })));
    viewers.forEach((viewer) => viewer.close());
  });

  for (const scheme of ['mmsh', 'http'] as const) {
    test(`gives ffprobe a key frame as its first video packet on ${scheme}://`, async () => {
      const asking = [
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        'packet=flags',
        '-read_intervals',
        '%+#1',
      ];
      const { stdout, stderr } = await promisify(execFile)(program('ffprobe'), [
        ...asking,
        '-of',
        'csv=p=0',
        pump.url('hall', scheme),
      ]);
      expect(stdout).toMatch(/^K/);
      expect(stderr).toBe('');
    });
  }

  withPrograms('by mms://', ['vlc'], () => {
    test('lets VLC roll over to HTTP at once', async () => {
      const player = vlc(stage, pump.url('hall', 'mms'));
      await showsCleanly(player, 15, 20_000);
      const log = pump.log();
      const hungUp = log.find(({ msg }) => msg === 'connection hung up on');
      const came = log.find(({ msg, agent }) => msg === 'viewer came' && String(agent).startsWith('NSPlayer/7'));
      expect(hungUp).toBeDefined();
      expect(Date.parse(came?.time ?? '') - Date.parse(hungUp?.time ?? '')).toBeLessThan(ROLL_OVER_MS);
    });
  });
});

withPrograms('A stream that FFmpeg posts without a handshake', ['ffmpeg'], () => {
  const stage = openStage();
  let pump: PumpProcess;

  beforeAll(async () => {
    pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }] });
    ffmpegPush(stage, filmA(), pump.url('hall_push'));
    await pump.live('hall');
  });

  describe('for a while', () => {
    everyPlayerShows(stage, (scheme) => pump.url('hall', scheme), { seconds: 5 });
  });
});
