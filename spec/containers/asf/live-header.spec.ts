import { describe, expect, it } from 'vitest';
import { liveHeader } from '../../../src/containers/asf/live-header.ts';
import { readHeader } from '../../../src/containers/asf/objects.ts';
import { asf, expressionEncoder, MARKER_GUID } from '../../support/asf.ts';
import { object } from '../../support/asf-fields.ts';

const file = { bytes: 1_000_000, packets: 2000, durationMs: 60_000 };
const builder = asf().video(1).audio(2);
const unknown = (bytes: number) => object('42'.repeat(16), Buffer.alloc(bytes - 24));

describe('the header that viewers of a live stream get', () => {
  it('says of a file that it is broadcast, not seekable, of no known size and length', () => {
    expect(liveHeader(builder.with({ flags: 2, file }).header())).toEqual(builder.with({ flags: 1 }).header());
  });

  it('keeps what else the flags of an encoder say', () => {
    const nothing = { bytes: 0, packets: 0, durationMs: 0 };
    expect(liveHeader(expressionEncoder().header())).toEqual(expressionEncoder().with({ file: nothing }).header());
  });

  it('ends with the beginning of the Data Object, even where that was left out', () => {
    expect(liveHeader(builder.with({ file }).headerObject())).toEqual(builder.header());
  });

  it('does not point at places of a file', () => {
    const marked = builder.object(object(MARKER_GUID, Buffer.alloc(40)));
    expect(liveHeader(marked.header())).toEqual(builder.header());
  });

  it('keeps padding and what it does not know while the header is small enough for libmms', () => {
    const padded = builder.extended(unknown(100)).extendedPadding(3850).padding(500).object(unknown(200)).header();
    expect(liveHeader(padded)).toEqual(padded);
  });

  it('loses its padding, and only that, where it is too large for libmms', () => {
    const large = builder.object(unknown(9000));
    const padded = large.extendedPadding(5000).padding(4000).describe(1);
    const live = liveHeader(padded.header());
    expect(live).toEqual(large.describe(1).header());
    expect(readHeader(live).streams).toEqual(readHeader(padded.header()).streams);
  });

  it('stays padded at just the size that libmms takes', () => {
    const most = (bytes: number) => builder.padding(bytes - builder.header().length).header();
    expect(liveHeader(most(16_384)).length).toBe(16_384);
    expect(liveHeader(most(16_385)).length).toBe(builder.header().length);
  });

  it('is not changed by a second pump', () => {
    for (const one of [builder.with({ flags: 2, file }), expressionEncoder(), builder.padding(20_000)]) {
      const live = liveHeader(one.header());
      expect(liveHeader(live)).toEqual(live);
    }
  });

  it('counts its objects anew, whatever was told', () => {
    const told = Buffer.from(builder.header());
    told.writeUInt32LE(99, 24);
    expect(liveHeader(told)).toEqual(builder.header());
  });
});
