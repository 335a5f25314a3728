// Announces sessions to the network (SAP, RFC 2974), so that VLC and its kin list them by name. All of them together stay
// below the bit rate that the RFC gives everybody; what is no more is taken back, in the end all of it.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { sleep } from '../clock.ts';
import { interfaceFor } from '../datagrams/interface.ts';
import { explain } from '../errors.ts';
import type { Around } from '../log.ts';
import { announcement, deletion } from '../sdp/announcement.ts';
import { type Session, describe } from '../sdp/session.ts';

export interface Announcing {
  /** how often each session is told; less often where there are so many that the bit rate wants it */
  readonly everyMs: number;
  /** a network interface, by its name or an address */
  readonly interface?: string;
  readonly ttl: number;
}

/** Where everybody listens (RFC 2974, section 3): VLC does at these two, whatever the scope. */
const PORT = 9875;
const GROUPS = { 4: '224.2.127.254', 6: 'ff0e::2:7ffe' } as const;
/** RFC 2974, section 3.1: of all announcements in one scope together. */
const BITS_PER_SECOND = 4000;
/** So that machines that were started together do not go on announcing at the same moment (section 3.1). */
const SPREAD = 1 / 3;
/** Sessions that come and go (a source that was opened) are noticed within this. */
const LOOK_MS = 1000;

/** Until aborted; resolves when all is taken back. Where the network does not take it, that is told and tried again. */
export async function announce(
  sessions: () => readonly Session[],
  options: Announcing,
  { log, clock }: Around,
  signal: AbortSignal,
): Promise<void> {
  const told = new Map<string, Told>();
  let nextMs = clock.now();
  while (!signal.aborted) {
    const isDue = clock.now() >= nextMs;
    try {
      await tell(sessions(), told, isDue, options);
    } catch (error) {
      log[isDue ? 'warn' : 'debug']({ reason: explain(error) }, 'announcing failed');
    }
    if (isDue) nextMs = clock.now() + pauseMs([...told.values()], options.everyMs);
    await sleep(clock, LOOK_MS, signal);
  }
  await tell([], told, false, options).catch((error: unknown) =>
    log.debug({ reason: explain(error) }, 'taking announcements back failed'),
  );
}

/** An announcement that was made, and what takes it back. */
interface Told {
  readonly family: 4 | 6;
  readonly bytes: Buffer;
  readonly back: Buffer;
}

/** What is new is told at once, what is no more is taken back, and all the rest when it is due. */
async function tell(
  sessions: readonly Session[],
  told: Map<string, Told>,
  isDue: boolean,
  options: Announcing,
): Promise<void> {
  for (const family of [4, 6] as const) {
    const here = sessions.filter(({ group }) => group.family === family && group.isMulticast);
    const gone = [...told].filter(
      ([key, one]) => one.family === family && !here.some((session) => keyOf(session) === key),
    );
    const due = here.filter((session) => isDue || !told.has(keyOf(session)));
    if (gone.length === 0 && due.length === 0) continue;
    const socket = await open(family, options);
    try {
      for (const [key, { back }] of gone) {
        await send(socket, back);
        told.delete(key);
      }
      for (const session of due) {
        const one = toldOf(session, socket.address().address);
        await send(socket, one.bytes);
        told.set(keyOf(session), one);
      }
    } finally {
      socket.close();
    }
  }
}

const keyOf = (session: Session) => JSON.stringify(session);

function toldOf(session: Session, origin: string): Told {
  const sdp = describe(session, origin);
  return { family: session.group.family, bytes: announcement(sdp, origin), back: deletion(sdp, origin) };
}

/** Connected, so that it has the address that it sends from. */
async function open(family: 4 | 6, { interface: which, ttl }: Announcing): Promise<Socket> {
  const socket = createSocket(`udp${family}`);
  socket.on('error', () => {}); // whoever waits for it is told by `once` and `send`; unheard it would end the process
  try {
    socket.bind();
    await once(socket, 'listening');
    if (which !== undefined) socket.setMulticastInterface(interfaceFor(which, family));
    socket.setMulticastTTL(ttl);
    socket.connect(PORT, GROUPS[family]);
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function send(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.send(bytes, (error) => (error ? reject(error) : resolve())));
}

function pauseMs(told: readonly Told[], everyMs: number): number {
  const bits = told.reduce((sum, { bytes }) => sum + bytes.length * 8, 0);
  const wanted = Math.max(everyMs, (bits * 1000) / BITS_PER_SECOND);
  return wanted * (1 + SPREAD * (2 * Math.random() - 1));
}
