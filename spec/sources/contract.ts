// What every source must keep, whatever it takes from: an abort ends the opening and the feed with the signal's own reason,
// an end and a failure are told apart, and the other side sees that nothing was left open.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import type { Feed, Source } from '../../src/sources/source.ts';
import { failureOf, type HandMeans, handMeans, reading, until } from '../support/origin.ts';

/** A source and the other side of it. */
export interface Rig {
  readonly source: Source;
  /** resolves once the source's opening has reached the other side, where that can be seen */
  reached?(): Promise<void>;
  /** lets the opening succeed */
  come(): Promise<void> | void;
  send(text: string): void;
  end(): void;
  /** breaks off in the middle; without it this kind of source cannot */
  breakOff?(): void;
  /** what is still open, as the other side sees it */
  open(): number;
  close(): Promise<void> | void;
}

interface Habits {
  /** has all its bytes from the beginning: nothing to wait for while opening, nor in the middle */
  readonly whole?: true;
  /** opening succeeds only when the first bytes are there */
  readonly needsBytes?: true;
  /** the other side cannot end: it is only silent */
  readonly endless?: true;
}

const REASON = new Error('the spec has had enough');

export function contract(
  kind: string,
  build: (means: HandMeans) => Promise<Rig>,
  { whole, needsBytes, endless }: Habits = {},
): void {
  describe(`a source of ${kind}`, () => {
    let rig: Rig;
    let stop: AbortController;

    beforeEach(async () => {
      rig = await build(handMeans());
      stop = new AbortController();
    });
    afterEach(() => rig.close());

    const nothingOpen = () => until(() => rig.open() === 0);

    async function opened(): Promise<Feed> {
      const opening = rig.source.open(stop.signal);
      await rig.come();
      if (needsBytes) rig.send('first ');
      return opening;
    }

    it('opens nothing when it was stopped before', async () => {
      stop.abort(REASON);
      expect(await failureOf(rig.source.open(stop.signal))).toBe(REASON);
      await nothingOpen();
    });

    it.skipIf(whole)('is stopped while it opens', async () => {
      const failing = failureOf(rig.source.open(stop.signal));
      await rig.reached?.();
      stop.abort(REASON);
      expect(await failing).toBe(REASON);
      await nothingOpen();
    });

    it.skipIf(whole)('is stopped while it reads, and while nothing comes', async () => {
      const feed = await opened();
      const seen = reading(feed.bytes);
      rig.send('bytes');
      await until(() => seen.text.endsWith('bytes'));
      stop.abort(REASON);
      await seen.finished;
      expect(seen.error).toSatisfy((error) => error === REASON || error instanceof PumpError);
      feed.done?.(REASON);
      await nothingOpen();
    });

    it('is stopped before anybody has read', async () => {
      const feed = await opened();
      stop.abort(REASON);
      feed.done?.(REASON);
      await nothingOpen();
      expect((await failureOf(feed.bytes[Symbol.asyncIterator]().next())) instanceof Error).toBe(true);
    });

    it('lets go when its reader leaves early', async () => {
      const feed = await opened();
      if (!needsBytes) rig.send('bytes');
      for await (const chunk of feed.bytes) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      feed.done?.();
      await nothingOpen();
    });

    it('lets go when its reader leaves before the first byte', async () => {
      const feed = await opened();
      await feed.bytes[Symbol.asyncIterator]().return?.();
      feed.done?.();
      await nothingOpen();
    });

    it.skipIf(endless)('ends when the other side ends, with every byte', async () => {
      const feed = await opened();
      const seen = reading(feed.bytes);
      rig.send('all of it');
      rig.end();
      await seen.finished;
      expect(seen).toMatchObject({ error: undefined, ended: true });
      expect(seen.text).toMatch(/all of it$/);
      feed.done?.();
      await nothingOpen();
    });

    it('fails when the other side breaks off, and says so in a sentence', async ({ skip }) => {
      if (!rig.breakOff) skip();
      const feed = await opened();
      const seen = reading(feed.bytes);
      rig.send('half');
      await until(() => seen.text.endsWith('half'));
      rig.breakOff?.();
      await seen.finished;
      expect(seen.ended).toBe(false);
      expect(seen.error).toBeInstanceOf(PumpError);
      feed.done?.(new PumpError('upstream failed', 'it broke'));
      await nothingOpen();
    });

    it.skipIf(endless)('opens again after an end', async () => {
      for (const text of ['one', 'two']) {
        const feed = await opened();
        const seen = reading(feed.bytes);
        rig.send(text);
        rig.end();
        await seen.finished;
        expect(seen.ended).toBe(true);
        feed.done?.();
      }
      await nothingOpen();
    });
  });
}
