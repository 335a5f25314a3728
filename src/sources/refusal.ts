// Why a server gives no stream, in one sentence: what its status means for whoever configured the address, and its own line where it
// says one. Pumps, and many others, tell there what to do ("Say which stream is meant by ?stream=NAME…").

import type { Clock } from '../clock.ts';
import type { Reply } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import { first } from './reply.ts';

const STATUSES: Readonly<Record<number, string>> = {
  400: 'does not understand the request',
  401: 'wants other credentials: write them as USER:PASSWORD@ before the host',
  403: 'does not let us watch',
  404: 'knows no such stream',
  405: 'is no address to ask for this',
  406: 'does not have the stream in a form that we take',
  407: 'cannot be asked: the proxy wants other credentials',
  410: 'has the stream no longer',
  453: 'has no bandwidth left for us',
  500: 'is broken',
  502: 'gets no answer from where it takes the stream',
  503: 'has no source now, or no room',
  504: 'gets no answer in time from where it takes the stream',
};

/** Pages for people are longer; a log line has to be read. */
const LONGEST_LINE = 300;
/** Words come together with the status; nobody waits for a server that keeps them. */
const WORDS_MS = 1000;

export async function refusal(shown: string, reply: Reply, clock: Clock): Promise<PumpError> {
  const { status } = reply;
  if (status === 508)
    return new PumpError('loop', `${shown} refuses: it would take this stream from itself over this pump (status 508)`);
  const line = await lineOf(reply, clock);
  const says = line === '' ? '' : `: ${line}`;
  return new PumpError(
    'upstream failed',
    `${shown} ${STATUSES[status] ?? 'answers with no stream'} (status ${status})${says}`,
    { fields: { status } },
  );
}

/** Its first line, where it is short plain text that comes with the status. */
async function lineOf(reply: Reply, clock: Clock): Promise<string> {
  const { headers, body } = reply;
  const type = first(headers['content-type']) ?? '';
  const length = Number(first(headers['content-length']));
  if (!/^text\/plain\b/i.test(type) || !(length > 0 && length <= LONGEST_LINE)) return '';
  const cancel = clock.after(WORDS_MS, () => reply.close());
  try {
    for await (const chunk of body) {
      const [line = ''] = chunk
        .toString('utf8')
        .trim()
        .split(/[\r\n]/);
      return line.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, LONGEST_LINE);
    }
  } catch {
    // It broke off, or was too late: its status says enough.
  } finally {
    cancel();
  }
  return '';
}
