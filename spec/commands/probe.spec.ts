import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { look, probe } from '../../src/commands/probe.ts';
import { describe as lines } from '../../src/commands/words.ts';
import type { Feed, Source } from '../../src/sources/source.ts';
import { listening } from '../support/listening.ts';
import { asf } from '../support/asf.ts';
import { handClock, settle } from '../support/clock.ts';
import { freeUdpPort, listeners, sender } from '../support/datagrams.ts';
import { sample } from '../support/framing.ts';
import { until } from '../support/origin.ts';
import { payloadsOf, rtp, troubled } from '../support/rtp.ts';
import { ts } from '../support/ts.ts';
import { silent } from '../support/log.ts';
import { newFolder } from '../support/folder.ts';

const FILM = fileURLToPath(new URL('../samples/asf/file-with-index.asf', import.meta.url));
/** It alone tells when a port is listened at. */
const isLinux = process.platform === 'linux';
const film = asf().video(1).audio(2);

async function run(input: string, values: { json?: boolean; seconds?: string } = {}): Promise<string> {
  const told = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => told.mockRestore());
  const given = { values, positionals: [input], log: silent };
  await probe.run(given, new AbortController().signal);
  return told.mock.calls.flat().join('');
}

describe('probe', () => {
  it('tells of a file all that is in it', async () => {
    const { bitrate, ...told } = JSON.parse(await run(FILM, { json: true }));
    expect(Math.round(bitrate / 1000)).toBe(Math.round((67 * 2000 * 8) / 19_690));
    expect(told).toEqual({
      input: FILM,
      container: 'asf',
      tracks: [
        { kind: 'video', id: 1, codec: 'WMV1', width: 352, height: 288 },
        { kind: 'audio', id: 2, codec: 'WMA2', channels: 1, sampleRate: 22_050, bitrate: 24_000 },
      ],
      seconds: 19.69,
      keyframes: { count: 10, medianSeconds: 2.089, mostSeconds: 2.09 },
      packets: 68 + 7, // a key frame begins in the middle of seven
      packetBytes: { least: 100, most: 2000 },
      changes: 0,
      losses: {},
    });
  });

  it('tells people the same in a table', async () => {
    const [first, ...rest] = (await run(FILM)).trimEnd().split('\n');
    expect(first).toBe(FILM);
    expect(rest).toEqual([
      '  container   asf',
      '  video 1     WMV1, 352x288',
      '  audio 2     WMA2, mono, 22050 Hz, 24.0 kbit/s',
      '  seen        19.7 s',
      '  bit rate    54.5 kbit/s measured',
      '  key frames  every 2.1 s (median of 10), 2.1 s at the most',
      '  packets     75 of 100 to 2000 bytes',
      '  lost        nothing',
    ]);
  });

  it('looks at so many seconds of a file as it is told to', async () => {
    const { seconds } = JSON.parse(await run(FILM, { json: true, seconds: '4' }));
    expect(seconds).toBeGreaterThanOrEqual(4);
    expect(seconds).toBeLessThan(5);
  });

  it('takes a stream from a URL, and shows no password', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'video/x-ms-asf' }).end(sample('asf/file-with-index.asf'));
    });
    const port = await listening(server);
    const told = JSON.parse(await run(`http://bob:secret@127.0.0.1:${port}/film`, { json: true }));
    expect(told).toMatchObject({ input: `http://127.0.0.1:${port}/film`, packets: 75 });
  });

  it.runIf(isLinux)('tells of datagrams how they came', async () => {
    const port = await freeUdpPort();
    const url = `rtp://127.0.0.1:${port}`;
    const told = run(url, { json: true, seconds: '1' });
    await until(() => listeners(port) === 1);
    const { come, behind } = troubled(rtp(payloadsOf(200)), 3, { lost: 5, reordered: 9, duplicates: 7 });
    await (await sender({ family: 4, address: '127.0.0.1', port })).send([...come, Buffer.from('noise')]);
    const arrivals = { packets: 202, lost: 5, reordered: behind, duplicates: 7, late: 0, payloadType: 33, refused: 1 };
    const found = JSON.parse(await told);
    expect(found).toMatchObject({ input: url, container: 'mpegts', losses: { packets: 5 }, arrivals });
    expect(found.arrivals).toMatchObject({ jitterMs: expect.any(Number), kernelDrops: 0 });
    expect(lines(found)).toEqual(
      expect.arrayContaining([
        `  datagrams   202: 5 lost, ${behind} reordered, 7 duplicates, 0 late`,
        expect.stringMatching(/^ {2}RTP {9}type 33, SSRC 0x12345678, jitter \d+\.\d ms$/),
        '  refused     1 of other payload',
      ]),
    );
  });

  it.runIf(isLinux)('tells that no datagrams came, and that those that came were of no use', async () => {
    const port = await freeUdpPort();
    const failing = expect(run(`udp://127.0.0.1:${port}`, { seconds: '0.3' })).rejects.toThrow(
      /too little of it came in this time, and 2 datagrams were no part of any$/,
    );
    await until(() => listeners(port) === 1);
    const noise = Buffer.from('noise');
    await (await sender({ family: 4, address: '127.0.0.1', port })).send([noise, noise]);
    await failing;
  });

  it.each(['0', 'x', '-1', '1e9', '1000001'])('explains wrong usage: --seconds %s', async (seconds) => {
    await expect(run(FILM, { seconds })).rejects.toMatchObject({ code: 'usage' });
  });

  it('says in one sentence that something is no stream, or nothing that can be probed', async () => {
    const other = fileURLToPath(new URL('../../package.json', import.meta.url));
    await expect(run(other)).rejects.toThrow(/no container that is known here: it begins with 7b0a/);
    await expect(run('/nowhere.asf')).rejects.toThrow(/does not exist/);
    await expect(run('gopher://x')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a transport stream', () => {
  const stream = ts().tables().key(0).sdt({ 1: 'Das Erste' }, 'ARD').second(0, 10).stuffing().tables().second(1000, 10);
  stream.packet({ pid: 0x300, payload: Buffer.alloc(9) }).packet({ pid: 0x300, payload: Buffer.alloc(9), counter: 5 });
  const path = join(newFolder(afterAll), 'tv.ts');
  writeFileSync(path, stream.second(2000, 10).bytes);

  it('is told of with its services, clock, errors and PIDs', async () => {
    const told = (await run(path)).trimEnd().split('\n');
    expect(told).toContain('  audio 257   AAC, deu');
    expect(told).toContain('  program 1   Das Erste (ARD)');
    expect(told).toContain('  clock       at most 100 ms apart, 0 ns off');
    expect(told).toContain('  errors      4 PAT, 4 PMT, 1 continuity');
    const pids = told.filter((line) => line.startsWith('  PID'));
    expect(pids.map((line) => line.replace(/[\d.]+ k?bit\/s/, 'RATE'))).toEqual([
      '  PID 0       PAT, RATE',
      '  PID 17      SDT, RATE',
      '  PID 256     H.264, RATE',
      '  PID 257     AAC, RATE',
      '  PID 768     unknown, RATE, 1 continuity errors',
      '  PID 4096    PMT, RATE',
      '  PID 8191    stuffing, RATE',
    ]);
  });

  it('and in JSON, with the same names as in the status', async () => {
    const { report } = JSON.parse(await run(path, { json: true }));
    expect(report).toMatchObject({ clockGapMs: 100, services: [{ id: 1, name: 'Das Erste', provider: 'ARD' }] });
    expect(report).toMatchObject({
      errors: { continuity: 1 },
      streams: [{ id: 0, what: 'PAT' }, {}, {}, {}, {}, {}, {}],
    });
    expect(report).not.toHaveProperty('clockJitterMs'); // a file has none
  });
});

describe('a live stream', () => {
  /** A source that sends this and then holds on. */
  function live(bytes: Buffer, then: 'holds' | 'breaks' = 'holds') {
    const source = (signal: AbortSignal): Feed['bytes'] =>
      (async function* () {
        yield bytes;
        await settle();
        if (then === 'breaks') throw new Error('it broke off');
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        signal.throwIfAborted();
      })();
    const made: Source = {
      url: 'toy:live',
      afterwards: 'reopen',
      open: async (signal) => ({ bytes: source(signal), from: 'here' }),
    };
    const clock = handClock();
    const stop = new AbortController();
    return { clock, stop, looking: look(made, { clock }, stop.signal) };
  }
  const stream = Buffer.concat([
    film.header(),
    ...film.packets(10),
    Buffer.alloc(400),
    ...film.packets(1, { sendMs: 400 }),
  ]);

  it('is looked at for five seconds, and what it lost is counted', async () => {
    const { clock, looking } = live(stream);
    await clock.advance(4900);
    await clock.advance(200);
    const { found } = await looking;
    expect(found).toMatchObject({ packets: 11, seconds: 0.4, losses: { packets: 1 } });
    expect(lines({ input: 'x', ...found }).at(-1)).toBe('  lost        1 packets');
  });

  it('is told of as far as it was seen when somebody stops it, or when it breaks off', async () => {
    const stopped = live(stream);
    await stopped.clock.advance(10);
    stopped.stop.abort();
    expect(await stopped.looking).toEqual({ found: expect.objectContaining({ packets: 11 }) });
    const { found, failure } = await live(stream, 'breaks').looking;
    expect(found.packets).toBe(11);
    expect(failure).toMatchObject({ message: 'it broke off' });
  });

  it('that says nothing is no stream', async () => {
    const { clock, looking } = live(Buffer.alloc(0));
    looking.catch(() => {});
    await clock.advance(5100);
    await expect(looking).rejects.toThrow(/was not seen to be any stream/);
  });

  it('may jump to another time: neither its length nor its key frames count that', async () => {
    const { clock, looking } = live(Buffer.concat([stream, ...film.packets(6, { sendMs: 1_000_000 })]));
    await clock.advance(5100);
    const { found } = await looking;
    expect(found).toMatchObject({ packets: 17, seconds: 0.6 });
    expect(found.keyframes).toMatchObject({ mostSeconds: 0.2 });
  });

  it('may change: its tracks are the last header’s, and its time goes on', async () => {
    const other = asf().video(1, { width: 640, height: 480 });
    const { clock, looking } = live(
      Buffer.concat([stream, other.header(), ...other.packets(6, { sendMs: 1_000_000 })]),
    );
    await clock.advance(5100);
    const { found } = await looking;
    expect(found).toMatchObject({ changes: 1, packets: 17, seconds: 0.6, tracks: [{ width: 640 }] });
    expect(found.keyframes).toEqual({ count: 5, medianSeconds: 0.2, mostSeconds: 0.2 });
  });
});
