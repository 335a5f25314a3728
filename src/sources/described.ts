// Where a stream is multicast, for somebody who wants to join it: told by itself (`rtp://…`), by an `.sdp` file or address, or by
// a server that answers offers. Asked anew at each opening: groups move.

import { open } from 'node:fs/promises';
import { EXPECTED as GROUP, readGroup, urlOf } from '../datagrams/group.ts';
import { PumpError } from '../errors.ts';
import { readSdp } from '../sdp/description.ts';
import { MOST_SDP_BYTES } from '../sdp/lines.ts';
import { offer, sessionOf } from '../sdp/offer.ts';
import { type Session, sessionAt } from '../sdp/session.ts';
import { type Address, readAddress } from './address.ts';
import { within } from './bytes.ts';
import { readPlace } from './place.ts';
import type { Means } from './source.ts';
import { trouble } from './trouble.ts';
import { upstream } from './upstream.ts';

export type Described =
  | { readonly kind: 'group'; readonly session: Session }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'address'; readonly address: Address };

/** What is said of text that is none of these. */
export const EXPECTED = `${GROUP}; an .sdp file; or where SDP, or the answer to an offer, is to be had, such as 'http://host/tv.sdp' or 'http://host/offer'`;

/** A server that answers and then dribbles is not waited for. */
const WITHIN_MS = 15_000;
const SDP = 'application/sdp';

export function readDescribed(text: string): Described | undefined {
  const group = readGroup(text);
  if (group) return { kind: 'group', session: sessionAt(group) };
  const address = /^https?:/i.test(text) ? readAddress(text) : undefined;
  if (address) return { kind: 'address', address };
  const place = readPlace(text);
  return place?.kind === 'path' && /\.sdp$/i.test(place.path) ? { kind: 'file', path: place.path } : undefined;
}

/** For logs and status, without credentials. */
export function shownOf(where: Described): string {
  if (where.kind === 'group') return urlOf(where.session.group);
  return where.kind === 'file' ? where.path : where.address.shown;
}

export async function sessionOfDescribed(where: Described, means: Means, signal: AbortSignal): Promise<Session> {
  if (where.kind === 'group') return where.session;
  const text = where.kind === 'file' ? await fileText(where.path) : await textAt(where.address, means, signal);
  try {
    return sessionOf(readSdp(text));
  } catch (cause) {
    throw new PumpError('upstream failed', `${shownOf(where)} tells of nothing that can be joined`, {
      cause,
    });
  }
}

async function fileText(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_SDP_BYTES + 1));
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw trouble(path, error);
  }
}

/** What ends in `.sdp` is had by asking for it, all else by making an offer. */
async function textAt(address: Address, means: Means, signal: AbortSignal): Promise<string> {
  const isFile = /\.sdp$/i.test(address.url.pathname);
  const asking = isFile ? means : { ...means, post: { type: SDP, body: Buffer.from(offer()) } };
  const late = `${address.shown} takes longer than ${WITHIN_MS / 1000} s to answer`;
  return within(means.clock, WITHIN_MS, signal, late, async (signal) => {
    const reply = await upstream(address, asking, signal);
    try {
      return answered(await textOf(reply.body));
    } finally {
      reply.close();
    }
  });
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_SDP_BYTES) break; // which is said when it is read
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Some answer in JSON whatever they are sent. */
function answered(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const value: unknown = JSON.parse(text);
    const isTold = typeof value === 'object' && value !== null && 'sdp' in value && typeof value.sdp === 'string';
    return isTold ? String(value.sdp) : text;
  } catch {
    return text;
  }
}
