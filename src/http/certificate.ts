// A certificate that follows its files: when it is renewed, new connections get the new one, and those that are open stay. The files
// are read again and again, not watched: renewal often swaps links or folders, which watching misses.

import { readFileSync } from 'node:fs';
import { type CertificateFiles, misfit } from '../certificate.ts';
import { every } from '../clock.ts';
import { PumpError, explain } from '../errors.ts';
import type { Around } from '../log.ts';

const LOOK_MS = 10_000;

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The one that is in force, whoever reads it. */
export interface Certificates {
  readonly now: Certificate;
  /** Hears of each that takes its place. */
  onNext(hear: (next: Certificate) => void): void;
}

/** Changed by calling `take`. */
export function certificates(first: Certificate): Certificates & { take(next: Certificate): void } {
  let now = first;
  const hearers: ((next: Certificate) => void)[] = [];
  return {
    get now() {
      return now;
    },
    onNext: (hear) => void hearers.push(hear),
    take(next) {
      now = next;
      hearers.forEach((hear) => hear(next));
    },
  };
}

/** Looks at the files until it is aborted. Throws where they are not there or do not fit each other. */
export function readCertificates(files: CertificateFiles, { clock, log }: Around, signal: AbortSignal): Certificates {
  const kept = certificates(read(files));
  let failures = 0;
  const stop = every(clock, LOOK_MS, () => {
    try {
      const found = read(files);
      failures = 0;
      if (found.cert.equals(kept.now.cert) && found.key.equals(kept.now.key)) return;
      kept.take(found);
      log.info({ cert: files.cert }, 'certificate renewed');
    } catch (error) {
      // Once, at the second look: between the writing of the one file and the other they do not fit.
      failures += 1;
      if (failures === 2) log.warn({ reason: explain(error) }, 'certificate not taken, the old one stays');
    }
  });
  signal.addEventListener('abort', stop, { once: true });
  return kept;
}

function read(files: CertificateFiles): Certificate {
  const { cert, key } = files;
  try {
    const certificate = { cert: readFileSync(cert), key: readFileSync(key) };
    const trouble = misfit(certificate);
    if (!trouble) return certificate;
    throw new Error(`${files[trouble.file]}: expected ${trouble.expected}, got ${trouble.got}`);
  } catch (error) {
    throw new PumpError('usage', `no TLS with ${cert} and ${key}: ${explain(error)}`, { cause: error });
  }
}
