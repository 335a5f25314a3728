import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { run } from '../support/run.ts';
import { newFolder } from '../support/folder.ts';

vi.setConfig({ testTimeout: 30_000 });

const folder = newFolder(afterAll);

test('writes a certificate for the hosts named into certs, and never over another unless told to', async () => {
  const { code, out, err } = await run(['cert', '--host', 'tv.example.org', '--host', '192.0.2.7'], folder);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: 'certs/pump.crt and certs/pump.key: for tv.example.org, 192.0.2.7\n',
    err: '',
  });
  const file = join(folder, 'certs/pump.crt');
  const certificate = new X509Certificate(await readFile(file));
  expect(certificate.subjectAltName).toBe('DNS:tv.example.org, IP Address:192.0.2.7');
  expect((await stat(join(folder, 'certs/pump.key'))).mode & 0o777).toBe(0o600);

  expect(await run(['cert'], folder)).toEqual({
    code: 2,
    out: '',
    err: 'stream-pump: certs/pump.crt is there already; --force writes over it\n',
  });
  expect(new X509Certificate(await readFile(file)).serialNumber).toBe(certificate.serialNumber);
  expect(await run(['cert', '--force'], folder)).toMatchObject({ code: 0 });
  expect(new X509Certificate(await readFile(file)).checkHost('localhost')).toBe('localhost');
});

test('a host that is none is told', async () => {
  expect(await run(['cert', '--host', 'http://a/'], folder)).toEqual({
    code: 2,
    out: '',
    err: 'stream-pump: --host http://a/: a host is a name such as tv.example.org or an address such as 192.0.2.7\n',
  });
});

test.runIf(existsSync('/proc/self'))(
  'a folder that cannot be made is told, where the system says that it is missing too',
  async () => {
    expect(await run(['cert', '--out', '/proc/none/certs'], folder)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^stream-pump: cannot write to \/proc\/none\/certs: .*ENOENT.*\n$/),
    });
  },
);
