// Groups by their addresses in players and curl, as people, udpxy's and mcast2http's playlists write them; FFmpeg sends.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { clip } from '../support/media.ts';
import { ffmpeg, mplayer, type Player, vlc } from '../support/players.ts';
import { program, sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage } from '../support/stage.ts';
import { showsCleanly } from '../support/watching.ts';

const PICTURES = 6 * 15;
/** Opening, and a machine that is busy with all the others. */
const WITHIN_MS = 30_000;

/** MPlayer looks at two million bytes of any transport stream before it begins, which takes long where there is little to show. */
const BRIEFLY = ['-tsprobe', '100000'];
/** What FFmpeg sends to: by UDP, RTP to a source-specific group, and IPv6. */
const UDP = 'udp://239.255.0.10:1234?pkt_size=1316';
const RTP = 'rtp://232.1.1.1:5004';
const SIX = 'udp://[ff15::10]:5000?pkt_size=1316';
const SENDER = '127.0.0.1';

withPrograms('A relay', ['ffmpeg', 'vlc', 'mplayer', 'curl', 'multicast'], () => {
  const stage = openStage();
  let relaying: Promise<PumpProcess> | undefined;

  /** The pump, and FFmpeg, which sends: for all tests together. */
  const started = () =>
    (relaying ??= (async () => {
      const pump = await startPump(stage, {
        streams: [{ path: 'x', type: 'push' }],
        relay: { groups: ['239.0.0.0/8', '232.0.0.0/8', 'ff15::/16'], timeout: '5s' },
      });
      const copied = (format: string, url: string) => ['-map', '0', '-c', 'copy', '-f', format, url];
      const outputs = [copied('mpegts', UDP), copied('rtp_mpegts', RTP), copied('mpegts', SIX)].flat();
      stage.run(program('ffmpeg'), ['-nostdin', '-re', '-stream_loop', '-1', '-i', clip('ts', 40).file, ...outputs]);
      return pump;
    })());

  /** As people have them beside their players: the host alone is changed. */
  const playlist = (pump: PumpProcess, name: string, path: string) => {
    const file = join(stage.folder, name);
    writeFileSync(file, `#EXTM3U\n#EXTINF:-1,One\nhttp://${pump.host}${path}\n`);
    return file;
  };

  const shown = async (play: (pump: PumpProcess) => Player) => {
    const pump = await started();
    await showsCleanly(play(pump), PICTURES, WITHIN_MS);
  };
  const at = (path: string) => (pump: PumpProcess) => `http://${pump.host}${path}`;

  sideBySide('FFmpeg shows a group by UDP, told as mcast2http has it', ['ffmpeg'], () =>
    shown((pump) => ffmpeg(stage, at('/239.255.0.10/1234')(pump))),
  );
  sideBySide('FFmpeg shows a source-specific group by RTP', ['ffmpeg'], () =>
    shown((pump) => ffmpeg(stage, at(`/rtp/${SENDER}@232.1.1.1:5004`)(pump))),
  );
  sideBySide('FFmpeg shows a group of IPv6', ['ffmpeg'], () =>
    shown((pump) => ffmpeg(stage, at('/[ff15::10]/5000')(pump))),
  );
  sideBySide('VLC shows a playlist of udpxy', ['vlc'], () =>
    shown((pump) => vlc(stage, playlist(pump, 'udpxy.m3u', '/udp/239.255.0.10:1234/'))),
  );
  sideBySide('VLC shows a playlist of mcast2http', ['vlc'], () =>
    shown((pump) => vlc(stage, playlist(pump, 'mcast2http.m3u', '/239.255.0.10'))),
  );
  sideBySide('VLC shows a group of IPv6', ['vlc'], () => shown((pump) => vlc(stage, at('/udp/[ff15::10]:5000')(pump))));
  sideBySide('MPlayer shows a source-specific group by RTP', ['mplayer'], () =>
    shown((pump) => mplayer(stage, at(`/rtp/${SENDER}@232.1.1.1:5004/`)(pump), BRIEFLY)),
  );

  sideBySide('curl gets a transport stream, a 404 from a silent group and a 403 for any other', ['curl'], async () => {
    const pump = await started();
    const curl = async (path: string, ...more: string[]) => {
      const wanted = ['-gsS', '-m', '8', '-o', '/dev/null', '-w', '%{http_code} %{content_type} %{size_download}'];
      const asked = stage.run(program('curl'), [...wanted, ...more, `http://${pump.host}${path}`]);
      await asked.ended;
      return asked.out;
    };
    const [all, silent, other, head] = await Promise.all([
      curl('/udp/[ff15::10]:5000'),
      curl('/239.255.0.99/1234'),
      curl('/udp/224.0.0.251:5353'),
      curl('/239.255.0.99/1234', '-I'),
    ]);
    expect(all).toMatch(/^200 video\/mp2t \d{5,}$/);
    expect(silent).toMatch(/^404 text\/plain/);
    expect(other).toMatch(/^403 text\/plain/);
    expect(head).toMatch(/^200 video\/mp2t/);
  });
});
