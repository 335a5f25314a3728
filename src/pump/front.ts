// The configuration's front: where it listens, with which certificate, and as whom the pump goes on when it does.

import { accessSync, constants } from 'node:fs';
import type { Logger } from 'pino';
import { keepCertificate } from '../certificate.ts';
import type { CertificateFiles } from '../certificate.ts';
import type { Config } from '../config.ts';
import { PumpError } from '../errors.ts';
import type { Front } from '../http/server.ts';
import { another, type Other } from '../identity.ts';
import type { Sockets } from '../systemd.ts';

/** Where a certificate of our own is kept, beside the configuration. */
const CERTIFICATES = 'certs';

/** Whom the pump becomes; undefined: nobody else. */
export function otherOf({ user, group }: Config): Other | undefined {
  return user === undefined ? undefined : another({ user, ...(group !== undefined && { group }) });
}

/** Sockets that were handed over are taken instead of listening anew. */
export async function listenersOf(
  { http, https }: Config,
  sockets: Sockets,
  other: Other | undefined,
): Promise<Pick<Front, 'http' | 'https'>> {
  for (const scheme of ['http', 'https'] as const)
    if (sockets[scheme] !== undefined && !{ http, https }[scheme])
      throw new PumpError(
        'usage',
        `a socket for ${scheme} is handed over, and the configuration has no '${scheme}': add it`,
      );
  const files = https && (https.certificate === 'self-signed' ? await ownCertificate(other) : https.certificate);
  return {
    ...(http && { http: { ...http, ...fd(sockets.http) } }),
    ...(https && files && { https: { host: https.host, port: https.port, ...files, ...fd(sockets.https) } }),
  };
}

const fd = (socket: number | undefined) => (socket === undefined ? {} : { fd: socket });

async function ownCertificate(other: Other | undefined): Promise<CertificateFiles> {
  const files = await keepCertificate(CERTIFICATES);
  for (const file of [files.cert, files.key]) other?.give(file);
  return files;
}

/** A certificate is read anew when it is renewed, which another user may not be able to. */
export function warnOfKey({ https, user }: Config, log: Logger): void {
  if (user === undefined || !https || https.certificate === 'self-signed') return;
  try {
    accessSync(https.certificate.key, constants.R_OK);
  } catch {
    log.warn(
      { key: https.certificate.key, user },
      'the key cannot be read any more: a renewed certificate is taken at the next start, or let the user read it',
    );
  }
}
