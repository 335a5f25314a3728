// The client of RTP: what it counts is what was done to the packets, and what it hands on is what was sent.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Receiving } from '../../src/commands/receiving.ts';
import { readGroup } from '../../src/datagrams/group.ts';
import { readRtcp } from '../../src/datagrams/rtcp.ts';
import { type Session, sessionAt } from '../../src/sdp/session.ts';
import { handClock, settle } from '../support/clock.ts';
import { freeUdpPort, sender } from '../support/datagrams.ts';
import { until } from '../support/origin.ts';
import { withPrograms } from '../support/programs.ts';
import { payloadsOf, rtp, troubled } from '../support/rtp.ts';
import { silent } from '../support/log.ts';

const log = silent;

function sessionOf(url: string, more: Partial<Session> = {}): Session {
  const group = readGroup(url);
  if (!group) throw new Error(`no group: ${url}`);
  return { ...sessionAt(group), ...more };
}

async function open(session: Session, agreed = true, which: { interface?: string } = {}) {
  const clock = handClock(1000);
  const got: Buffer[] = [];
  const afterLoss: number[] = [];
  const output = {
    take(payload: Buffer, _: unknown, isAfterLoss: boolean) {
      if (isAfterLoss) afterLoss.push(got.length);
      got.push(payload);
    },
    failed: () => {},
  };
  const receiving = new Receiving(session, agreed, output, clock);
  const stop = new AbortController();
  const running = receiving.run(which, log, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  const from = await sender(session.group);
  // It listens as soon as something comes of another kind than it wants.
  while (receiving.seen.arrivals.refused === 0) {
    await from.send([Buffer.from('are you there?')]);
    await settle();
  }
  return { receiving, clock, got, afterLoss, from, stop, running };
}

const payloads = payloadsOf(600);

describe('what is counted', () => {
  test.each([
    [1, { lost: 20, reordered: 30, duplicates: 10 }],
    [2, { lost: 1, reordered: 0, duplicates: 0 }],
    [3, { lost: 0, reordered: 50, duplicates: 50 }],
  ])('is what was done to the packets (seed %i)', async (seed, mishaps) => {
    const { receiving, got, afterLoss, from, clock } = await open(sessionOf(`rtp://127.0.0.1:${await freeUdpPort()}`));
    const sent = rtp(payloads, { ssrc: 0xabcd_ef01 });
    const { come, missing, behind } = troubled(sent, seed, mishaps);
    await from.send(come);
    await until(() => receiving.seen.arrivals.packets === come.length);
    await clock.advance(200);
    expect(receiving.seen.arrivals).toMatchObject({
      packets: sent.length - mishaps.lost + mishaps.duplicates,
      lost: mishaps.lost,
      reordered: behind,
      duplicates: mishaps.duplicates,
      late: 0,
      ssrc: 0xabcd_ef01,
      payloadType: 33,
    });
    const expected = payloads.filter((_, n) => !missing.includes(sent[n]!));
    expect(Buffer.concat(got).equals(Buffer.concat(expected))).toBe(true);
    expect(afterLoss.length).toBeLessThanOrEqual(mishaps.lost);
    expect(afterLoss.length > 0).toBe(mishaps.lost > 0);
  });

  test('is of the payload type that was agreed upon, and of any where the group alone is known', async () => {
    const others = rtp(payloads.slice(0, 50), { payloadType: 96 });
    const told = await open(sessionOf(`rtp://127.0.0.1:${await freeUdpPort()}`));
    await told.from.send(others);
    await until(() => told.receiving.seen.arrivals.refused >= 51);
    expect(told.got).toEqual([]);
    expect(told.receiving.seen.lastMs).toBeUndefined();
  });

  test('knows a bare transport stream from one in RTP', async () => {
    for (const datagrams of [payloads.slice(0, 50), rtp(payloads.slice(0, 50))]) {
      const { from, got } = await open(sessionOf(`udp://127.0.0.1:${await freeUdpPort()}`), false);
      await from.send(datagrams);
      await until(() => got.length === 50);
      expect(Buffer.concat(got).equals(Buffer.concat(payloads.slice(0, 50)))).toBe(true);
    }
  });
});

withPrograms('RTCP', ['multicast'], () => {
  /** All that is said to the port of reports. */
  async function overheard(address: string, port: number) {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    onTestFinished(() => void socket.close());
    socket.bind(port, address);
    await once(socket, 'listening');
    socket.addMembership(address, '127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('message', (datagram) => void heard.push(datagram));
    return heard;
  }

  function senderReport(ssrc: number): Buffer {
    const report = Buffer.alloc(28);
    report.writeUInt32BE(0x80c8_0006, 0);
    report.writeUInt32BE(ssrc, 4);
    report.writeUInt32BE(2_208_988_800 + 1000, 8);
    return report;
  }

  test('tells the sender that reports itself what was lost of its packets, and takes leave', async () => {
    const port = await freeUdpPort();
    const session = sessionOf(`rtp://239.7.7.1:${port}`);
    const heard = await overheard('239.7.7.1', port + 1);
    const { receiving, from, clock, stop, running } = await open(session, true, { interface: 'lo' });
    const sent = rtp(payloads, { ssrc: 77, timestamp: 90_000, step: 0 });
    const { come } = troubled(sent, 5, { lost: 60 });
    await from.send(come);
    await until(() => receiving.seen.arrivals.packets === come.length);
    await clock.advance(20_000);
    expect(heard).toEqual([]);

    const reports = await sender({ ...session.group, port: port + 1 });
    await reports.send([senderReport(77)]);
    while (receiving.seen.senderMs === undefined) await settle();
    expect(receiving.seen.senderMs).toBe(1000_000 + 1000);
    while (heard.length < 2) await clock.advance(1000);
    const report = heard[1]!;
    expect(report.readUInt16BE(0)).toBe(0x81c9);
    expect([report.readUInt32BE(8), report.readUIntBE(13, 3)]).toEqual([77, 60]);
    expect(report.readUInt32BE(16)).toBe(65_500 + 599);
    stop.abort();
    await running;
    while (!heard.some((datagram) => (readRtcp(datagram)?.gone.length ?? 0) > 0)) await settle();
  });

  test.each([
    ['where the session asks for none', { reports: false, rtcpPort: 0 }, ''],
    ['where only one source is wanted, whom they would not reach', {}, '127.0.0.1@'],
  ])('says nothing %s', async (_, more, source) => {
    const port = await freeUdpPort();
    const group = source === '' ? '239.7.7.2' : '232.7.7.2';
    const heard = await overheard(group, port + 1);
    const session = sessionOf(`rtp://${source}${group}:${port}`, { ...more, rtcpPort: port + 1 });
    const { receiving, from, clock } = await open(session, true, { interface: 'lo' });
    await from.send(rtp(payloads.slice(0, 10), { ssrc: 77 }));
    await until(() => receiving.seen.arrivals.packets === 10);
    await (await sender({ ...session.group, port: port + 1 })).send([senderReport(77)]);
    while (receiving.seen.senderMs === undefined) await settle();
    await clock.advance(60_000);
    expect(heard.length).toBe(1);
  });
});
