// The configuration's front: where it listens, with which certificate, and as whom the pump goes on when it does.

import type { Logger } from 'pino';
import { keepCertificate } from '../certificate.ts';
import type { CertificateFiles } from '../certificate.ts';
import type { Config } from '../config.ts';
import { PumpError } from '../errors.ts';
import { type Certificates, readCertificates } from '../http/certificate.ts';
import type { Front } from '../http/server.ts';
import { another, type Other, unreadable } from '../identity.ts';
import type { Around } from '../log.ts';
import type { Sockets } from '../systemd.ts';

/** Where a certificate of our own is kept, beside the configuration. */
const CERTIFICATES = 'certs';

/** Whom the pump becomes; undefined: nobody else. */
export function otherOf({ user, group }: Config): Other | undefined {
  return user === undefined ? undefined : another({ user, ...(group !== undefined && { group }) });
}

/** Sockets that were handed over are taken instead of listening anew. */
export function listenersOf(
  { http, https }: Config,
  sockets: Sockets,
  certificates: Certificates | undefined,
): Pick<Front, 'http' | 'https'> {
  for (const scheme of ['http', 'https'] as const)
    if (sockets[scheme] !== undefined && !{ http, https }[scheme])
      throw new PumpError(
        'usage',
        `a socket for ${scheme} is handed over, and the configuration has no '${scheme}': add it`,
      );
  return {
    ...(http && { http: { ...http, ...fd(sockets.http) } }),
    ...(https && certificates && { https: { host: https.host, port: https.port, certificates, ...fd(sockets.https) } }),
  };
}

const fd = (socket: number | undefined) => (socket === undefined ? {} : { fd: socket });

/** To be read before root is given up: often nobody else may. */
export async function certificatesOf(
  config: Config,
  around: Around,
  signal: AbortSignal,
): Promise<Certificates | undefined> {
  if (!config.https) return undefined;
  const { certificate } = config.https;
  const files = certificate === 'self-signed' ? await ownCertificate(otherOf(config)) : certificate;
  return readCertificates(files, around, signal);
}

async function ownCertificate(other: Other | undefined): Promise<CertificateFiles> {
  const files = await keepCertificate(CERTIFICATES);
  for (const file of [files.cert, files.key]) other?.give(file);
  return files;
}

/** Once root is given up. A certificate is read anew when it is renewed. */
export function warnOfKey({ https, user }: Config, log: Logger): void {
  if (user === undefined || !https || https.certificate === 'self-signed') return;
  const { cert, key } = https.certificate;
  const files = unreadable([cert, key]);
  if (files.length > 0)
    log.warn(
      { files, user },
      'the certificate cannot be read any more: a renewed one is taken at the next start, or let the user read it',
    );
}
