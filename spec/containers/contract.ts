// What every container must keep, whatever its format: run over the list of containers by contract.spec.ts, with streams of
// each. All that is drawn at random is drawn from a fixed seed.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Part } from '../../src/containers/container.ts';
import { PumpError } from '../../src/errors.ts';
import { framed, headers, units } from '../support/framing.ts';

const seeded = { seed: 20_261_121 };

/** how many of a stream's first bytes have to do */
const FIRST_BYTES = 500;

export interface Specimen {
  /** several units, joins among them, all of it whole; small, for it is torn in a thousand ways */
  readonly stream: Buffer;
  /** another one whose header promises something else */
  readonly other: Buffer;
}

export function keepsTheContract(container: Container, specimens: Readonly<Record<string, Specimen>>): void {
  describe.each(Object.entries(specimens))(`${container.name}, %s`, (_, { stream, other }) => {
    const { parts } = framed(container, stream);
    const [header] = headers(parts);
    const told = (some: readonly Part[]) => some.map((part) => tell(part, container.collects)).join('');

    it('is made of a header, units and places to begin', () => {
      expect(parts[0]?.kind).toBe('header');
      expect(units(parts).length).toBeGreaterThan(5);
      expect(units(parts).filter(({ join }) => join).length).toBeGreaterThan(1);
      expect(container.tracks(header ?? stream).length).toBeGreaterThan(0);
    });

    it('is recognised by its first bytes, and never taken back by more of them', () => {
      const verdicts = Array.from({ length: FIRST_BYTES }, (_, length) =>
        container.recognise(stream.subarray(0, length)),
      );
      expect(verdicts[0]).toBeUndefined();
      expect(verdicts.findLastIndex((verdict) => verdict === undefined)).toBeLessThan(verdicts.indexOf(true));
      expect(verdicts).not.toContain(false);
    });

    it('gives the same parts however it is cut', () => {
      const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 200 });
      const same = fc.property(lengths, (cut) => {
        expect(told(framed(container, stream, cut).parts)).toBe(told(parts));
      });
      fc.assert(same, { ...seeded, numRuns: 60 });
      expect(told(framed(container, stream, Array<number>(stream.length).fill(1)).parts)).toBe(told(parts));
    });

    it.each(container.wires.map((wire) => [wire.name, wire] as const))('comes back from the %s wire', (_, wire) => {
      const dress = wire.dress(header ?? stream);
      const dressed = (from: readonly Part[], first: number) =>
        dress.run
          ? [dress.run({ units: units(from), firstIndex: first, gap: false })]
          : units(from).map(({ bytes }, n) => dress.unit?.(bytes, first + n) ?? bytes);
      units(parts).forEach(({ join }, first) => {
        if (!join) return;
        const rest = units(parts).slice(first);
        const sent = dressed(rest, first);
        const again = framed(container, Buffer.concat([dress.begin, ...sent])).parts;
        expect(headers(again)).toEqual([header]);
        expect(dressed(again, first)).toEqual(sent);
        expect(units(again).map((unit) => unit.join)).toEqual(rest.map((unit) => unit.join));
        expect(units(again).map(({ atMs }) => atMs)).toEqual(rest.map(({ atMs }) => atMs));
        expect(again.length).toBe(1 + rest.length);
      });
    });

    it.each(container.wires.filter(({ end }) => end))('says on the $name wire that it is over', (wire) => {
      const end = wire.end?.('stream ended') ?? Buffer.alloc(0);
      expect(framed(container, Buffer.concat([wire.dress(header ?? stream).begin, end])).over).toBe(true);
    });

    it.each(container.wires.filter(({ change }) => change))('goes over to another on the $name wire', (wire) => {
      const [second] = headers(framed(container, other).parts);
      const change = second && wire.change?.(second);
      const both = framed(container, Buffer.concat([wire.dress(header ?? stream).begin, change ?? stream]));
      expect(both).toMatchObject({ over: false, held: 0 });
      expect(headers(both.parts)).toEqual([header, second]);
    });

    it('gives what is good of it wherever it ends', () => {
      const lengths = fc.integer({ min: 0, max: stream.length });
      const prefix = fc.property(lengths, (length) => {
        const torn = framed(container, stream.subarray(0, length));
        const whole = torn.parts.slice(0, torn.parts.length - torn.collected);
        expect(told(parts).startsWith(told(whole))).toBe(true);
      });
      fc.assert(prefix, { ...seeded, numRuns: 200 });
    });

    it('does no harm when it is damaged: an error that tells why, or parts, in bounded steps of bounded size', () => {
      const damage = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
      const harmless = fc.property(damage, fc.boolean(), (changes, atStart) => {
        const damaged = Buffer.from(stream);
        for (const [at, value] of changes) damaged[atStart ? at % 1500 : at] = value;
        walk(container, damaged);
      });
      fc.assert(harmless, { ...seeded, numRuns: 1500 });
    });

    it('does no harm when pieces of it are lost, doubled or swapped', () => {
      const piece = fc.tuple(fc.nat(stream.length), fc.nat(1200));
      const harmless = fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        walk(container, Buffer.concat([...pieces.map(([at, length]) => stream.subarray(at, at + length)), stream]));
        walk(
          container,
          Buffer.concat([stream, ...pieces.map(([at, length]) => stream.subarray(at, at + length)), stream]),
        );
      });
      fc.assert(harmless, { ...seeded, numRuns: 150 });
    });

    it('goes on in time when its source begins anew', () => {
      const splice = container.splice();
      const first = parts.map((part, n) => splice(part, 40 * n));
      expect(first).toEqual(parts);
      first.forEach((part, n) => expect(part).toBe(parts[n]));
      const again = parts.map((part, n) => splice(part, 10_000 + 40 * n));
      expect(headers(again)).toEqual([header]);
      const times = units([...first, ...again]).map(({ atMs }) => atMs ?? 0);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });
  });
}

/** Parts as text, which is compared fast. Where a framing collects, what a unit goes on with may be another one. */
function tell(part: Part, collects = false): string {
  if (!('bytes' in part)) return `<${JSON.stringify(part)}>`;
  const { bytes, ...rest } = part;
  const isMore = collects && part.kind === 'unit' && !part.join;
  return `${isMore ? '' : `<${JSON.stringify(rest)}>`}${bytes.toString('latin1')}`;
}

/** Drives a framing by hand, so that nothing but its own bounds holds it. */
function walk(container: Container, bytes: Buffer): void {
  const framing = container.framing();
  const mostSteps = 2 * bytes.length + 100;
  try {
    let at = 0;
    let given: Buffer = Buffer.alloc(0);
    for (let steps = 0; ; steps++) {
      assert(steps < mostSteps, 'it goes on for ever');
      const step = framing.next(given);
      given = Buffer.alloc(0);
      if (step.done) return;
      if (typeof step.value !== 'number') continue;
      assert(step.value >= 0 && step.value <= container.largestBytes, `it wants ${step.value} bytes at once`);
      if (at + step.value > bytes.length) return;
      given = bytes.subarray(at, at + step.value);
      at += step.value;
    }
  } catch (error) {
    if (!(error instanceof PumpError)) throw error;
    expect(error.message).toMatch(/^\S.*\S$/);
  }
}
