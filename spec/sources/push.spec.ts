import { connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import { type Delivery, type Inbox, type Pusher, push } from '../../src/sources/push.ts';
import type { Feed } from '../../src/sources/source.ts';
import { failureOf, type HandMeans, handMeans, type Origin, reading, serving, until } from '../support/origin.ts';

let means: HandMeans;
let server: Origin;
let stop: AbortController;
/** the pump's ends of connections, in the order in which they came */
let accepted: Socket[];
let clients: Socket[];

beforeEach(async () => {
  means = handMeans();
  stop = new AbortController();
  accepted = [];
  clients = [];
  server = await serving(createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket)));
});
afterEach(async () => {
  stop.abort();
  clients.forEach((socket) => socket.destroy());
  await server.close();
});

const A: Pusher = { address: '192.0.2.1' };
const B: Pusher = { address: '192.0.2.2' };

/** An encoder on a connection of its own, and how it was answered. */
async function pusher(inbox: Inbox, from: Pusher, more: Partial<Delivery> = {}) {
  const client = connect(server.port, '127.0.0.1').on('error', () => {});
  clients.push(client);
  await until(() => accepted.length === clients.length);
  const socket = accepted.at(-1);
  if (!socket) throw new Error('nobody came');
  const state = { outcome: '' as string, error: undefined as PumpError | undefined };
  const delivered = inbox.deliver({ bytes: socket as AsyncIterable<Buffer>, from, ...more }).then(
    (outcome) => void (state.outcome = outcome),
    (error: PumpError) => void (state.error = error),
  );
  return Object.assign(state, { client, delivered, send: (text: string) => client.write(text) });
}

const open = (inbox: Inbox): Promise<Feed> => inbox.open(stop.signal);
const read = async (inbox: Inbox) => {
  const feed = await open(inbox);
  return Object.assign(reading(feed.bytes), { feed });
};
const conflict = { code: 'already pushing', message: expect.stringContaining('another encoder is pushing') };

describe('a push of one body', () => {
  it('is waited for, and ends with its body', async () => {
    const inbox = push.create({}, means);
    const opening = read(inbox);
    const encoder = await pusher(inbox, A, { says: 'video/mp2t' });
    const seen = await opening;
    expect(seen.feed).toMatchObject({ from: '192.0.2.1', says: 'video/mp2t' });
    encoder.client.end('bytes');
    await seen.finished;
    expect(seen).toMatchObject({ text: 'bytes', ended: true });
    expect(encoder.outcome).toBe('');
    seen.feed.done?.();
    await encoder.delivered;
    expect(encoder.outcome).toBe('over');
    expect(means.clock.waiting).toBe(0);
  });

  it('that came before the stream was opened is taken when it is, or told after 60 s that it is not', async () => {
    const inbox = push.create({}, means);
    const early = await pusher(inbox, A);
    early.send('early');
    const seen = await read(inbox);
    await until(() => seen.text === 'early');
    seen.feed.done?.();
    await early.delivered;
    const vain = await pusher(inbox, A);
    await means.clock.advance(60_000);
    await vain.delivered;
    expect(vain.error).toMatchObject({ code: 'stopping' });
  });

  it('that hangs up in the middle fails, and says so', async () => {
    const inbox = push.create({}, means);
    const encoder = await pusher(inbox, A);
    const seen = await read(inbox);
    encoder.send('half');
    await until(() => seen.text === 'half');
    encoder.client.resetAndDestroy();
    await seen.finished;
    await encoder.delivered;
    expect(seen.error).toMatchObject({ code: 'upstream failed', message: 'the encoder hung up in the middle' });
    expect(encoder.error).toBe(seen.error);
  });

  it('is told why it was broken off: silence, a bad format, or the end of the pump', async () => {
    const inbox = push.create({}, means);
    for (const reason of [new PumpError('stalled', 'nothing came'), new PumpError('malformed', 'no such format')]) {
      const encoder = await pusher(inbox, A);
      const feed = await open(inbox);
      feed.done?.(reason);
      await encoder.delivered;
      expect(encoder.error).toBe(reason);
    }
    const last = await pusher(inbox, A);
    await open(inbox);
    stop.abort();
    await last.delivered;
    expect(last.error).toMatchObject({ code: 'stopping' });
  });

  it('is told that all is well when the stream says its end in the middle of the body', async () => {
    const inbox = push.create({}, means);
    const encoder = await pusher(inbox, A);
    const feed = await open(inbox);
    encoder.send('the end');
    for await (const chunk of feed.bytes) if (chunk.length) break;
    feed.done?.();
    await encoder.delivered;
    expect(encoder.outcome).toBe('over');
    expect(accepted.at(-1)?.destroyed, 'it can still be answered').toBe(false);
  });

  it('hands on what its reader was told by the container, as it is', async () => {
    const inbox = push.create({}, means);
    const error = new PumpError('too large', 'a frame too large');
    const opening = read(inbox);
    // oxlint-disable-next-line require-yield
    const bytes = (async function* (): AsyncGenerator<Buffer> {
      throw error;
    })();
    expect(await failureOf(inbox.deliver({ bytes, from: A, place: '7' }))).toBe(error);
    const seen = await opening;
    await seen.finished;
    expect(seen.error).toBe(error);
  });

  it('is read no faster than the stream is taken', async () => {
    const inbox = push.create({}, means);
    const encoder = await pusher(inbox, A);
    const feed = await open(inbox);
    const reader = feed.bytes[Symbol.asyncIterator]();
    encoder.send('x'.repeat(64 << 20));
    await reader.next();
    const first = accepted.at(-1)?.bytesRead ?? 0;
    for (let n = 0; n < 50; n += 1) await means.clock.advance(0);
    expect(accepted.at(-1)?.bytesRead).toBeLessThan(first + (1 << 20));
    expect(encoder.client.writableLength).toBeGreaterThan(32 << 20);
  });
});

describe('a second encoder', () => {
  async function busy(options: { takeover?: boolean } = {}, from = A) {
    const inbox = push.create({ publish: options }, means);
    const first = await pusher(inbox, from);
    const seen = await read(inbox);
    first.send('first');
    await until(() => seen.text === 'first');
    return { inbox, first, seen };
  }

  it('is refused while the first is alive, and the first notices nothing', async () => {
    const { inbox, first, seen } = await busy();
    await means.clock.advance(4999);
    const second = await pusher(inbox, B);
    await second.delivered;
    expect(second.error).toMatchObject(conflict);
    expect(() => inbox.reserve(undefined, B)).toThrow(expect.objectContaining(conflict));
    first.send(' goes on');
    await until(() => seen.text === 'first goes on');
    await means.clock.advance(4999);
    const third = await pusher(inbox, B);
    await third.delivered;
    expect(third.error).toMatchObject(conflict);
  });

  it('is refused from the same address too, where there are no names', async () => {
    const { inbox } = await busy();
    const second = await pusher(inbox, A);
    await second.delivered;
    expect(second.error).toMatchObject(conflict);
  });

  it('replaces one that has been silent for 5 s', async () => {
    const { inbox, first, seen } = await busy();
    await means.clock.advance(5000);
    const place = inbox.reserve(undefined, B);
    expect(first.error, 'a set-up alone ends nothing').toBeUndefined();
    const second = await pusher(inbox, B, { place });
    await first.delivered;
    expect(first.error).toMatchObject({
      code: 'already pushing',
      message: 'another encoder has taken this stream over',
    });
    await seen.finished;
    expect(seen.error).toBe(first.error);
    seen.feed.done?.(first.error);
    const next = await read(inbox);
    second.send('second');
    await until(() => next.text === 'second');
  });

  it('does not replace one that waits for the pump, however long', async () => {
    const inbox = push.create({}, means);
    await pusher(inbox, A);
    await means.clock.advance(30_000);
    const second = await pusher(inbox, B);
    await second.delivered;
    expect(second.error).toMatchObject(conflict);
  });

  it('wins at once where the stream lets the newest win', async () => {
    const { inbox, first, seen } = await busy({ takeover: true });
    await pusher(inbox, B);
    await first.delivered;
    expect(first.error).toMatchObject({ message: 'another encoder has taken this stream over' });
    await seen.finished;
    expect((await open(inbox)).from).toBe(B.address);
  });

  it('with the same name is the same encoder, and replaces its own old connection at once', async () => {
    const { inbox, first } = await busy({}, { ...A, user: 'hall' });
    const stranger = await pusher(inbox, { ...B, user: 'other' });
    await stranger.delivered;
    expect(stranger.error).toMatchObject(conflict);
    await pusher(inbox, { ...B, user: 'hall' });
    await first.delivered;
    expect(first.error).toMatchObject({ code: 'already pushing' });
    expect((await open(inbox)).from).toBe(B.address);
  });

  it('can come as soon as the first has ended', async () => {
    const { inbox, first, seen } = await busy();
    first.client.end();
    await seen.finished;
    seen.feed.done?.();
    const second = await pusher(inbox, B);
    second.send('second');
    const next = await read(inbox);
    await until(() => next.text === 'second');
  });
});

describe('a session of several bodies', () => {
  async function session(from = A) {
    const inbox = push.create({}, means);
    const place = inbox.reserve(undefined, from);
    const first = await pusher(inbox, from, { place });
    const seen = await read(inbox);
    first.send('one ');
    await until(() => seen.text === 'one ');
    return { inbox, place, first, seen };
  }

  it('is one feed', async () => {
    const { inbox, place, first, seen } = await session();
    first.client.end();
    await first.delivered;
    expect(first.outcome).toBe('open');
    const second = await pusher(inbox, A, { place });
    second.client.end('two');
    await second.delivered;
    expect(second.outcome).toBe('open');
    const third = await pusher(inbox, A, { place });
    await means.clock.advance(60_000);
    third.send(' three');
    await until(() => seen.text === 'one two three');
    expect(seen).toMatchObject({ ended: false, error: undefined });
  });

  it('is not disturbed by an old connection that breaks as the new one comes', async () => {
    const { inbox, place, first, seen } = await session();
    first.client.end();
    await first.delivered;
    let hangUp = (_error: Error) => {};
    const broken = new Promise<IteratorResult<Buffer>>((_resolve, reject) => (hangUp = reject));
    const bytes = { [Symbol.asyncIterator]: () => ({ next: () => broken }) };
    const old = failureOf(inbox.deliver({ bytes, from: A, place }));
    await means.clock.advance(0);
    hangUp(new Error('ECONNRESET'));
    await Promise.resolve();
    const next = inbox.deliver({ bytes: Readable.from([Buffer.from('two')]), from: A, place });
    expect(await old).toMatchObject({ code: 'already pushing' });
    expect(await next).toBe('open');
    expect(seen).toMatchObject({ text: 'one two', error: undefined });
  });

  it('is over 60 s after a connection broke and nobody came back', async () => {
    const { first, seen } = await session();
    first.client.resetAndDestroy();
    await first.delivered;
    await means.clock.advance(60_000);
    await seen.finished;
    expect(seen.error).toMatchObject({ code: 'stalled' });
  });

  it('is not ended by who leaves another place', async () => {
    const { inbox, first, seen } = await session();
    inbox.leave('42424242');
    first.client.end('two');
    await first.delivered;
    expect(seen).toMatchObject({ text: 'one two', ended: false });
  });

  it('is over when the stream says so, and its place is free', async () => {
    const { inbox, place, first, seen } = await session();
    seen.feed.done?.();
    await first.delivered;
    expect(first.outcome).toBe('over');
    expect(means.clock.waiting).toBe(0);
    expect(inbox.reserve(place, B)).not.toBe(place);
  });

  it('goes on at once over another connection while the old one hangs', async () => {
    const { inbox, place, first, seen } = await session();
    const second = await pusher(inbox, A, { place });
    await first.delivered;
    expect(first.error).toMatchObject({
      code: 'already pushing',
      message: expect.stringContaining('another connection'),
    });
    first.send('lost');
    second.send('two');
    await until(() => seen.text === 'one two');
    expect(seen.error).toBeUndefined();
  });

  it('keeps its place for 60 s after a connection broke', async () => {
    const { inbox, place, first, seen } = await session();
    const away: string[] = [];
    seen.feed.onAway?.((why) => away.push(why));
    first.client.resetAndDestroy();
    await first.delivered;
    expect(first.error).toMatchObject({ message: 'the encoder hung up in the middle' });
    expect(away).toEqual(['the encoder hung up in the middle']);
    await means.clock.advance(59_999);
    expect(inbox.reserve(place, A)).toBe(place);
    const second = await pusher(inbox, A, { place });
    second.send('two');
    await until(() => seen.text === 'one two');
    second.client.end();
    await second.delivered;
    await means.clock.advance(60_000);
    await seen.finished;
    expect(seen.error).toMatchObject({ code: 'stalled', message: 'the encoder did not come back within 60 s' });
  });

  it('that broke off and comes back as a new session is no other encoder: it ended because it broke off', async () => {
    const { inbox, first, seen } = await session();
    first.client.resetAndDestroy();
    await first.delivered;
    await means.clock.advance(5000);
    await pusher(inbox, A);
    await seen.finished;
    expect(seen.error).toMatchObject({ message: 'the encoder hung up in the middle' });
  });

  it('is held against another for 5 s between two bodies, and no longer', async () => {
    const { inbox, first, seen } = await session();
    first.client.end();
    await first.delivered;
    await means.clock.advance(4999);
    const soon = await pusher(inbox, B);
    await soon.delivered;
    expect(soon.error).toMatchObject(conflict);
    await means.clock.advance(1);
    await pusher(inbox, B);
    await seen.finished;
    expect(seen.error).toMatchObject({ message: 'another encoder has taken this stream over' });
  });

  it('of an unknown place begins anew where the slot is free, and only there', async () => {
    const { inbox, seen } = await session();
    const stranger = await pusher(inbox, B, { place: '42424242' });
    await stranger.delivered;
    expect(stranger.error).toMatchObject(conflict);
    expect(() => inbox.reserve('42424242', B)).toThrow(expect.objectContaining(conflict));
    seen.feed.done?.();
    const next = await pusher(inbox, B, { place: '42424242' });
    next.send('anew');
    const again = await read(inbox);
    await until(() => again.text === 'anew');
  });

  it('is not gone on with by somebody of another name', async () => {
    const { inbox, place } = await session({ ...A, user: 'hall' });
    const thief = await pusher(inbox, { ...B, user: 'other' }, { place });
    await thief.delivered;
    expect(thief.error).toMatchObject(conflict);
  });

  it('that is stopped between two bodies is over', async () => {
    const { inbox, place, first, seen } = await session();
    first.client.end();
    await first.delivered;
    stop.abort();
    await seen.finished;
    expect(seen.error).toMatchObject({ code: 'stopping' });
    expect(inbox.reserve(place, B)).not.toBe(place);
  });
});

describe('a place', () => {
  it('is a number nobody can guess, never the 0 that asks for one', () => {
    const inbox = push.create({}, means);
    const places = new Set(Array.from({ length: 100 }, () => inbox.reserve('0', A)));
    expect(places.size).toBe(100);
    for (const place of places) expect(place).toMatch(/^[1-9]\d{9,19}$/);
  });

  it('is given again to who asks for it, and kept for 120 s without a body', async () => {
    const inbox = push.create({}, means);
    const place = inbox.reserve(undefined, A);
    await means.clock.advance(119_999);
    expect(inbox.reserve(place, A)).toBe(place);
    await means.clock.advance(119_999);
    expect(inbox.reserve(place, A)).toBe(place);
    await means.clock.advance(120_000);
    expect(inbox.reserve(place, A)).not.toBe(place);
    expect(means.clock.waiting).toBe(1);
  });

  it('is good for a body from another address, as through proxies', async () => {
    const inbox = push.create({}, means);
    const mine = await pusher(inbox, B, { place: inbox.reserve(undefined, A) });
    const seen = await read(inbox);
    mine.send('mine');
    await until(() => seen.text === 'mine');
  });

  it('is held against others for the 5 s in which its body comes', async () => {
    const inbox = push.create({}, means);
    const place = inbox.reserve(undefined, A);
    for (const guess of [undefined, '42424242'])
      expect(() => inbox.reserve(guess, B)).toThrow(expect.objectContaining(conflict));
    const other = await pusher(inbox, B);
    await other.delivered;
    expect(other.error).toMatchObject(conflict);
    expect(inbox.reserve(undefined, A), 'a set-up that got lost is repeated').not.toBe(place);
    await means.clock.advance(5000);
    expect(() => inbox.reserve(undefined, B)).not.toThrow();
  });
});
