import { X509Certificate } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TLSSocket, connect, createServer } from 'node:tls';
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { certificateFiles, keepCertificate, makeCertificate } from '../src/certificate.ts';
import { listening } from './support/listening.ts';
import { newFolder } from './support/folder.ts';

const folder = newFolder(afterAll);

const DAY_MS = 86_400_000;

test('a client that trusts the certificate gets through by name and by address', async () => {
  const { cert, key } = await makeCertificate(['localhost', 'tv.example.org', '127.0.0.1', '::1']);
  const certificate = new X509Certificate(cert);
  expect(certificate.checkHost('tv.example.org')).toBe('tv.example.org');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.ca).toBe(false);
  expect((Date.parse(certificate.validTo) - Date.now()) / DAY_MS).toBeCloseTo(824, 0);

  const server = createServer({ cert, key }, (socket) => socket.end('hello'));
  const port = await listening(server);
  for (const how of [{ host: '127.0.0.1' }, { host: '127.0.0.1', servername: 'tv.example.org' }]) {
    const socket: TLSSocket = connect({ ...how, port, ca: cert });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
  }
});

test('a certificate that is kept is made once, with a key that nobody else can read', async () => {
  const kept = join(folder, 'kept');
  const files = await keepCertificate(kept, ['localhost']);
  expect(files).toEqual(certificateFiles(kept));
  expect((await stat(files.key)).mode & 0o777).toBe(0o600);
  const first = await readFile(files.cert, 'utf8');
  await keepCertificate(kept, ['localhost']);
  expect(await readFile(files.cert, 'utf8')).toBe(first);
});

test('what is no certificate, or has lost its key, is made anew', async () => {
  const files = await keepCertificate(folder, ['localhost']);
  await writeFile(files.cert, 'no certificate');
  await keepCertificate(folder, ['localhost']);
  const second = await readFile(files.cert, 'utf8');
  expect(() => new X509Certificate(second)).not.toThrow();
  await rm(files.key);
  await keepCertificate(folder, ['localhost']);
  const certificate = new X509Certificate(await readFile(files.cert));
  expect(certificate.toString()).not.toBe(second);
});
