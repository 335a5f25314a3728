import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { readGroup } from '../../src/datagrams/group.ts';
import { announce, type Announcing } from '../../src/outlets/sap.ts';
import { readSdp } from '../../src/sdp/description.ts';
import { sessionOf } from '../../src/sdp/offer.ts';
import { type Session, sessionAt } from '../../src/sdp/session.ts';
import { handClock, settle } from '../support/clock.ts';
import { withPrograms } from '../support/programs.ts';
import { writtenLog } from '../support/log.ts';

const session = (url: string, title: string): Session => {
  const group = readGroup(url);
  if (!group) throw new Error(url);
  return { ...sessionAt(group, title), ttl: 3 };
};

interface Heard {
  readonly isDeletion: boolean;
  readonly hash: number;
  readonly origin: string;
  readonly sdp: string;
}

/** RFC 2974, read by hand. */
function read(bytes: Buffer): Heard {
  expect(bytes[0]! >> 5).toBe(1);
  expect(bytes[1]).toBe(0);
  const isSix = (bytes[0]! & 0x10) !== 0;
  const start = isSix ? 20 : 8;
  const end = bytes.indexOf(0, start);
  expect(bytes.toString('latin1', start, end)).toBe('application/sdp');
  const origin = isSix ? bytes.toString('hex', 4, 20) : [...bytes.subarray(4, 8)].join('.');
  const isDeletion = (bytes[0]! & 0x04) !== 0;
  return { isDeletion, hash: bytes.readUInt16BE(2), origin, sdp: bytes.toString('utf8', end + 1) };
}

async function listening(family: 4 | 6): Promise<Heard[]> {
  const socket = createSocket({ type: `udp${family}`, reuseAddr: true });
  onTestFinished(() => void socket.close());
  const group = family === 4 ? '224.2.127.254' : 'ff0e::2:7ffe';
  socket.bind(9875, group);
  await once(socket, 'listening');
  if (family === 4) socket.addMembership(group, '127.0.0.1');
  else socket.addMembership(group, '::%lo');
  const heard: Heard[] = [];
  socket.on('message', (bytes) => void heard.push(read(bytes)));
  return heard;
}

function announcing(sessions: () => readonly Session[], more: Partial<Announcing> = {}) {
  const clock = handClock();
  const { log, lines } = writtenLog();
  const stop = new AbortController();
  const running = announce(
    sessions,
    { everyMs: 30_000, ttl: 1, interface: 'lo', ...more },
    { log, clock },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(end);
  return { clock, lines, end };
}

const arrived = async (heard: readonly Heard[], count: number) => {
  while (heard.length < count) await settle();
};

withPrograms('An announcement', ['multicast'], () => {
  test('tells everybody who listens where the stream is, again and again, and is taken back in the end', async () => {
    const heard = await listening(4);
    const tv = session('rtp://239.1.2.3:6004', 'Concert hall');
    const { clock, end } = announcing(() => [tv]);
    await arrived(heard, 1);
    const first = heard[0]!;
    expect(first).toMatchObject({ isDeletion: false, origin: '127.0.0.1' });
    expect(sessionOf(readSdp(first.sdp))).toMatchObject({ title: 'Concert hall', group: tv.group, ttl: 3 });

    while (heard.length < 2) await clock.advance(1000);
    expect(clock.now()).toBeGreaterThanOrEqual(20_000);
    expect(clock.now()).toBeLessThanOrEqual(42_000);
    expect(heard[1]).toEqual(first);

    await end();
    await arrived(heard, 3);
    expect(heard[2]).toMatchObject({ isDeletion: true, hash: first.hash, origin: '127.0.0.1' });
    expect(heard[2]?.sdp).toBe(`${first.sdp.split('\r\n')[1]}\r\n`);
  });

  test('follows what there is: new at once, changed ones instead of the old, gone ones taken back', async () => {
    const heard = await listening(4);
    let sessions: Session[] = [];
    const { clock } = announcing(() => sessions);
    await clock.advance(5000);
    expect(heard).toEqual([]);
    sessions = [session('rtp://239.1.2.3:6004', 'a')];
    while (heard.length < 1) await clock.advance(1000);
    sessions = [session('rtp://239.1.2.3:6004', 'b')];
    while (heard.length < 3) await clock.advance(1000);
    expect(clock.now()).toBeLessThan(15_000);
    expect(heard.map(({ isDeletion }) => isDeletion)).toEqual([false, true, false]);
    expect(heard[2]?.hash).not.toBe(heard[0]?.hash);
    sessions = [];
    while (heard.length < 4) await clock.advance(1000);
    expect(heard[3]).toMatchObject({ isDeletion: true, hash: heard[2]?.hash });
  });

  test('of a group of IPv6 goes to where IPv6 listens', async () => {
    const [four, six] = [await listening(4), await listening(6)];
    announcing(() => [session('rtp://[ff15::9]:6004', 'six')]);
    await arrived(six, 1);
    expect(six[0]?.sdp).toContain('c=IN IP6 ff15::9\r\n');
    expect(six[0]?.origin).toHaveLength(32);
    expect(four).toEqual([]);
  });

  test('takes no more of the network than all may together, however many there are', async () => {
    const heard = await listening(4);
    const many = Array.from({ length: 100 }, (_, n) => session(`rtp://239.1.3.${n + 1}:6004`, `stream ${n}`));
    const { clock } = announcing(() => many, { everyMs: 5000 });
    await arrived(heard, 100);
    const bits = heard.reduce((sum, { sdp }) => sum + (sdp.length + 24) * 8, 0);
    while (heard.length < 101) await clock.advance(1000);
    expect(clock.now() / 1000).toBeGreaterThan((bits / 4000) * (2 / 3));
  });
});

test('where the network does not take announcements the log says so, and it is tried again', async () => {
  const { lines, clock } = announcing(() => [session('rtp://239.1.2.3:6004', 'x')], { interface: 'eth99' });
  while (lines.length < 1) await settle();
  await clock.advance(60_000);
  await settle();
  expect(lines[0]).toMatchObject({ msg: 'announcing failed', reason: expect.stringContaining(`'eth99'`) });
});
