// Playlists as people open them: in VLC, straight from the pump and through nginx with the configuration of docs/operating.md.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect } from 'vitest';
import { keepCertificate } from '../../src/certificate.ts';
import { ffmpeg, shows, vlc } from '../support/players.ts';
import { program, sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { freePort, openStage, until } from '../support/stage.ts';

/** Some seconds of it, after a start on a machine that does much else. */
const PICTURES = 40;
const WITHIN_MS = 30_000;

const demo = (file: string) => fileURLToPath(new URL(`../../demo/${file}`, import.meta.url));

withPrograms('Playlists', ['nginx', 'ffmpeg'], () => {
  const stage = openStage();
  const ports = { plain: 0, secure: 0 };
  let pump: PumpProcess;

  beforeAll(async () => {
    pump = await startPump(stage, {
      trustProxy: ['127.0.0.1'],
      streams: [
        { path: 'hall', title: 'Hall & <stage> "é"', type: 'file', url: demo('demo.asf'), loop: true },
        { path: 'tv/one', type: 'file', url: demo('demo.mpegts'), loop: true },
        { path: 'live', type: 'push' },
      ],
    });
    await Promise.all([pump.live('hall'), pump.live('tv/one')]);
    Object.assign(ports, { plain: await freePort(), secure: await freePort() });
    const { cert, key } = await keepCertificate(join(stage.folder, 'nginx'));
    const server = documented({
      'listen 443 ssl;': `listen 127.0.0.1:${ports.secure} ssl; listen 127.0.0.1:${ports.plain};`,
      '/etc/ssl/tv.example.crt': cert,
      '/etc/ssl/private/tv.example.key': key,
      '127.0.0.1:8086': pump.host,
    });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${join(stage.folder, kind)};`)
      .join('\n');
    const file = join(stage.folder, 'nginx.conf');
    const main = `daemon off; pid ${join(stage.folder, 'nginx.pid')}; error_log stderr; events {}`;
    writeFileSync(file, `${main}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`);
    const nginx = stage.run(program('nginx'), ['-e', 'stderr', '-c', file]);
    await until(`nginx is up; it says: ${nginx.err}`, () =>
      fetch(`http://127.0.0.1:${ports.plain}/tv/healthz`).then(
        ({ ok }) => ok,
        () => nginx.isOver,
      ),
    );
    expect(nginx.isOver).toBe(false);
  });

  for (const form of ['asx', 'm3u', 'xspf']) {
    sideBySide(`VLC opens the .${form} of a stream`, ['vlc'], async () => {
      const player = vlc(stage, `http://${pump.host}/streams/hall.${form}`);
      await shows(player, PICTURES, WITHIN_MS);
      await player.stop();
    });
  }

  sideBySide('VLC opens a playlist through nginx, and the stream in it the same way', ['vlc'], async () => {
    const player = vlc(stage, `http://127.0.0.1:${ports.plain}/tv/streams/hall.asx`);
    await shows(player, PICTURES, WITHIN_MS);
    expect(player.process.out).toContain(`mms://127.0.0.1:${ports.plain}/tv/streams/hall`);
    await player.stop();
  });

  sideBySide('through nginx with TLS all links lead there, and the streams come', ['curl'], async () => {
    const base = `https://127.0.0.1:${ports.secure}/tv`;
    for (const form of ['asx', 'm3u', 'xspf']) {
      const links = linksIn(await curl(`${base}/streams.${form}`));
      expect(links).toEqual(['hall', 'tv/one', 'live'].map((path) => `${base}/streams/${path}`));
      expect(linksIn(await curl(`${base}/streams/tv/one.${form}`))).toEqual([`${base}/streams/tv/one`]);
    }
    expect((await curl(`${base}/`)).split(' ')[0]).toBe(`${base}/streams/hall`);
    const players = ['hall', 'tv/one'].map((path) => ffmpeg(stage, `${base}/streams/${path}`, ['-tls_verify', '0']));
    await Promise.all(players.map((player) => shows(player, PICTURES, WITHIN_MS)));
    await Promise.all(players.map((player) => player.stop()));
    // Windows Media Player would take a server that calls itself nginx for a web server.
    const described = await curl(`${base}/streams/hall`, ['-A', 'NSPlayer/9.0.0.1', '-D', '-', '-o', '/dev/null']);
    expect(described).toMatch(/^server: Rex\/12/im);
  });

  sideBySide('an encoder pushes through nginx with TLS', [], async () => {
    const to = `https://127.0.0.1:${ports.secure}/tv/streams/live_push`;
    const film = [
      '-nostdin',
      '-loglevel',
      'error',
      '-re',
      '-stream_loop',
      '-1',
      '-i',
      demo('demo.mpegts'),
      '-c',
      'copy',
    ];
    const encoder = stage.run(program('ffmpeg'), [...film, '-f', 'mpegts', '-tls_verify', '0', to]);
    await pump.live('live');
    const player = ffmpeg(stage, pump.url('live'));
    await shows(player, PICTURES, WITHIN_MS);
    await player.stop();
    await encoder.end();
  });
});

async function curl(url: string, options: readonly string[] = []): Promise<string> {
  const { stdout } = await promisify(execFile)(program('curl'), ['-sSfk', ...options, url]);
  return stdout;
}

function linksIn(list: string): string[] {
  return list.match(/(?:https?|mmsh?):\/\/127[^\s"<]+/g) ?? [];
}

function documented(places: Readonly<Record<string, string>>): string {
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  let text = /```nginx\n([^]*?)```/.exec(page)?.[1] ?? '';
  for (const [shown, real] of Object.entries(places)) {
    expect(text).toContain(shown);
    text = text.replace(shown, real);
  }
  return text;
}
