// What the pump sends to groups, in players that join them. They come into the middle of the stream and may complain of that; once they
// show pictures they have nothing to complain about.

import { expect } from 'vitest';
import { clip } from '../support/media.ts';
import { ffmpeg, mplayer, type Player, shows, vlc, vlcDrawing } from '../support/players.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { openStage } from '../support/stage.ts';

const START_MS = 20_000;
const JOINED_PICTURES = 45;
const PICTURES = 15 * 15;

withPrograms('A stream that is sent to a group', ['multicast', 'ffmpeg', 'vlc'], () => {
  const stage = openStage();

  async function showsCleanly(player: Player): Promise<void> {
    await shows(player, JOINED_PICTURES, START_MS);
    const before = player.complaints().length;
    await shows(player, PICTURES, START_MS + PICTURES * 70);
    const complaints = player.complaints().slice(before);
    await player.stop();
    expect(complaints).toEqual([]);
  }

  sideBySide('is shown by FFmpeg, VLC and MPlayer, bare and in RTP, over IPv4 and IPv6', ['mplayer'], async () => {
    const film = clip('ts', 8);
    const at = (url: string) => ({ url, interface: 'lo' });
    const bare = 'udp://239.7.7.7:5010';
    const rtp = 'rtp://239.7.7.8:5012';
    const six = 'udp://[ff15::7:7]:5014';
    const pump = await startPump(stage, {
      streams: [{ path: 'tv', type: 'file', url: film.file, loop: true, multicastTo: [bare, rtp, six].map(at) }],
    });
    await pump.live('tv');
    // FFmpeg's own buffer of 64 KiB overruns while it decodes its first picture on a busy machine.
    const roomy = ['-buffer_size', '2000000'];
    await Promise.all([
      showsCleanly(ffmpeg(stage, bare, roomy)),
      showsCleanly(ffmpeg(stage, rtp, roomy)),
      showsCleanly(ffmpeg(stage, six, roomy)),
      showsCleanly(vlc(stage, bare.replace('//', '//@'))),
      showsCleanly(vlcDrawing(stage, rtp.replace('//', '//@'), (320 * 240 * 3) / 2)),
      showsCleanly(mplayer(stage, bare, ['-reuse-socket', '-tsprobe', '100000'])),
    ]);
    const { viewersTotal, sentTo = [] } = await pump.status('tv');
    expect(viewersTotal).toBe(0);
    expect(sentTo.map(({ url, errors }) => ({ url, errors }))).toEqual(
      [bare, rtp, six].map((url) => ({ url, errors: 0 })),
    );
  });
});
