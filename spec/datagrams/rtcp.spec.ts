import { describe, expect, test } from 'vitest';
import { goodbye, readRtcp, receiverReport } from '../../src/datagrams/rtcp.ts';
import { Reports } from '../../src/datagrams/reports.ts';
import { handClock } from '../support/clock.ts';

/** A sender report, and half of a description behind it. */
const TORN = Buffer.from('80c80006a9309b10eeaaf2a1d581062400000000000000000000000081ca0002a9309b100105', 'hex');
const SSRC = 0xa930_9b10;
/** 2026-11-21T11:37:09.500Z as NTP has it. */
const AT_MS = Date.UTC(2026, 10, 21, 11, 37, 9, 500);

function senderReport(ssrc: number, atMs: number, timestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c8_0006, 0);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(Math.floor(atMs / 1000) + 2_208_988_800, 8);
  report.writeUInt32BE(Math.round(((atMs % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(timestamp, 16);
  report.writeUInt32BE(1234, 20);
  return report;
}

const arrivals = {
  packets: 0,
  bytes: 0,
  lost: 0,
  reordered: 0,
  duplicates: 0,
  late: 0,
  refused: 0,
  dropped: 0,
  refusals: {},
  ssrc: SSRC,
};

describe('a sender report', () => {
  test('tells who sends, and what time it is there', () => {
    expect(readRtcp(senderReport(SSRC, AT_MS, 90_000))).toEqual({
      report: { ssrc: SSRC, atMs: AT_MS, timestamp: 90_000, lastReport: expect.any(Number) },
      members: [SSRC],
      gone: [],
    });
  });

  test('is read where it is followed by something torn', () => {
    expect(readRtcp(TORN)?.report?.ssrc).toBe(SSRC);
  });

  test.each([
    ['nothing', ''],
    ['RTP', '80210001'],
    ['too little', '80c8'],
    ['a length beyond the end', '80c8ffff00000000'],
  ])('is not seen in %s', (_, hex) => expect(readRtcp(Buffer.from(hex, 'hex'))).toBeUndefined());

  test('gives the time of each packet on the clock of its sender, over the end of the numbers', () => {
    const reports = new Reports({ ssrc: 1, clockRate: 90_000 }, handClock());
    expect(reports.senderMs(0, SSRC)).toBeUndefined();
    reports.hear(senderReport(SSRC, AT_MS, 0xffff_ffff - 44_999));
    expect(reports.senderMs(45_000, SSRC)).toBeCloseTo(AT_MS + 1000, 3);
    expect(reports.senderMs(0xffff_ffff - 89_999, SSRC)).toBeCloseTo(AT_MS - 500, 3);
    expect(reports.senderMs(45_000, 7)).toBeUndefined();
  });

  test('tells nothing any more when numbers have gone half around since', async () => {
    const clock = handClock();
    const reports = new Reports({ ssrc: 1, clockRate: 90_000 }, clock);
    reports.hear(senderReport(SSRC, AT_MS, 0));
    await clock.advance(6 * 3_600_000);
    expect(reports.senderMs(6 * 3600 * 90_000, SSRC)).toBe(AT_MS + 6 * 3_600_000);
    await clock.advance(3_600_000);
    expect(reports.senderMs(7 * 3600 * 90_000, SSRC)).toBeUndefined();
  });
});

describe('a receiver report', () => {
  test('is laid out as RFC 3550 draws it', () => {
    const about = {
      ssrc: SSRC,
      fractionLost: 64,
      lost: 5,
      highestSequence: 0x1_0002,
      jitter: 77.4,
      lastReport: 0xf2a1_d581,
      sinceLastReportMs: 500,
    };
    expect(receiverReport(0x0102_0304, 'me', [about]).toString('hex')).toBe(
      [
        '81c90007',
        '01020304',
        'a9309b10',
        '40',
        '000005',
        '00010002',
        '0000004d',
        'f2a1d581',
        '00008000',
        '81ca0003',
        '01020304',
        '01026d65',
        '00000000',
      ].join(''),
    );
    expect(goodbye(0x0102_0304, 'a').toString('hex')).toBe(
      ['80c90001', '01020304', '81ca0002', '01020304', '010161', '00', '81cb0001', '01020304'].join(''),
    );
  });

  test('says of 256 packets how many were lost since the last one', async () => {
    const clock = handClock();
    const reports = new Reports({ ssrc: 1, clockRate: 90_000 }, clock);
    reports.hear(senderReport(SSRC, AT_MS, 0));
    await clock.advance(2000);
    const first = reports.report({
      arrivals: { ...arrivals, lost: 25, jitterMs: 2 },
      highestSequence: 100,
      bitsPerSecond: 0,
    });
    expect(first[12]).toBe(64);
    expect(first.readUInt32BE(20)).toBe(180);
    expect(first.readUInt32BE(28)).toBe(2 * 65_536);
    const second = reports.report({ arrivals: { ...arrivals, lost: 25 }, highestSequence: 200, bitsPerSecond: 0 });
    expect([second[12], second.readUIntBE(13, 3)]).toEqual([0, 25]);
  });

  test('comes every few seconds, and less often where there are many receivers', () => {
    const reports = new Reports({ ssrc: 1, clockRate: 90_000 }, handClock());
    const least = 5000 / (Math.E - 1.5);
    for (let n = 0; n < 50; n += 1) {
      expect(reports.pauseMs(1_000_000)).toBeGreaterThanOrEqual(0.5 * least);
      expect(reports.pauseMs(1_000_000)).toBeLessThanOrEqual(1.5 * least);
    }
    for (let ssrc = 2; ssrc < 1001; ssrc += 1) reports.hear(receiverReport(ssrc, 'x', []));
    // a thousand times 100 bytes in 3.75 % of 125000 bytes a second
    expect(reports.pauseMs(1_000_000)).toBeGreaterThanOrEqual((0.5 * 21_333) / (Math.E - 1.5));
    for (let ssrc = 2; ssrc < 1001; ssrc += 1) reports.hear(goodbye(ssrc, 'x'));
    expect(reports.pauseMs(1_000_000)).toBeLessThanOrEqual(1.5 * least);
  });

  test('comes as often as ever when others have gone without a word, as who is killed does', async () => {
    const clock = handClock();
    const reports = new Reports({ ssrc: 1, clockRate: 90_000 }, clock);
    const usually = () => (reports.pauseMs(1_000_000) * (Math.E - 1.5)) / 21_333;
    for (let ssrc = 2; ssrc < 1001; ssrc += 1) reports.hear(receiverReport(ssrc, 'x', []));
    await clock.advance(100_000);
    expect(usually()).toBeGreaterThanOrEqual(0.5);
    await clock.advance(10_000);
    expect(usually()).toBeLessThan(0.5);
  });
});
