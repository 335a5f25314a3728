// Where a stream is multicast, told to real programs, and our own client of RTP against real senders: VLC with a transport stream,
// FFmpeg with H.264 alone.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readSdp } from '../../src/sdp/description.ts';
import { sessionOf } from '../../src/sdp/offer.ts';
import { originalOffer, readAsOriginal } from '../sdp/original-client.ts';
import { clip } from '../support/media.ts';
import { ffmpeg, type Player, shows, vlc } from '../support/players.ts';
import { program, sideBySide, withPrograms } from '../support/programs.ts';
import { command, MAIN, startPump } from '../support/pump-process.ts';
import { openStage, type Running, type Stage, until } from '../support/stage.ts';

/** Opening, and a machine that is busy with all the others. */
const START_MS = 25_000;
const FILM_SECONDS = 20;
/** FFmpeg opens what SDP names only where it is allowed to. */
const ALLOWED = ['-protocol_whitelist', 'file,udp,rtp,http,tcp'];
/** VLC keeps the last two seconds to itself, and stops in the middle of a picture. FFmpeg would look there first, to learn how long it is. */
const BUT_THE_END = ['-seekable', '0', '-t', `${FILM_SECONDS - 5}`];
/** Of the film, as VLC shows them: 320x240, a byte and a half for each of its points. */
const PICTURE_BYTES = 320 * 240 * 1.5;

/** Its statistics stand still while it receives RTP, so the pictures that it shows are counted where it puts them. Without live555, as
 *  in Debian, it ends with a description and plays what that names when it is asked to play again. */
function vlcByRtp(stage: Stage, url: string): Player {
  const pictures = join(stage.folder, 'vlc.yuv');
  const player = vlc(stage, url, ['--loop', '--vout', 'yuv', '--yuv-file', pictures]);
  return {
    ...player,
    pictures: () => (existsSync(pictures) ? Math.floor(statSync(pictures).size / PICTURE_BYTES) : 0),
  };
}

/** From the beginning of the film to its end. */
function vlcSends(stage: Stage, film: string, group: string): Running {
  const quiet = ['--ignore-config', '-I', 'dummy', '--no-color', '--play-and-exit'];
  const [dst, port] = group.split(':');
  return stage.run(program('vlc'), [...quiet, '--sout', `#rtp{dst=${dst},port=${port},mux=ts,ttl=1}`, film], {
    asUser: true,
  });
}

/** Again and again, without end. */
function ffmpegSendsH264(stage: Stage, film: string, group: string, sdp: string): Running {
  const reading = ['-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', film, '-an', '-c:v', 'copy'];
  const writing = ['-bsf:v', 'h264_mp4toannexb', '-f', 'rtp', '-sdp_file', sdp, `rtp://${group}?pkt_size=1300&ttl=1`];
  return stage.run(program('ffmpeg'), [...reading, ...writing]);
}

interface Shown {
  readonly packets: number;
  readonly lost: number;
  readonly summary?: boolean;
  readonly payloadType?: number;
  readonly senderTime?: string;
}

function received(receiver: Running): Shown[] {
  return receiver.out.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));
}

withPrograms('What is multicast', ['multicast', 'ffmpeg'], () => {
  const stage = openStage();

  sideBySide('by VLC is told by the pump, received, written, and opened by players', ['vlc'], async () => {
    const film = clip('ts', FILM_SECONDS);
    const group = '239.0.0.1:5004';
    const streams = [{ path: 'tv', type: 'multicast', url: `rtp://${group}`, receive: false } as const];
    const pump = await startPump(stage, { streams, announce: { every: '5s' } });
    const posted = await fetch(`http://${pump.host}/streams/tv/offer`, { method: 'POST', body: originalOffer() });
    expect(readAsOriginal(await posted.text())).toEqual({ address: '239.0.0.1', port: 5004 });

    const file = join(stage.folder, 'received.ts');
    const receiver = command(stage, ['receive', `${pump.url('tv')}/offer`, '--json', '-o', file, '--timeout', '30s']);
    const listing = vlcListing(stage);
    await until('it listens', () => received(receiver).length > 0);
    const sender = vlcSends(stage, film.file, group);
    const players = [ffmpeg(stage, `${pump.url('tv')}.sdp`, ALLOWED), vlcByRtp(stage, `${pump.url('tv')}.sdp`)];
    await Promise.all(players.map((player) => shows(player, 2 * film.framesPerSecond, START_MS)));
    await until('VLC lists it', () => listing(), START_MS);
    await Promise.all(players.map((player) => player.stop()));
    await sender.ended;
    await receiver.end('SIGINT');

    const shown = received(receiver);
    expect(shown.at(-1)).toMatchObject({ summary: true, lost: 0, payloadType: 33 });
    const decoded = ffmpeg(stage, file, BUT_THE_END);
    expect(await decoded.process.ended).toBe(0);
    expect(decoded.complaints()).toEqual([]);
    expect(decoded.pictures()).toBeGreaterThanOrEqual((FILM_SECONDS - 6) * film.framesPerSecond);
  });

  sideBySide('by FFmpeg as H.264 alone is told, received and written as every decoder reads it', [], async () => {
    const film = clip('ts', FILM_SECONDS);
    const group = '239.0.0.2:5004';
    const sdp = join(stage.folder, 'h264.sdp');
    ffmpegSendsH264(stage, film.file, group, sdp);
    await until('FFmpeg tells what it sends', () => existsSync(sdp) && readFileSync(sdp, 'utf8').includes('a=fmtp'));
    const { fmtp = '', payloadType, ttl = 1 } = sessionOf(readSdp(readFileSync(sdp, 'utf8')));
    const told = { path: 'cam', type: 'multicast', receive: false, codec: 'H264', payloadType, fmtp, ttl } as const;
    const pump = await startPump(stage, { streams: [{ ...told, url: `rtp://${group}` }], offers: { strict: true } });

    const [file, also] = [join(stage.folder, 'received.h264'), join(stage.folder, 'piped.h264')];
    const asked = ['--seconds', '7', '--json'];
    const receiver = command(stage, ['receive', `http://${pump.host}/offer`, '-o', file, ...asked]);
    const piped = stage.run('sh', ['-c', `"$0" "$@" > ${also}`, process.execPath, ...ours(sdp), ...asked]);
    const player = ffmpeg(stage, `${pump.url('cam')}.sdp`, ALLOWED);
    expect([await receiver.ended, await piped.ended], `${receiver.err}${piped.err}`).toEqual([0, 0]);
    await shows(player, 2 * film.framesPerSecond, START_MS);
    await player.stop();

    const shown = received(receiver);
    expect(shown.at(-1)).toMatchObject({ summary: true, lost: 0, payloadType: 96 });
    expect(Math.abs(Date.parse(shown.at(-1)?.senderTime ?? '') - Date.now())).toBeLessThan(60_000);
    for (const written of [file, also]) {
      const decoded = ffmpeg(stage, written, ['-f', 'h264']);
      expect(await decoded.process.ended).toBe(0);
      expect(decoded.complaints()).toEqual([]);
      expect(decoded.pictures()).toBeGreaterThan(4 * film.framesPerSecond);
    }
  });
});

const ours = (sdp: string) => [MAIN, 'receive', sdp, '-o', '-'];

/** VLC's list of what is announced; whether ours is in it. */
function vlcListing(stage: Stage): () => boolean {
  const quiet = ['--ignore-config', '--no-color', '-I', 'oldrc', '--rc-fake-tty', '--services-discovery', 'sap'];
  const running = stage.run(program('vlc'), quiet, { asUser: true });
  return () => {
    running.say('playlist');
    return /^\|\s+- tv\b/m.test(running.out);
  };
}
