import { describe, expect, test } from 'vitest';
import { Reception, type Received } from '../../src/datagrams/reception.ts';
import { Statistics } from '../../src/datagrams/statistics.ts';
import { mpegts } from '../../src/containers/mpegts/index.ts';
import { handClock } from '../support/clock.ts';
import { payloadsOf, rtp, troubled } from '../support/rtp.ts';

const whole = (payload: Buffer) => mpegts.datagram?.(payload) ?? false;

function reception(scheme: 'udp' | 'rtp' = 'udp', more: Partial<Received> = { accepts: whole }) {
  const clock = handClock();
  const statistics = new Statistics();
  const got: Buffer[] = [];
  let lost = 0;
  const to = { deliver: (payload: Buffer) => got.push(payload), lost: (count: number) => (lost += count), ...more };
  const one = new Reception(scheme, to, statistics, clock);
  return {
    clock,
    got,
    take: (datagrams: readonly Buffer[]) => datagrams.forEach((datagram) => one.take(datagram)),
    told: () => ({ ...statistics.arrivals(), toldLost: lost }),
  };
}

const payloads = payloadsOf(40);
const all = Buffer.concat(payloads);

describe('datagrams', () => {
  test('are taken bare, or out of RTP, without being told which', () => {
    for (const datagrams of [payloads, rtp(payloads), rtp(payloads, { payloadType: 96 })]) {
      const { got, take, told } = reception();
      take(datagrams);
      expect(Buffer.concat(got).equals(all)).toBe(true);
      expect(told()).toMatchObject({ packets: 40, bytes: all.length, lost: 0, refused: 0 });
    }
  });

  test('are not copied', () => {
    const { got, take } = reception();
    const [bare] = payloadsOf(1);
    const [packed] = rtp(payloadsOf(1));
    if (!bare || !packed) throw new Error('one was asked for');
    take([bare, packed]);
    expect(got[0]).toBe(bare);
    expect(got[1]?.buffer).toBe(packed.buffer);
  });

  test('of a sender who goes over to the other way go on', () => {
    const { got, take, told } = reception();
    take([...payloads.slice(0, 10), ...rtp(payloads.slice(10, 20)), ...payloads.slice(20)]);
    expect(Buffer.concat(got).equals(all)).toBe(true);
    expect(told().refused).toBe(0);
  });

  test('of other things are refused, and counted', () => {
    const { got, take, told } = reception();
    const torn = payloads.map((payload) => payload.subarray(0, 1300)).slice(0, 5);
    take([...payloads, Buffer.alloc(0), Buffer.from('hello'), ...torn, ...rtp(torn, { ssrc: 9 })]);
    expect(Buffer.concat(got).equals(all)).toBe(true);
    expect(told()).toMatchObject({ packets: 40, refused: 12, refusals: { 'other payload': 12 } });
  });

  test('without RTP are refused where RTP was said', () => {
    const { got, take, told } = reception('rtp');
    take([...payloads.slice(0, 3), ...rtp(payloads)]);
    expect(Buffer.concat(got).equals(all)).toBe(true);
    expect(told()).toMatchObject({ packets: 40, refused: 3 });
  });

  test('with reports of the sender are nothing to tell of', () => {
    const { take, told } = reception('rtp');
    take([...rtp(payloads), Buffer.concat([Buffer.of(0x80, 200, 0, 6), Buffer.alloc(24)])]);
    expect(told()).toMatchObject({ packets: 40, refused: 0 });
  });

  test('with torn packets within a stream are refused and not taken for lost', async () => {
    const { got, take, told, clock } = reception();
    take(rtp(payloads.map((payload, n) => (n % 10 === 5 ? payload.subarray(0, 1000) : payload))));
    await clock.advance(200);
    expect(got).toHaveLength(36);
    expect(told()).toMatchObject({ packets: 40, lost: 0, refused: 4 });
  });

  test('that hold nothing keep a path open, and are no loss', () => {
    const { got, take, told } = reception();
    take(rtp(payloads.map((payload, n) => (n === 3 ? Buffer.alloc(0) : payload))));
    expect(got).toHaveLength(39);
    expect(told()).toMatchObject({ packets: 40, lost: 0, refused: 0 });
  });

  test('of another type than was agreed upon are left out', () => {
    const { got, take, told } = reception('rtp', { payloadType: 96 });
    const other = rtp([Buffer.from('other')], { payloadType: 97, sequence: 2 });
    const sent = rtp([Buffer.from('a'), Buffer.from('b'), Buffer.from('d')], { payloadType: 96, sequence: 0 });
    take([...sent.slice(0, 2), ...other, ...rtp([Buffer.from('d')], { payloadType: 96, sequence: 3 })]);
    expect(Buffer.concat(got).toString()).toBe('abd');
    expect(told()).toMatchObject({ lost: 0, refused: 1, payloadType: 96 });
  });

  test.each([1, 2, 3])('of a bad network come whole, but for what was lost (seed %i)', async (seed) => {
    const many = payloadsOf(600);
    const { come, missing, behind } = troubled(rtp(many), seed, { lost: 20, reordered: 30, duplicates: 25 });
    const { got, take, told, clock } = reception();
    take(come);
    await clock.advance(200);
    const gone = new Set(missing.map((datagram) => datagram.readUInt16BE(2)));
    const rest = rtp(many).filter((datagram) => !gone.has(datagram.readUInt16BE(2)));
    expect(Buffer.concat(got).equals(Buffer.concat(rest.map((datagram) => datagram.subarray(12))))).toBe(true);
    const counts = { packets: 605, lost: 20, toldLost: 20, reordered: behind, duplicates: 25, late: 0, refused: 0 };
    expect(told()).toMatchObject(counts);
  });
});
