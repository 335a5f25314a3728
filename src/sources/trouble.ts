// What the system's error codes mean for somebody who set up a stream: one clear sentence each.

import { codeOf, explain, PumpError } from '../errors.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'may not be opened by this user',
  EADDRINUSE: 'is already listened on by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
  EAI_AGAIN: 'cannot be looked up now: the name server does not answer',
  ECONNREFUSED: 'refuses the connection: nothing listens there',
  ECONNRESET: 'closed the connection before it answered',
  EHOSTUNREACH: 'cannot be reached from here',
  EISDIR: 'is a directory, not a stream',
  EMFILE: 'cannot be opened: this process has too many files open',
  ENETUNREACH: 'cannot be reached: there is no route to its network',
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of the path is no directory',
  ENOTFOUND: 'has a host name that nobody knows',
  ENXIO: "is a socket: write it as 'unix:PATH'",
  EPERM: 'may not be opened by this user',
  EPIPE: 'closed the connection before it answered',
  ETIMEDOUT: 'does not answer',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'shows a certificate that it signed itself: to trust it, start with NODE_EXTRA_CA_CERTS=FILE',
  ERR_SSL_WRONG_VERSION_NUMBER: 'speaks no TLS: is it http:// there?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate for another host',
  SELF_SIGNED_CERT_IN_CHAIN:
    'shows a certificate of an authority unknown here: to trust it, start with NODE_EXTRA_CA_CERTS=FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'shows a certificate of an authority unknown here: to trust it, start with NODE_EXTRA_CA_CERTS=FILE',
};

/** What went wrong with `where` (without credentials). A PumpError already says it. */
export function trouble(where: string, error: unknown): PumpError {
  if (error instanceof PumpError) return error;
  const code = codeOf(error) ?? '';
  if (code.startsWith('HPE_')) {
    return new PumpError('upstream failed', `${where} does not answer in HTTP (${explain(error)})`, { cause: error });
  }
  const meaning = MEANINGS[code];
  // The sentence is all that people need; what the system said beside it would be told twice.
  if (meaning) return new PumpError('upstream failed', `${where} ${meaning}`, { fields: { code } });
  return new PumpError('upstream failed', `${where} failed: ${explain(error)}`, { cause: error });
}
