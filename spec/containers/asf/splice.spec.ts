import { describe, expect, it } from 'vitest';
import type { Part, Unit } from '../../../src/containers/container.ts';
import { readPacket } from '../../../src/containers/asf/packet.ts';
import { splice } from '../../../src/containers/asf/splice.ts';
import { type Asf, asf } from '../../support/asf.ts';
import type { Piece } from '../../support/asf-packet.ts';

const PREROLL = 3000;
const builder = asf().video(1).audio(2).script(4);
const GAP: Part = { kind: 'gap' };
const head = (from: Asf = builder): Part => ({ kind: 'header', bytes: from.header() });

function unit(atMs: number, ...payloads: Piece[]): Unit {
  const told =
    payloads.length > 0 ? payloads : [1, 2].map((stream) => ({ stream, shownMs: atMs + PREROLL, bytes: 50 }));
  return { kind: 'unit', bytes: builder.packet({ payloads: told, sendMs: atMs }), join: false, atMs };
}

/** Sends parts, each with the time on the wall; tells what comes out. */
function spliced() {
  const take = splice();
  const out: Part[] = [];
  return {
    out,
    send(nowMs: number, ...parts: Part[]) {
      for (const part of parts) out.push(take(part, nowMs));
    },
    /** packets 40 ms apart, in real time */
    run(nowMs: number, count: number, atMs: number) {
      for (let n = 0; n < count; n++) this.send(nowMs + 40 * n, unit(atMs + 40 * n));
    },
    get sent() {
      return out.filter((part) => part.kind === 'unit').map(({ bytes }) => readPacket(bytes)?.sendTime);
    },
    get at() {
      return out.filter((part) => part.kind === 'unit').map(({ atMs }) => atMs);
    },
    shown(stream: number) {
      const packets = out.filter((part) => part.kind === 'unit').map(({ bytes }) => readPacket(bytes));
      const payloads = packets.flatMap((packet) => packet?.payloads ?? []);
      return payloads.filter((payload) => payload.stream === stream).map(({ presentationTime }) => presentationTime);
    },
  };
}

describe('a stream that runs without a break', () => {
  it('passes untouched', () => {
    const stream = spliced();
    const parts = [head(), unit(0), unit(40), { kind: 'loss', what: 'packets', count: 2 }, GAP, unit(80)] as const;
    stream.send(0, ...parts);
    stream.out.forEach((part, n) => expect(part).toBe(parts[n]));
  });

  it('may send packets a little out of order, and stop for a while', () => {
    const stream = spliced();
    stream.send(0, head(), unit(5000), unit(4700), unit(5040), unit(60_000));
    expect(stream.sent).toEqual([5000, 4700, 5040, 60_000]);
  });
});

describe('an encoder that comes back with the same layout', () => {
  it('goes on where it stopped, later by the time that passed', () => {
    const stream = spliced();
    stream.send(0, head());
    stream.run(0, 5, 0);
    stream.send(7160, head(builder.with({ fileId: '11'.repeat(16) })));
    stream.run(7160, 3, 0);
    expect(stream.out.filter(({ kind }) => kind === 'header')).toEqual([head(), head()]);
    expect(stream.sent).toEqual([0, 40, 80, 120, 160, 7160, 7200, 7240]);
    expect(stream.at).toEqual(stream.sent);
    expect(stream.shown(1)).toEqual(stream.sent.map((time) => (time ?? 0) + PREROLL));
    expect(stream.shown(2)).toEqual(stream.shown(1));
  });

  it('goes on a packet later at least, when no time has passed', () => {
    const stream = spliced();
    stream.send(0, head());
    stream.run(0, 100, 0);
    stream.send(3960, head(), unit(0));
    expect(stream.sent.at(-1)).toBe(3960 + 40);
  });

  it('does not go on after a pause because there was one before', () => {
    const stream = spliced();
    stream.send(0, head());
    stream.run(0, 100, 0);
    stream.run(30_000, 3, 30_000);
    stream.send(30_080, head(), unit(0));
    expect(stream.sent.at(-1)).toBe(30_080 + 40);
  });

  it('comes back again and again', () => {
    const stream = spliced();
    for (const nowMs of [0, 1000, 2000, 3000]) {
      stream.send(nowMs, head());
      stream.run(nowMs, 3, 0);
    }
    expect(stream.sent).toEqual([0, 40, 80, 1000, 1040, 1080, 2000, 2040, 2080, 3000, 3040, 3080]);
  });

  it('has what it sends shown after what was shown, sound and picture moved alike', () => {
    const stream = spliced();
    const early = { stream: 1, shownMs: 8000, bytes: 10 };
    stream.send(0, head(), unit(0, { stream: 2, shownMs: 3000, bytes: 10 }, early));
    stream.send(100, head(), unit(0, { stream: 1, shownMs: 3000, bytes: 10 }, { stream: 2, shownMs: 3010, bytes: 10 }));
    expect(stream.shown(1)).toEqual([8000, 8001]);
    expect(stream.shown(2)).toEqual([3000, 8011]);
    expect(stream.sent).toEqual([0, 5001]);
  });

  it('is moved once, whichever stream comes first', () => {
    const stream = spliced();
    stream.send(0, head(), unit(0, { stream: 2, shownMs: 3000, bytes: 10 }, { stream: 1, shownMs: 8000, bytes: 10 }));
    stream.send(100, head(), unit(0, { stream: 2, shownMs: 3010, bytes: 10 }));
    stream.send(140, unit(40, { stream: 1, shownMs: 3040, bytes: 10 }));
    expect(stream.sent).toEqual([0, 4991, 5031]);
    expect([stream.shown(1), stream.shown(2)]).toEqual([
      [8000, 8031],
      [3000, 8001],
    ]);
  });

  it('has sound that lags behind the picture held back too', () => {
    const stream = spliced();
    stream.send(0, head(), unit(0, { stream: 1, shownMs: 3000, bytes: 10 }, { stream: 2, shownMs: 4000, bytes: 10 }));
    stream.send(100, head(), unit(5000, { stream: 1, shownMs: 9000, bytes: 10 }));
    stream.send(140, unit(5040, { stream: 2, shownMs: 7000, bytes: 10 }), unit(5080));
    expect(stream.shown(1)).toEqual([3000, 4100, 8080 + (4001 - 7000)]);
    expect(stream.shown(2)[1]).toBe(4001);
  });

  it('is not held back by the rest of a picture that began before', () => {
    const stream = spliced();
    const rest = { stream: 1, offset: 900, shownMs: 100, bytes: 10 };
    stream.send(0, head(), unit(0));
    stream.send(100, head(), unit(0, rest, { stream: 2, shownMs: 3000, bytes: 10 }));
    expect(stream.sent).toEqual([0, 100]);
  });

  it('goes on behind the latest packet, where the last one was out of order', () => {
    const stream = spliced();
    const untimed = { stream: 1, bytes: 10 };
    stream.send(0, head(), unit(5000, untimed), unit(4700, untimed), head(), unit(0, untimed));
    expect(stream.sent.at(-1)).toBe(5001);
  });

  it('is not held back by a script that is to be shown in a year', () => {
    const stream = spliced();
    stream.send(0, head(), unit(0, { stream: 4, shownMs: 2_000_000_000, bytes: 10 }));
    stream.send(100, head(), unit(0));
    expect(stream.sent).toEqual([0, 100]);
  });

  it('passes untouched if its clock went on, as after a break in the network', () => {
    const stream = spliced();
    stream.send(0, head(), unit(500_000));
    const later = unit(505_300);
    stream.send(5000, head(), later);
    expect(stream.out.at(-1)).toBe(later);
  });

  it('goes on beyond 32 bits, though a new reading of it does not know how often its times have wrapped', () => {
    const stream = spliced();
    const wrap = 2 ** 32;
    stream.send(0, head(), { ...unit(0), atMs: wrap });
    const later = unit(80);
    stream.send(100, head(), later, unit(120));
    const carried = stream.out.at(-2);
    expect(carried?.kind === 'unit' && carried.bytes).toBe(later.bytes);
    expect(stream.at).toEqual([wrap, wrap + 80, wrap + 120]);
    expect(stream.sent).toEqual([0, 80, 120]);
  });

  it('wraps its times where they are too large for their field', () => {
    const stream = spliced();
    const wrap = 2 ** 32;
    stream.send(0, head(), unit(wrap - 50));
    stream.send(100, head(), unit(700_000));
    expect(stream.at).toEqual([wrap - 50, wrap + 50]);
    expect(stream.sent).toEqual([wrap - 50, 50]);
  });
});

describe('an encoder that begins its clock anew', () => {
  it.each([
    ['after a gap, even by a little', GAP, 5000, 4900],
    ['without a word', undefined, 5000, 0],
  ])('does not make times run backwards: %s', (_, between, before, after) => {
    const stream = spliced();
    stream.send(0, head(), unit(before), ...(between ? [between] : []));
    stream.send(300, unit(after), unit(after + 40));
    expect(stream.sent).toEqual([5000, 5300, 5340]);
  });

  it('is left as it is where it jumps ahead after a gap', () => {
    const stream = spliced();
    stream.send(0, head(), unit(0), GAP, unit(9000));
    expect(stream.sent).toEqual([0, 9000]);
  });
});

describe('an encoder that comes back with another layout', () => {
  it('has its own header, and its times as they are', () => {
    const other = head(asf({ packetSize: 500 }).video(1).audio(2));
    const stream = spliced();
    stream.send(0, head(), unit(5000));
    stream.send(100, head(), unit(0));
    const again = unit(0);
    stream.send(200, other, again);
    expect(stream.out.slice(-2)).toEqual([other, again]);
    expect(stream.out.at(-1)).toBe(again);
  });
});
