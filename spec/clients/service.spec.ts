// The pump as a service of systemd: its units, and what it is handed and what it tells, by systemd's own programs. What receives is
// Perl, since Node knows no datagrams over Unix sockets.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { program, withPrograms } from '../support/programs.ts';
import { MAIN } from '../support/pump-process.ts';
import { freePort, openStage, until } from '../support/stage.ts';

const docs = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

/** Prints each datagram as a line. */
const RECEIVER = `use Socket; $| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0) or die; bind(S, sockaddr_un($ARGV[0])) or die; print "bound\\n";
  while (defined recv(S, $said, 4096, 0)) { $said =~ s/\\n/ /g; print "$said\\n" }`;

withPrograms('The unit', ['systemd-analyze'], () => {
  const stage = openStage();

  /** As somebody installs them, with the program where it is here. */
  function installed(): string[] {
    const unit = readFileSync(docs('stream-pump.service'), 'utf8');
    expect(unit).toContain('ExecStart=/usr/local/bin/stream-pump serve ');
    const files = ['stream-pump.service', 'stream-pump.socket'].map((name) => join(stage.folder, name));
    writeFileSync(files[0] ?? '', unit.replace('/usr/local/bin/stream-pump', `${process.execPath} ${MAIN}`));
    writeFileSync(files[1] ?? '', readFileSync(docs('stream-pump.socket')));
    return files;
  }

  test('is as systemd wants it, even one that does not know how to wait for a reload', async () => {
    const analyze = stage.run(program('systemd-analyze'), ['verify', ...installed()]);
    expect(await analyze.ended).toBe(0);
    const complaints = (analyze.err + analyze.out).split('\n').filter((line) => line !== '');
    expect(
      complaints.filter((line) => !line.includes('Failed to parse service type, ignoring: notify-reload')),
    ).toEqual([]);
  });

  test('lets the pump do what it needs and little else', async () => {
    const [unit = ''] = installed();
    const analyze = stage.run(program('systemd-analyze'), ['security', '--offline=true', '--threshold=20', unit]);
    await analyze.ended;
    expect(analyze.out).toMatch(/exposure level for stream-pump.service: [01]\.\d OK/);
    expect(await analyze.ended).toBe(0);
  });
});

withPrograms('A supervised pump', ['systemd-socket-activate', 'systemd-notify', 'perl'], () => {
  const stage = openStage();

  test('takes the sockets it is given and tells how it is, from its start to its end', async () => {
    const [port, secure] = [await freePort(), await freePort()];
    const socket = join(stage.folder, 'notify');
    const receiver = stage.run(program('perl'), ['-e', RECEIVER, socket]);
    await until('the receiver is there', () => receiver.out.startsWith('bound'));
    const config = join(stage.folder, 'config.json');
    // Ports that nobody else may listen on, and nobody does.
    const write = (paths: readonly string[]) =>
      writeFileSync(
        config,
        JSON.stringify({
          http: { port: 1 },
          https: { port: 2, selfSigned: true },
          streams: paths.map((path) => ({ path, type: 'file', url: docs('../demo/demo.mpegts'), loop: true })),
        }),
      );
    write(['film']);
    const sockets = ['-l', `127.0.0.1:${secure}`, '-l', `127.0.0.1:${port}`, '--fdname=https:http'];
    const around = ['-E', `NOTIFY_SOCKET=${socket}`, '-E', 'WATCHDOG_USEC=1000000'];
    const line = [process.execPath, MAIN, 'serve', config];
    const pump = stage.run(program('systemd-socket-activate'), [...sockets, ...around, ...line]);
    await until('it listens for the pump', () => pump.err.includes(`:${port} as 4`));
    // The first caller starts it, and waits until it is there.
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n');
    expect(pump.out).toContain(`https://127.0.0.1:${secure}/`);
    await until('it says that it is ready', () => receiver.out.includes('READY=1 STATUS='));
    await until('it says how it does', () => /WATCHDOG=1 STATUS=1 of 1 stream live, 0 viewers/.test(receiver.out));
    await until('it says that it is alive', () => receiver.out.split('WATCHDOG=1').length > 4);

    write(['film', 'other']);
    pump.signal('SIGHUP');
    await until('it says that it has read anew', () =>
      /RELOADING=1 MONOTONIC_USEC=\d+ *\n[^]*READY=1 *\n/.test(receiver.out),
    );
    await until('it says how it does now', () => /STATUS=\d of 2 streams live/.test(receiver.out));

    pump.signal('SIGTERM');
    expect(await pump.ended).toBe(0);
    await until('it says that it stops', () => receiver.out.includes('STOPPING=1'));
  });
});
