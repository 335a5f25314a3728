// Where what `receive` receives goes to: nowhere, or to a file or stdout, in the form of its codec.

import type { Session } from '../sdp/session.ts';
import { payloadsOf } from './payloads.ts';
import type { Output } from './receiving.ts';
import type { Written } from './seen.ts';
import { writingTo } from './writing.ts';

interface Outlet extends Output {
  /** nothing where nothing is written */
  readonly written: { readonly written?: Written };
  /** Resolves when all is written. */
  end(): Promise<void>;
}

/** `failed` hears what ends the writing, or the listening. */
export async function outputTo(
  where: string | undefined,
  session: Session,
  failed: (error: Error) => void,
): Promise<Outlet> {
  if (where === undefined) return { take() {}, failed, written: {}, end: () => Promise.resolve() };
  const payloads = payloadsOf(session);
  const writing = await writingTo(where, failed);
  writing.write(payloads.first);
  return {
    ...(payloads.accepts && { accepts: payloads.accepts }),
    take: (...one) => writing.write(payloads.take(...one)),
    failed,
    get written() {
      return { written: { bytes: writing.bytes, leftOut: writing.leftOut, damaged: payloads.damaged } };
    },
    end: () => writing.end(),
  };
}
