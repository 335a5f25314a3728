// A source whose feeds go through FFmpeg where they are no container that is known here. What FFmpeg can find by itself it opens
// itself, since some formats have their index at the end; all else is handed to its stdin.

import { rejoin, tied } from './bytes.ts';
import { inputOf } from './ffmpeg-line.ts';
import { type Beginning, begin } from './recognised.ts';
import { REMUXED, remux } from './remux.ts';
import type { Feed, Means, Source } from './source.ts';

/** HLS and DASH: the text is at its end at once, the stream is not. */
const PLAYLIST = /^(?:\uFEFF)?\s*(?:#EXTM3U|<\?xml|<MPD)/;
const PLAYLIST_BYTES = 64;

export function remuxed(inner: Source, means: Means): Source {
  return new Remuxed(inner, means);
}

class Remuxed implements Source {
  readonly #inner: Source;
  readonly #means: Means;
  #isPlaylist = false;
  #gone: Promise<unknown> = Promise.resolve();

  constructor(inner: Source, means: Means) {
    this.#inner = inner;
    this.#means = means;
  }

  get url(): string {
    return this.#inner.url;
  }

  get afterwards(): Source['afterwards'] {
    return this.#isPlaylist ? 'reopen' : this.#inner.afterwards;
  }

  get stallMs(): number | undefined {
    return this.#inner.stallMs;
  }

  async open(signal: AbortSignal): Promise<Feed> {
    signal.throwIfAborted();
    await this.#gone;
    this.#isPlaylist = false;
    const feed = await this.#inner.open(signal);
    const begun = await begin(feed);
    const { container, start, rest } = begun;
    if (container) return { ...feed, bytes: tied(rejoin(start, rest), signal, () => {}) };
    const bytes = await this.#remux(feed, begun, signal);
    if (!this.#isPlaylist) return { ...feed, bytes, says: REMUXED };
    // Its pieces come seconds at a time.
    const { anew: _, ...live } = feed;
    return { ...live, bytes, says: REMUXED, ahead: true };
  }

  async #remux({ from: shown, ahead = false, anew }: Feed, { start, rest }: Beginning, signal: AbortSignal) {
    this.#isPlaylist = anew !== undefined && PLAYLIST.test(start.toString('utf8', 0, PLAYLIST_BYTES));
    const place = ahead || this.#isPlaylist ? anew : undefined;
    const args = ['-i', place ?? 'pipe:0'];
    const isFile = ahead && place !== undefined && !this.#isPlaylist;
    const job = { args, input: { ...(await inputOf(args)), isFile }, container: REMUXED, shown };
    if (place !== undefined) await rest.return?.();
    const fed = place === undefined ? { fed: rejoin(start, rest) } : {};
    return remux({ ...job, ...fed }, this.#means, signal, (gone) => (this.#gone = Promise.all([this.#gone, gone])));
  }
}
