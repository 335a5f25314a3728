import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { receive } from '../../src/commands/receive.ts';
import { readGroup } from '../../src/datagrams/group.ts';
import { originalOffer } from '../sdp/original-client.ts';
import { freeUdpPort, sender } from '../support/datagrams.ts';
import { failureOf, until } from '../support/origin.ts';
import { payloadsOf, rtp, troubled } from '../support/rtp.ts';
import { newFolder } from '../support/folder.ts';
import { silent } from '../support/log.ts';

type Values = Parameters<typeof receive.run>[0]['values'];

function began(input: string, values: Values = {}) {
  const told = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => told.mockRestore());
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const given = { values, positionals: [input], log: silent };
  const ended = receive.run(given, stop.signal);
  ended.catch(() => {});
  return { ended, stop, lines: () => told.mock.calls.flat().join('').split('\n') };
}

function folder(): string {
  const made = newFolder(onTestFinished);
  return made;
}

async function place() {
  const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
  const group = readGroup(url);
  if (!group) throw new Error(url);
  return { url, from: await sender(group) };
}

const payloads = payloadsOf(400);

describe('receive', () => {
  test('says where it cannot write: to no folder, onto a full disk', async () => {
    const { url, from } = await place();
    const out = join(folder(), 'none', 'out.ts');
    await expect(began(url, { out }).ended).rejects.toMatchObject({
      message: `cannot write to ${out}`,
      cause: { code: 'ENOENT' },
    });
    const { ended, lines } = began(url, { out: '/dev/full', json: true });
    await until(() => lines().some((line) => line.startsWith('{')));
    await from.send(rtp(payloads));
    await expect(ended).rejects.toMatchObject({ message: 'cannot write to /dev/full', cause: { code: 'ENOSPC' } });
  });

  test('writes what came in its order, and says in the end what became of the packets', async () => {
    const { url, from } = await place();
    const file = join(folder(), 'out.ts');
    const { ended, stop, lines } = began(url, { out: file, json: true });
    const { come, missing } = troubled(rtp(payloads, { ssrc: 0xa930_9b10 }), 7, {
      lost: 5,
      reordered: 9,
      duplicates: 3,
    });
    await until(() => existsSync(file));
    // It listens a little after its file is there; what comes before that is nobody's.
    await until(() => lines().some((line) => line.startsWith('{')));
    await from.send(come);
    await until(() => statSync(file).size === (payloads.length - missing.length) * 1316);
    stop.abort();
    await ended;
    const sums = lines()
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(sums[0]).toMatchObject({ packets: 0, bitrate: 0, lost: 0 });
    expect(sums.at(-1)).toMatchObject({
      summary: true,
      from: url,
      codec: 'MP2T',
      packets: 398,
      lost: 5,
      duplicates: 3,
      ssrc: 'a9309b10',
      payloadType: 33,
      written: { bytes: 395 * 1316, leftOut: 0, damaged: 0 },
    });
    const sent = rtp(payloads, { ssrc: 0xa930_9b10 });
    const gone = new Set(missing.map((one) => one.toString('latin1')));
    const expected = payloads.filter((_, n) => !gone.has(sent[n]!.toString('latin1')));
    expect(readFileSync(file).equals(Buffer.concat(expected))).toBe(true);
  });

  test('shows a line a second to people, and one at the end', async () => {
    const { url, from } = await place();
    const { ended, lines } = began(url, { seconds: '1.5' });
    const sending = setInterval(() => void from.send(rtp(payloads.slice(0, 1), { sequence: 1 })), 50);
    onTestFinished(() => clearInterval(sending));
    await ended;
    expect(lines()[0]).toBe(`joining ${url}, MP2T as payload type 33`);
    expect(lines()[1]).toMatch(
      /^0:01, \d+ packets, [\d.]+ k?bit\/s, lost 0, reordered 0, duplicate \d+, jitter [\d.]+ ms, SSRC 12345678, payload type 33$/,
    );
    expect(lines().at(-2)).toMatch(
      /^received 0:01, \d+ packets, [\d.]+ k?B, [\d.]+ k?bit\/s, lost 0 \(0\.00 %\), reordered 0/,
    );
  });

  test('ends with a sentence when nothing comes', async () => {
    const { url } = await place();
    expect(await failureOf(began(url, { timeout: '300ms', interface: '127.0.0.1' }).ended)).toMatchObject({
      code: 'no source',
      message: expect.stringMatching(
        /^nothing came from \S+ for [\d.]+ s: is it sent, and let through to here\? \(it was joined by 127\.0\.0\.1\)$/,
      ),
    });
  });

  test('fails also where it was to look for a shorter time, and saw nothing', async () => {
    const { url } = await place();
    const { ended, lines } = began(url, { seconds: '0.2', json: true });
    expect(await failureOf(ended)).toMatchObject({ message: expect.stringContaining(`nothing came from ${url}`) });
    expect(JSON.parse(lines().at(-2) ?? '')).toMatchObject({ summary: true, packets: 0 });
  });

  test('says where what comes is something else', async () => {
    const { url, from } = await place();
    const { ended } = began(url, { timeout: '1s', out: join(folder(), 'out.ts') });
    const sending = setInterval(() => void from.send([Buffer.from('what?')]), 50);
    onTestFinished(() => clearInterval(sending));
    expect(await failureOf(ended)).toMatchObject({
      message: expect.stringMatching(/^nothing came from \S+ for [\d.]+ s that is MP2T: \d+ other datagrams did$/),
    });
  });

  test.each([
    ['film.ts', {}, `cannot receive film.ts: expected an address such as 'udp://`],
    ['rtp://239.0.0.1:1', { timeout: '1' }, `--timeout: expected a time from 100ms to 1h such as '10s', got '1'`],
    ['rtp://239.0.0.1:1', { seconds: 'x' }, `--seconds: expected a number of seconds up to 1000000, got 'x'`],
    ['rtp://239.0.0.1:1', { interface: '' }, '--interface: expected'],
  ])('says what is wrong with %s %j', async (input, values, why) => {
    expect(await failureOf(began(input, values).ended)).toMatchObject({
      code: 'usage',
      message: expect.stringContaining(why),
    });
  });

  test('writes nothing that it has no form for', async () => {
    const file = join(folder(), 'x.sdp');
    writeFileSync(file, originalOffer().replace('H264/90000', 'VP8/90000').replaceAll('239.0.0.1', '127.0.0.1'));
    expect(await failureOf(began(file, { out: join(folder(), 'out') }).ended)).toMatchObject({
      message: 'VP8 cannot be written: only MP2T and H264 can',
    });
  });
});
