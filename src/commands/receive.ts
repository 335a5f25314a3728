// `stream-pump receive`: the RTP client. Asks where a stream is multicast, joins it, shows how its packets come, and can write out
// what they carry.

import { realClock, every } from '../clock.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import { urlOf } from '../datagrams/group.ts';
import { networkInterface } from '../datagrams/interface.ts';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { withoutCredentials } from '../log.ts';
import { readTime } from '../quantities.ts';
import type { Session } from '../sdp/session.ts';
import { EXPECTED, readDescribed, sessionOfDescribed } from '../sources/described.ts';
import { command } from './command.ts';
import { outputTo } from './output.ts';
import { progress, type Screen } from './progress.ts';
import { Receiving } from './receiving.ts';
import { secondsOf } from './seconds.ts';
import { joinedOf, lineOf, type Moment, objectOf, summaryOf, sumOf } from './seen.ts';

const TIMEOUT = '10s';
const MOST_TIMEOUT_MS = 3_600_000;
const SHOWN_EVERY_MS = 1000;
const USUAL_COLUMNS = 120;
const LOOK_MS = 100;

export const receive = command({
  name: 'receive',
  summary: 'joins what is multicast and shows how its packets come',
  usage: ['OFFER-URL|SDP|rtp://GROUP:PORT [-o FILE|-] [--interface NAME] [--timeout 10s] [--seconds N] [--json]'],
  help: `Posts an SDP offer to OFFER-URL, such as http://PUMP:8086/streams/tv/offer, joins the group that the answer names, and shows once a
second: packets, bit rate, lost, reordered and duplicate packets, jitter, SSRC and payload type; at the end all of it. An .sdp file
or address will do instead of an offer, and so will the group itself. With -o what comes is written in its order: MPEG-TS as it is,
H.264 as a byte stream (Annex B). Where the session has RTCP, the sender is told how its packets come. It ends by Ctrl-C, after
--seconds, or when nothing has come for --timeout.

  stream-pump receive http://localhost:8086/streams/tv/offer
  stream-pump receive http://localhost:8086/streams/tv/offer -o - | ffplay -
  stream-pump receive rtp://10.0.0.7@232.1.1.1:5004 --interface eth1 --json --seconds 60`,
  options: {
    out: { type: 'string', short: 'o', value: 'FILE', says: 'write what comes to a file, or to stdout by -' },
    interface: { type: 'string', value: 'NAME', says: 'the network interface to join by: a name or an address' },
    timeout: { type: 'string', value: 'TIME', says: `how long nothing may come (default: ${TIMEOUT})` },
    seconds: { type: 'string', value: 'N', says: 'end after so long' },
    json: { type: 'boolean', says: 'one JSON object a second, and one at the end' },
  },
  takes: { least: 1, most: 1 },
  async run({ values, positionals: [input = ''], log }, signal) {
    const { out, json = false, interface: by } = values;
    const timeoutMs = timeoutOf(values.timeout ?? TIMEOUT);
    const untilMs = secondsOf(values.seconds);
    const where = readDescribed(input);
    if (!where) throw new PumpError('usage', `cannot receive ${withoutCredentials(input)}: expected ${EXPECTED}`);
    if (by !== undefined && !networkInterface.safeParse(by).success)
      throw new PumpError('usage', '--interface: expected the name or the address of a network interface');
    if (out === '-' && process.stdout.isTTY)
      throw new PumpError('usage', 'stdout is a terminal: -o - is for another program, as in `… -o - | ffplay -`');
    const means = { log, clock: realClock, self: 'receive' };
    const session = await sessionOfDescribed(where, means, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (!session) return;
    const asked = { agreed: where.kind !== 'group', timeoutMs, ...(untilMs !== undefined && { untilMs }) };
    await joined(
      session,
      { ...asked, json, log, ...(out !== undefined && { out }), ...(by !== undefined && { by }) },
      signal,
    );
  },
});

/** A line that wraps cannot be rewritten. */
const columnsOf = (screen: Screen): number => ('columns' in screen ? Number(screen.columns) : 0) || USUAL_COLUMNS;

interface Asked {
  readonly agreed: boolean;
  readonly timeoutMs: number;
  readonly untilMs?: number;
  readonly json: boolean;
  readonly out?: string;
  readonly by?: string;
  readonly log: Parameters<Receiving['run']>[1];
}

async function joined(session: Session, asked: Asked, signal: AbortSignal): Promise<void> {
  const { agreed, json, out, by, log, untilMs = Number.POSITIVE_INFINITY } = asked;
  const clock = realClock;
  const end = linked(signal);
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    end.abort();
  };
  const output = await outputTo(out, session, fail);
  const receiving = new Receiving(session, agreed, output, clock);
  const screen = out === '-' ? process.stderr : process.stdout;
  const sinceMs = clock.now();
  // A timer of Node's comes up to a millisecond early: a second's line is to say that it is one.
  const moment = () => ({ ...receiving.seen, ms: Math.ceil(clock.now() - sinceMs) });
  if (!json) screen.write(`joining ${joinedOf(session)}\n`);
  const stopShowing = show(moment, json, screen);
  const stopWatching = every(clock, LOOK_MS, () => {
    const { ms, lastMs, arrivals } = moment();
    const silentMs = clock.now() - (lastMs ?? sinceMs);
    const isOver = ms >= untilMs;
    // Who wants to see a minute of it has not seen it where nothing came.
    if (silentMs >= asked.timeoutMs || (isOver && lastMs === undefined))
      fail(silence(session, asked, silentMs, arrivals));
    else if (isOver) end.abort();
  });
  try {
    await receiving.run(by === undefined ? {} : { interface: by }, log, end.signal).catch((error: unknown) => {
      if (!end.signal.aborted) throw error;
    });
  } finally {
    stopShowing();
    stopWatching();
    end.unlink();
    await output.end();
  }
  const last = { ...moment(), ...output.written };
  screen.write(`${json ? JSON.stringify(sumOf(session, last)) : summaryOf(last)}\n`);
  if (failure) throw failure;
}

/** Once a second; what is returned ends it. */
function show(moment: () => Moment, json: boolean, screen: Screen): () => void {
  const line = () => lineOf(moment()).slice(0, columnsOf(screen) - 1);
  if (!json && screen.isTTY) return progress(realClock, line, screen);
  return every(realClock, SHOWN_EVERY_MS, () =>
    screen.write(`${json ? JSON.stringify(objectOf(moment())) : lineOf(moment())}\n`),
  );
}

function silence(
  { group, payloadType, codec }: Session,
  { by, agreed }: Asked,
  silentMs: number,
  { packets, refused }: Arrivals,
): PumpError {
  const others = agreed && group.scheme === 'rtp' ? `${codec} as payload type ${payloadType}` : codec;
  const seconds = Math.round(silentMs / 100) / 10;
  const what = `nothing ${packets > 0 ? 'more came' : 'came'} from ${urlOf(group)} for ${seconds} s`;
  if (refused > 0) return new PumpError('no source', `${what} that is ${others}: ${refused} other datagrams did`);
  const hint =
    by === undefined ? 'choose the network by --interface where there are several' : `it was joined by ${by}`;
  return new PumpError('no source', `${what}: is it sent, and let through to here? (${hint})`);
}

function timeoutOf(text: string): number {
  const ms = readTime(text);
  if (ms !== undefined && ms >= 100 && ms <= MOST_TIMEOUT_MS) return ms;
  throw new PumpError('usage', `--timeout: expected a time from 100ms to 1h such as '10s', got '${text}'`);
}
