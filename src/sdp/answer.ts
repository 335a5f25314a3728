// The answer to an offer (RFC 3264): where a stream is multicast, and nothing else. Every `m=` line is answered in its order: one
// with the session, the others with port 0. The clients that this kind of server was made for offer H.264 whatever they are
// after, and read no more of an answer than its last `c=IN IP4` and the port of `m=video`: so they are told also where nothing
// fits, unless that is asked to be refused.

import { write } from 'sdp-transform';
import { PumpError } from '../errors.ts';
import { urlOf } from '../datagrams/group.ts';
import type { Description, Direction, Media } from './description.ts';
import { type Session, mediaLines, sessionLines } from './session.ts';

export interface Manner {
  /** refuse where nothing fits */
  readonly strict: boolean;
  /** the address of the machine that answers */
  readonly origin: string;
}

type Sessions = readonly [Session, ...Session[]];

/** `sessions`: all places of one stream, the best of which is told. */
export function answer(offer: Description, sessions: Sessions, { strict, origin }: Manner): string {
  const fitting = fit(offer, sessions);
  if (!fitting && strict) throw new PumpError('not acceptable', refusal(offer, sessions));
  const { session, at } = fitting ?? nearest(offer, sessions);
  // Those clients take all that follows the last space of `c=` for the address, a TTL too; their own offer has none.
  const ttl = offered(offer).every((connection) => connection.ttl !== undefined);
  const answered = offer.media.map((media, n) => {
    if (n !== at) return rejected(media);
    const { kind: type, protocol } = media;
    return { ...accepted(session, media.direction), ...(fitting && { type, protocol }) };
  });
  return write({
    ...sessionLines(session, origin, { ttl }),
    media: at < 0 ? [...answered, accepted(session, 'recvonly')] : answered,
  });
}

interface Choice {
  readonly session: Session;
  /** which of the media; -1: none */
  readonly at: number;
}

function fit(offer: Description, sessions: Sessions): Choice | undefined {
  const all = sessions.map((session) => ({ session, at: offer.media.findIndex((media) => fits(session, media)) }));
  return all.find(({ at }) => at >= 0);
}

function fits({ group, codec, clockRate }: Session, { port, protocol, connection, codecs, formats }: Media): boolean {
  if (port === 0 || (connection && connection.family !== group.family)) return false;
  if (group.scheme === 'udp') return /udp$/i.test(protocol) && formats.some((format) => /^(?:33|mp2t)$/i.test(format));
  if (!/^RTP\/AVPF?$/i.test(protocol)) return false;
  return codecs.some((one) => one.name.toUpperCase() === codec.toUpperCase() && one.clockRate === clockRate);
}

/** What is told of all that does not fit: by the family that was offered, in the place of its pictures. */
function nearest(offer: Description, sessions: Sessions): Choice {
  const [family] = offered(offer).map((connection) => connection.family);
  const session = sessions.find(({ group }) => group.family === family) ?? sessions[0];
  return { session, at: offer.media.findIndex(({ kind, port }) => kind === 'video' && port > 0) };
}

function accepted(session: Session, direction: Direction) {
  // To whoever only sends there is nothing to be sent.
  const wants = direction === 'recvonly' || direction === 'sendrecv';
  return { ...mediaLines(session), direction: wants ? ('sendonly' as const) : ('inactive' as const) };
}

function rejected({ kind, protocol, formats }: Media) {
  return { type: kind, port: 0, protocol, payloads: formats.join(' '), rtp: [], fmtp: [] };
}

const offered = ({ connection, media }: Description) =>
  [connection, ...media.map((one) => one.connection)].filter((one) => one !== undefined);

function refusal(offer: Description, sessions: Sessions): string {
  const ours = sessions.map(({ group, codec }) => `${codec} at ${urlOf(group)}`).join(' and ');
  const theirs = offer.media.map(({ connection, codecs, formats }) => {
    const names = codecs.map(({ name }) => name).join(', ') || `payload types ${formats.slice(0, 8).join(', ')}`;
    return connection ? `${names} by IPv${connection.family}` : names;
  });
  const shown = theirs.slice(0, 4).join('; ').slice(0, 200) || 'nothing';
  return `This stream is multicast as ${ours}, and the offer takes ${shown}.`;
}
