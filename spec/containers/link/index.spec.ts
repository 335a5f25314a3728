import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Part, Unit } from '../../../src/containers/container.ts';
import type { Batch } from '../../../src/containers/wire.ts';
import { asf } from '../../../src/containers/asf/index.ts';
import { recognise } from '../../../src/containers/index.ts';
import { flags, kinds, plainHead, writeHead } from '../../../src/containers/link/frames.ts';
import { acceptsLink, LINK, linkOf } from '../../../src/containers/link/index.ts';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { PumpError } from '../../../src/errors.ts';
import { asf as asfStream } from '../../support/asf.ts';
import { framed, headers, units } from '../../support/framing.ts';
import { mkv, scenes } from '../../support/matroska.ts';
import { film as broadcast, radio, ts } from '../../support/ts.ts';
import { keepsTheContract } from '../contract.ts';

const windows = asfStream().video(1).audio(2);
const film = mkv().video(1).audio(2);

const carried: readonly { container: Container; stream: Buffer; other: Buffer }[] = [
  {
    container: asf,
    stream: Buffer.concat([windows.header(), ...windows.packets(12)]),
    other: asfStream({ packetSize: 500 }).video(1, { codec: 'WVC1' }).audio(2).header(),
  },
  {
    container: matroska,
    stream: film.file(...scenes(24)),
    other: mkv()
      .video(1, { setUp: 'other' })
      .audio(2)
      .file(...scenes(2)),
  },
  {
    container: mpegts,
    stream: ts({ programs: [broadcast] })
      .tables()
      .second(0)
      .second(1000)
      .second(2000).bytes,
    other: ts({ programs: [radio] }).tables().bytes,
  },
];

function wireOf(container: Container) {
  const [wire] = linkOf(container).wires;
  const dressed = (header: Buffer, batches: readonly Batch[] = []) => {
    const dress = wire.dress(header);
    return Buffer.concat([dress.begin, ...batches.map((batch) => dress.run?.(batch) ?? Buffer.alloc(0))]);
  };
  return { wire, dressed };
}

/** As a channel does it: none has a place to begin behind other units. */
function batches(all: readonly Unit[], firstIndex = 0): Batch[] {
  const made: { units: Unit[]; firstIndex: number; gap: boolean }[] = [];
  all.forEach((unit, n) => {
    if (unit.join || made.length === 0) made.push({ units: [], firstIndex: firstIndex + n, gap: false });
    made.at(-1)?.units.push(unit);
  });
  return made;
}

for (const { container, stream, other } of carried) {
  const { parts } = framed(container, stream);
  const [header = Buffer.alloc(0)] = headers(parts);
  const [second = Buffer.alloc(0)] = headers(framed(container, other).parts);
  const { wire, dressed } = wireOf(container);
  const linked = dressed(header, batches(units(parts), 0xffff_fffa));

  keepsTheContract(linkOf(container), { [container.name]: { stream: linked, other: dressed(second) } });

  describe(`a link that carries ${container.name}`, () => {
    it('hands on the very parts, and where each run ends', () => {
      const expected = parts.flatMap((part, n): Part[] => {
        if (part.kind === 'header') return [part];
        const next = parts[n + 1];
        const isLast = next === undefined || (next.kind === 'unit' && next.join);
        return part.kind === 'unit' ? [{ ...part, ...(isLast && { isLast: true }) }] : [];
      });
      expect(framed(linkOf(container), linked).parts).toEqual(expected);
      expect(recognise(linked)).toBe(linkOf(container));
    });

    it('says where something is missing, since a run was passed over or did not follow', () => {
      const [first, , third, ...rest] = batches(units(parts));
      if (!first || !third) throw new Error('too short');
      const gapped = dressed(header, [first, third, ...rest.map((batch) => ({ ...batch, gap: true }))]);
      const kindsOf = framed(linkOf(container), gapped).parts.map(({ kind }) => kind);
      const of = ({ units: all }: Batch) => all.map(() => 'unit');
      expect(kindsOf).toEqual(['header', ...of(first), 'gap', ...of(third), ...rest.flatMap((b) => ['gap', ...of(b)])]);
    });

    it('is over where the stream is, and merely broken off where the pump stops or goes over to another format', () => {
      for (const [why, over] of [
        ['stream ended', true],
        ['header changed', false],
        ['stopping', false],
      ] as const)
        expect(framed(linkOf(container), Buffer.concat([linked, wire.end?.(why) ?? linked]))).toMatchObject({
          over,
          held: 0,
        });
    });

    it('says that nothing comes, and whether the source is gone', () => {
      const { silence } = wire.dress(header);
      const quiet = [false, true].map((isLost) => silence?.(isLost) ?? Buffer.alloc(0));
      const told = framed(linkOf(container), Buffer.concat([linked, ...quiet])).parts.slice(-2);
      expect(told).toEqual([
        { kind: 'silence', isLost: false },
        { kind: 'silence', isLost: true },
      ]);
    });

    it('lets nothing in that wires or the status could not work with', () => {
      const damage = fc.array(fc.tuple(fc.nat(linked.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
      const harmless = fc.property(damage, (changes) => {
        const damaged = Buffer.from(linked);
        for (const [at, value] of changes) damaged[at] = value;
        use(container, damaged, header);
      });
      fc.assert(harmless, { seed: 20_261_121, numRuns: 400 });
    });
  });
}

/** All that a channel and its viewers do with parts. What a splice cannot work with ends the feed; what comes later would end the
 *  pump. */
function use(container: Container, bytes: Buffer, header: Buffer): void {
  const splice = container.splice();
  const examination = container.examine?.();
  let dresses = container.wires.map((wire) => wire.dress(header));
  let parts: Part[] = [];
  try {
    parts = framed(linkOf(container), bytes).parts.map((part, n) => splice(part, 40 * n));
  } catch {
    return;
  }
  parts.forEach((part, n) => {
    examination?.take(part, 40 * n);
    if (part.kind === 'header') {
      container.tracks(part.bytes);
      dresses = container.wires.map((wire) => wire.dress(part.bytes));
    }
    if (part.kind === 'unit') for (const dress of dresses) dress.unit?.(part.bytes, n);
  });
  examination?.report();
}

describe('a hostile link', () => {
  const { dressed } = wireOf(mpegts);
  const head = { kind: kinds.unit, flags: flags.join, bodyBytes: 188, leadBytes: 0, index: 0, atMs: 0 };
  const [tables = Buffer.alloc(0)] = headers(framed(mpegts, carried[2]?.stream ?? Buffer.alloc(0)).parts);
  it.each([
    [
      'a unit before any header',
      Buffer.concat([Buffer.from('StreamPumpLink/1 mpegts\n'), writeHead(head)]),
      /unknown kind/,
    ],
    [
      'a unit larger than any',
      Buffer.concat([dressed(tables), writeHead({ ...head, bodyBytes: 0x7fff_ffff })]),
      /2147483647 bytes/,
    ],
    [
      'a header larger than any',
      Buffer.concat([dressed(tables), plainHead(kinds.header, 0xffff_ffff)]),
      /4294967295 bytes/,
    ],
    [
      'a lead longer than its unit',
      Buffer.concat([dressed(tables), writeHead({ ...head, leadBytes: 189 })]),
      /leads up to nothing/,
    ],
    [
      'half a packet',
      Buffer.concat([dressed(tables), writeHead({ ...head, bodyBytes: 94 }), Buffer.alloc(94)]),
      /none of mpegts/,
    ],

    ['a frame of another kind', Buffer.concat([dressed(tables), plainHead(0x5a)]), /unknown kind/],
    [
      'a silence that goes on for long',
      Buffer.concat([dressed(tables), plainHead(kinds.silence, 1_000_000)]),
      /unknown kind/,
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => framed(linkOf(mpegts), bytes)).toThrow(message);
    expect(() => framed(linkOf(mpegts), bytes)).toThrow(PumpError);
  });

  it('is refused: a header of something else', () => {
    const page = Buffer.from('<html></html>');
    const bytes = Buffer.concat([Buffer.from('StreamPumpLink/1 asf\n'), plainHead(kinds.header, page.length), page]);
    expect(() => framed(linkOf(asf), bytes)).toThrow(/a header that is none of asf/);
  });
});

describe('asking for a link', () => {
  it.each([
    [[`*/*, ${LINK}`], true],
    [['text/html', 'Application/X-Stream-Pump-Link;V=1'], true],
    [['application/x-stream-pump-link; v=2'], false],
    [['application/x-stream-pump-link'], false],
    [['*/*'], false],
    [[], false],
  ])('%j: %s', (lines, verdict) => {
    expect(acceptsLink(lines)).toBe(verdict);
  });
});
