import { expect, it } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import { matroska } from '../../src/containers/matroska/index.ts';
import { recognised } from '../../src/sources/recognised.ts';
import { asf as windowsMedia } from '../support/asf.ts';
import { reading } from '../support/origin.ts';

const film = Buffer.concat([windowsMedia().video(1).header(), ...windowsMedia().video(1).packets(1)]);

function feed(bytes: Buffer) {
  const state = { isLetGo: false };
  const read = async function* () {
    try {
      yield bytes.subarray(0, 3);
      yield bytes.subarray(3);
    } finally {
      state.isLetGo = true;
    }
  };
  return { state, from: 'here', bytes: read() };
}

it('the bytes of a recognised feed begin where they began', async () => {
  const { container, bytes } = await recognised(feed(film));
  expect(container).toBe(asf);
  const all = reading(bytes);
  await all.finished;
  expect(all.text).toBe(film.toString('latin1'));
});

it('a stream that takes one container only refuses another by its name, and lets go of it', async () => {
  const made = feed(film);
  const refused = { code: 'unknown container', message: 'this stream takes matroska only, and this is asf' };
  await expect(recognised(made, matroska)).rejects.toMatchObject(refused);
  expect(made.state.isLetGo).toBe(true);
});

it('what nobody knows is left to the container that was configured, which may find its way in', async () => {
  expect((await recognised(feed(Buffer.alloc(5000, 7)), asf)).container).toBe(asf);
});
