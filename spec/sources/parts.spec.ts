import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/sources/parts.ts';
import { asf } from '../support/asf.ts';
import { ts } from '../support/ts.ts';

const film = asf().video(1).audio(2);
const bytes = Buffer.concat([film.header(), ...film.packets(3)]);

function feed(...chunks: Buffer[]) {
  const state = { isLetGo: false };
  const read = async function* () {
    try {
      yield* chunks;
    } finally {
      state.isLetGo = true;
    }
  };
  return { state, from: 'here', bytes: read() };
}

async function kinds(chunks: readonly Buffer[], says?: string): Promise<string[]> {
  const { parts } = await partsOf({ ...feed(...chunks), ...(says === undefined ? {} : { says }) });
  const found: string[] = [];
  for await (const part of parts) found.push(part.kind);
  return found;
}

describe('the parts of a feed', () => {
  it('are those of the container that its first bytes tell, however they come', async () => {
    expect(await kinds([bytes])).toEqual(['header', 'unit', 'unit', 'unit']);
    const single = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
    expect(await kinds(single)).toEqual(['header', 'unit', 'unit', 'unit']);
  });

  it('are all of them, also what a format was still collecting at the end', async () => {
    expect(await kinds([ts().tables().key(0).sound(0).bytes])).toEqual(['header', 'unit', 'unit']);
    // Whether one may begin with this picture is still to be seen.
    const undecided = { es: Buffer.from('0000000109f0', 'hex'), bytes: 300 };
    const film = ts().tables().key(0, { randomAccess: false }).picture(200, undecided);
    expect(await kinds([film.bytes])).toEqual(['header', 'unit', 'unit']);
  });

  it('tell of what does not come whole', async () => {
    expect(await kinds([bytes.subarray(0, -10)])).toEqual(['header', 'unit', 'unit', 'loss']);
  });

  it('are looked for in what the other side says it is, where the bytes tell nothing', async () => {
    await expect(kinds([Buffer.alloc(100)], 'video/x-ms-asf')).rejects.toThrow(/neither Windows Media framing nor ASF/);
  });

  it.each([
    [[], /without a single byte/],
    [[Buffer.from('#EXTM3U\n')], /begins with '#EXTM3U'/],
    [[Buffer.alloc(5000)], /no container that is known/],
  ])('are none where it is no stream, and it is let go of', async (chunks, sentence) => {
    const made = feed(...chunks);
    await expect(partsOf(made)).rejects.toThrow(sentence);
    expect(made.state.isLetGo).toBe(true);
  });

  it('let go of the feed when nobody reads on', async () => {
    const made = feed(bytes, bytes);
    const { parts } = await partsOf(made);
    for await (const part of parts) if (part.kind === 'unit') break;
    expect(made.state.isLetGo).toBe(true);
  });
});
