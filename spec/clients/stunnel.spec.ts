// Encoders that cannot do TLS push through stunnel: with the very configuration that the README shows, ports put in.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { push } from '../support/encoders.ts';
import { filmA } from '../support/media.ts';
import { ffmpeg } from '../support/players.ts';
import { program, withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { freePort, openStage, until } from '../support/stage.ts';
import { showsCleanly } from '../support/watching.ts';

withPrograms('An encoder behind stunnel', ['stunnel4', 'ffmpeg'], () => {
  const stage = openStage();

  test('pushes over TLS with the documented configuration', async () => {
    const pump = await startPump(stage, {
      https: { host: '127.0.0.1', port: 0, selfSigned: true },
      streams: [{ path: 'pushed_video', type: 'push' }],
    });
    copyFileSync(join(pump.folder, 'certs/pump.crt'), join(stage.folder, 'pump.crt'));
    const port = await freePort();
    const file = join(stage.folder, 'stunnel.conf');
    writeFileSync(
      file,
      documented({ '127.0.0.1:8080': `127.0.0.1:${port}`, 'pump.example:8089': `127.0.0.1:${pump.tlsPort}` }),
    );
    const tunnel = stage.run(program('stunnel4'), [file]);
    await until('stunnel is up', () => tunnel.err.includes('Configuration successful'));

    push(stage, filmA(), `http://127.0.0.1:${port}/streams/pushed_video_push`);
    await pump.live('pushed_video');
    await showsCleanly(ffmpeg(stage, pump.url('pushed_video', 'mmsh')), 75, 20_000);
    expect(tunnel.err).toContain('Certificate accepted');
  });
});

function documented(places: Readonly<Record<string, string>>): string {
  const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  let text = /```ini\n([^]*?)```/.exec(page)?.[1] ?? '';
  for (const [shown, real] of Object.entries(places)) {
    expect(text).toContain(shown);
    text = text.replace(shown, real);
  }
  return text;
}
