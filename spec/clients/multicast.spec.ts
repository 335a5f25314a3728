// Groups as FFmpeg and VLC send to them, watched by players through the pump: bare UDP and RTP, from anybody and from one sender,
// over IPv4 and IPv6.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { losses, packetsOf, parts, pidOf } from '../containers/mpegts/reading.ts';
import { readGroup } from '../../src/datagrams/group.ts';
import { memberships } from '../support/datagrams.ts';
import { ffmpegTo, vlcTo } from '../support/encoders.ts';
import { clip } from '../support/media.ts';
import { mplayer, type Play, vlc } from '../support/players.ts';
import { program, sideBySide, withPrograms } from '../support/programs.ts';
import { command, type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage } from '../support/stage.ts';
import { checkedFfmpeg, showsCleanly } from '../support/watching.ts';
import { nothing } from '../support/nothing.ts';

/** Opening, and a machine that is busy with all the others. */
const START_MS = 20_000;
/** Longer than anybody watches: no sender begins again. */
const FILM_SECONDS = 40;
const CURL_SECONDS = 6;

const streams = [
  { path: 'ffmpeg-udp', type: 'multicast', url: 'udp://239.7.1.1:7001', interface: 'lo' },
  { path: 'ffmpeg-rtp', type: 'multicast', url: 'rtp://[ff35::7:2]:7002', source: '::1', interface: 'lo' },
  { path: 'vlc-rtp', type: 'multicast', url: 'udp://127.0.0.1@232.7.1.3:7003' },
  { path: 'vlc-udp', type: 'multicast', url: 'udp://[ff15::7:4]:7004', interface: '::1' },
] as const;

type Path = (typeof streams)[number]['path'];

/** It looks through two megabytes of a transport stream before it begins, which are a minute of these. */
const mplayerSoon: Play = (on, url) => mplayer(on, url, ['-tsprobe', '100000']);

/** How its datagrams came has to be told; nothing of them may be lost between here and here. */
const arrived = (path: Path) => ({
  refused: 0,
  dropped: 0,
  lost: 0,
  kernelDrops: 0,
  ...(path.endsWith('rtp') && { payloadType: 33, jitterMs: expect.any(Number) }),
});

withPrograms('A group', ['multicast', 'ffmpeg', 'vlc', 'mplayer', 'curl'], () => {
  const stage = openStage();
  let pump: PumpProcess;

  beforeAll(async () => {
    const film = clip('ts', FILM_SECONDS);
    pump = await startPump(stage, { streams: [...streams] });
    ffmpegTo(stage, film, ['-f', 'mpegts', 'udp://239.7.1.1:7001?pkt_size=1316']);
    ffmpegTo(stage, film, ['-f', 'rtp_mpegts', 'rtp://[ff35::7:2]:7002']);
    vlcTo(stage, film, '#rtp{dst=232.7.1.3,port=7003,mux=ts}');
    vlcTo(stage, film, '#std{access=udp,mux=ts,dst=[ff15::7:4]:7004}');
    await Promise.all(streams.map(({ path }) => pump.live(path)));
  });

  async function wasWell(path: Path): Promise<void> {
    const { state, source } = await pump.status(path);
    expect([state, source]).toMatchObject(['live', { restarts: 0, losses: nothing, arrivals: arrived(path) }]);
  }

  function plays(path: Path, name: string, play: Play, seconds: number): void {
    sideBySide(`(${path}) is watched with ${name} for ${seconds} s`, [], async () => {
      await showsCleanly(play(stage, pump.url(path)), seconds * 15, START_MS + seconds * 1000);
      await wasWell(path);
    });
  }

  plays('ffmpeg-udp', 'FFmpeg', checkedFfmpeg, 20);
  plays('ffmpeg-udp', 'VLC', vlc, 8);
  plays('ffmpeg-rtp', 'FFmpeg', checkedFfmpeg, 8);
  plays('ffmpeg-rtp', 'MPlayer', mplayerSoon, 8);
  plays('vlc-rtp', 'FFmpeg', checkedFfmpeg, 8);
  plays('vlc-rtp', 'VLC', vlc, 8);
  plays('vlc-udp', 'VLC', vlc, 8);
  plays('vlc-udp', 'MPlayer', mplayerSoon, 8);

  for (const { path, url } of streams) {
    sideBySide(`(${path}) is saved with curl, from its tables on and without a gap`, [], async () => {
      const file = join(stage.folder, `${path}.ts`);
      const saving = stage.run(program('curl'), ['-s', '--max-time', `${CURL_SECONDS}`, '-o', file, pump.url(path)]);
      expect(await saving.ended).toBe(28); // its time is over
      const saved = readFileSync(file);
      const [first] = packetsOf(saved);
      expect(first && pidOf(first)).toBe(0);
      expect(saved.length).toBeGreaterThan(100_000);
      expect(losses(parts(saved))).toEqual({});
      await wasWell(path);
      const group = readGroup(url);
      expect(group && memberships(group)).toBe(1);
    });
  }

  sideBySide('is looked at with probe, beside the pump that listens to it', [], async () => {
    const probe = command(stage, ['probe', 'rtp://232.7.1.3:7003', '--json', '--seconds', '4']);
    expect(await probe.ended).toBe(0);
    expect(JSON.parse(probe.out)).toMatchObject({
      container: 'mpegts',
      tracks: expect.arrayContaining([expect.objectContaining({ codec: 'H.264' })]),
      losses: nothing,
      arrivals: arrived('vlc-rtp'),
    });
  });
});
