// A self-signed certificate and its key: made, and kept in a folder until it is about to run out.
// Names and addresses stand in the subject alternative name, where clients look (RFC 9525 2).

import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { codeOf, explain } from './errors.ts';

/** What systems by Apple take at the most; nobody else is stricter. */
const VALID_DAYS = 825;
/** A kept one is replaced when it has less left than this. */
const RENEW_DAYS = 30;
/** Clocks of clients run behind. */
const BACKDATED_DAYS = 1;
/** X.520: a common name has at most 64 letters. */
const LONGEST_COMMON_NAME = 64;
const DAY_MS = 86_400_000;

export interface Certificate {
  /** both in PEM */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export const certificateFiles = (folder: string): CertificateFiles => ({
  cert: join(folder, 'pump.crt'),
  key: join(folder, 'pump.key'),
});

/** Why TLS would not take these two, of which of them, for people who do not know OpenSSL's words; undefined: it takes them. */
export function misfit(pair: {
  readonly cert: Buffer;
  readonly key: Buffer;
}): { file: keyof CertificateFiles; expected: string; got: string } | undefined {
  const [cert, key] = [pair.cert.toString('latin1'), pair.key.toString('latin1')];
  if (!/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(cert))
    return { file: 'cert', expected: "a certificate in PEM, with '-----BEGIN CERTIFICATE-----'", got: 'none' };
  if (!/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(key))
    return { file: 'key', expected: "a key in PEM, with '-----BEGIN PRIVATE KEY-----'", got: 'none' };
  if (key.includes('ENCRYPTED')) return { file: 'key', expected: 'a key without a passphrase', got: 'one with it' };
  try {
    createSecureContext(pair);
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
      return { file: 'key', expected: 'the key of this certificate', got: 'that of another' };
    return { file: 'cert', expected: 'a certificate and its key', got: `what TLS does not take (${explain(error)})` };
  }
}

/** What this machine calls itself. */
export const ownHosts = (): string[] => [...new Set(['localhost', hostname(), '127.0.0.1', '::1'])];

/** RSA, since players and encoders of the time of Windows Media know nothing else. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  // Fetched only here: it brings a good deal of cryptography along.
  const { generate } = await import('selfsigned');
  const nowMs = Date.now();
  const made = await generate(
    [{ name: 'commonName', value: (hosts[0] ?? 'stream-pump').slice(0, LONGEST_COMMON_NAME) }],
    {
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(nowMs - BACKDATED_DAYS * DAY_MS),
      notAfterDate: new Date(nowMs + (VALID_DAYS - BACKDATED_DAYS) * DAY_MS),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
        },
      ],
    },
  );
  return { cert: made.cert, key: made.private };
}

/** The files in this folder, made anew unless they are there and good for a while. */
export async function keepCertificate(
  folder: string,
  hosts: readonly string[] = ownHosts(),
): Promise<CertificateFiles> {
  const files = certificateFiles(folder);
  if (!(await isGood(files))) await writeCertificate(files, await makeCertificate(hosts));
  return files;
}

/** Each file is there whole or not at all: a pump that runs takes it anew as soon as it changes. */
export async function writeCertificate(files: CertificateFiles, { cert, key }: Certificate): Promise<void> {
  await makeFolder(dirname(files.cert));
  await replace(files.key, key, 0o600);
  await replace(files.cert, cert, 0o644);
}

/** Not by Node's `recursive`, which tries for ever where a folder is there and says ENOENT all the same, as those in /proc do. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const above = dirname(folder);
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || above === folder) throw error;
    await makeFolder(above);
    await mkdir(folder);
  }
}

async function replace(file: string, text: string, mode: number): Promise<void> {
  const unfinished = `${file}.new`;
  await writeFile(unfinished, text, { mode });
  await chmod(unfinished, mode);
  await rename(unfinished, file);
}

async function isGood(files: CertificateFiles): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(files.cert));
    await readFile(files.key);
    return Date.parse(certificate.validTo) - Date.now() > RENEW_DAYS * DAY_MS;
  } catch {
    return false;
  }
}
