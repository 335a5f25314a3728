// A certificate that is taken anew when its files change, as when it is renewed: connections that stand stay, new ones
// get the new one. The files are read, not watched: renewal often swaps links or folders, which watching misses.

import { readFileSync } from 'node:fs';
import { type Server, createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { CertificateFiles } from '../certificate.ts';
import { type Clock, every } from '../clock.ts';
import { PumpError, explain } from '../errors.ts';

const LOOK_MS = 10_000;

interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Throws where the files are not there or do not fit each other. */
export function readCertificate(files: CertificateFiles): Certificate {
  try {
    const certificate = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
    createSecureContext(certificate);
    return certificate;
  } catch (error) {
    throw new PumpError('usage', `no TLS with ${files.cert} and ${files.key}: ${explain(error)}`, { cause: error });
  }
}

/** Looks until the returned function is called. */
export function renew(
  server: Server,
  files: CertificateFiles,
  first: Certificate,
  clock: Clock,
  log: Logger,
): () => void {
  let current = first;
  let failures = 0;
  return every(clock, LOOK_MS, () => {
    try {
      const found = readCertificate(files);
      failures = 0;
      if (found.cert.equals(current.cert) && found.key.equals(current.key)) return;
      server.setSecureContext(found);
      current = found;
      log.info({ cert: files.cert }, 'certificate renewed');
    } catch (error) {
      // Once, at the second look: between the writing of the one file and the other they do not fit.
      failures += 1;
      if (failures === 2) log.warn({ reason: explain(error) }, 'certificate not taken, the old one stays');
    }
  });
}
