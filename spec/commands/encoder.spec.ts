import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../../src/certificate.ts';
import { Encoder } from '../../src/commands/encoder.ts';
import { asf as container } from '../../src/containers/asf/index.ts';
import type { Part } from '../../src/containers/container.ts';
import { digest } from '../../src/http/access/digest.ts';
import { readAddress } from '../../src/sources/address.ts';
import { asf } from '../support/asf.ts';
import { handClock, settle, passingUntil } from '../support/clock.ts';
import { type Behaviour, framesOf, lettersOf, PLACE, pushServer, SERVER } from '../support/push-server.ts';
import { silent } from '../support/log.ts';

const film = asf().video(1).audio(2);
const header: Part = { kind: 'header', bytes: film.header() };
const packets: Part[] = film.packets(40).map((bytes) => ({ kind: 'unit', bytes, join: false }));
const HEADER_BYTES = 4 + film.header().length;

async function stage(behaviour: Behaviour = {}, options: { bodyBytes?: number; user?: string } = {}) {
  const server = await pushServer(behaviour);
  const { user, ...rest } = options;
  const to = readAddress(user === undefined ? server.url : server.url.replace('://', `://${user}@`));
  if (!to) throw new Error('the server has an address');
  const clock = handClock();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const encoder = new Encoder({ to, clock, log: silent, ...rest }, stop.signal);
  encoder.accept(container);
  const send = async (...parts: Part[]) => {
    for (const part of parts) await encoder.take(part);
  };
  const passing = (done: Promise<unknown>) => passingUntil(clock, done);
  /** Packets without end, as a live encoder has them, until something is seen. */
  const stream = async (seen: () => boolean) => {
    await send(header);
    for (let n = 0; !seen(); n++) {
      await send(...packets.slice(n % packets.length, (n % packets.length) + 1));
      await settle();
    }
  };
  return { server, encoder, clock, send, stream, passing, stop: () => stop.abort() };
}

describe('an encoder', () => {
  it('sets up and starts as Expression Encoder does, on one connection', async () => {
    const { server, encoder, send } = await stage();
    await send(header, ...packets.slice(0, 3));
    await encoder.end();
    const [setUp, start, ...more] = server.taken;
    const host = new URL(server.url).host;
    const lines = (type: string, length: string, place: string) => [
      'POST /streams/hall_push',
      `Content-Type: application/x-wms-${type}`,
      'X-Accept-Authentication: Negotiate, NTLM, Digest',
      'User-Agent: WMEncoder/12.0.7601.17514',
      `Host: ${host}`,
      `Content-Length: ${length}`,
      'Cache-Control: no-cache',
      `Cookie: push-id=${place}`,
      'Connection: keep-alive',
    ];
    expect(setUp?.lines).toEqual(lines('pushsetup', '16', '0'));
    expect(setUp?.body.toString()).toBe('AutoDestroy: 1\r\n');
    expect(start?.lines).toEqual(lines('pushstart', '2147483647', PLACE));
    expect(lettersOf(start?.body ?? Buffer.alloc(0))).toBe('HDDDE');
    expect(start?.connection).toBe(setUp?.connection);
    expect(more).toEqual([]);
    expect(encoder.bytes).toBe(start?.body.length);
  });

  it('waits for no answer before it streams', async () => {
    const { server, send } = await stage();
    await send(header, ...packets.slice(0, 2));
    await server.has(1, HEADER_BYTES + 1);
    expect(lettersOf(server.starts[0]?.body ?? Buffer.alloc(0))).toMatch(/^HD*$/);
  });

  const one = 4 + 228;
  it.each([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100])(
    'fills a request to its last byte when %i bytes remain, waits for the answer, and goes on where it was',
    async (remain) => {
      const shape = { payloads: [{ stream: 1, bytes: 194 }] } as const;
      const equal: Part[] = Array.from({ length: 9 }, () => ({ kind: 'unit', bytes: film.packet(shape), join: false }));
      const { server, encoder, send } = await stage({}, { bodyBytes: HEADER_BYTES + 2 * one + remain });
      await send(header, ...equal);
      await encoder.end();
      const bodies = server.starts.map(({ body }) => body);
      const whole = bodies.slice(0, -1);
      expect(whole.length).toBeGreaterThan(0);
      for (const body of whole) expect(body).toHaveLength(HEADER_BYTES + 2 * one + remain);
      expect(lettersOf(Buffer.concat(bodies)).replaceAll('F', '')).toBe('HDDDDDDDDDE');
      for (const body of whole) expect(lettersOf(body)).toMatch(/^(H|[DE])D*F*$/);
      for (const body of bodies.slice(1)) expect(lettersOf(body)).toMatch(/^[DE]/);
      expect(new Set(server.taken.map(({ connection }) => connection)).size).toBe(1);
      expect(new Set(server.starts.map(({ headers }) => headers.cookie))).toEqual(new Set([`push-id=${PLACE}`]));
    },
  );

  it('does not go on when the answer to a whole request is a refusal', async () => {
    const { send, server } = await stage({ whole: 403 }, { bodyBytes: 2000 });
    await expect(send(header, ...packets)).rejects.toThrow(/answers 403/);
    expect(server.starts).toHaveLength(1);
  });

  it('says that a request is too short for any packet instead of starting for ever', async () => {
    const { send } = await stage({}, { bodyBytes: 120 });
    await expect(send(header)).rejects.toThrow(/no room/);
  });

  it.each([
    ['Digest', 'Digest realm="Stream Pump"'],
    ['Basic', 'Basic realm="Stream Pump"'],
  ])('answers when it is asked for a password (%s)', async (scheme) => {
    const users = { bob: 'so secret' };
    const digests = digest(handClock());
    const asked: string[] = [];
    const { server, encoder, send } = await stage(
      {
        setUp(request, response) {
          const { authorization = '' } = request.headers;
          asked.push(authorization);
          const fields = /^Digest (.*)$/.exec(authorization)?.[1];
          const verdict = fields && digests.check(fields, { method: 'POST', url: request.url ?? '' }, users);
          if (typeof verdict === 'object' || authorization === `Basic ${btoa('bob:so secret')}`) return false;
          const challenges = scheme === 'Digest' ? [digests.challenge(false), 'Basic realm="x"'] : ['Basic realm="x"'];
          response.writeHead(401, { ...SERVER, 'WWW-Authenticate': ['NTLM', ...challenges] }).end();
          return true;
        },
      },
      { user: 'bob:so%20secret' },
    );
    await send(header, ...packets.slice(0, 1));
    await encoder.end();
    expect(asked[0]).toBe('');
    expect(asked[1]).toMatch(new RegExp(`^${scheme} `));
    expect(asked).toHaveLength(2);
    expect(lettersOf(server.starts[0]?.body ?? Buffer.alloc(0))).toBe('HDE');
  });

  it.each([
    ['a name and a password: give them by --user', undefined],
    ['answers 401', 'bob:wrong'],
  ])('ends with a sentence when it does not get in: %s', async (sentence, user) => {
    const refuse: Behaviour = {
      setUp(_, response) {
        response.writeHead(401, { ...SERVER, 'WWW-Authenticate': 'Basic realm="x"' }).end();
        return true;
      },
    };
    const { send } = await stage(refuse, user === undefined ? {} : { user });
    await expect(send(header)).rejects.toThrow(sentence);
  });

  it.each([403, 404, 409, 415, 503])("gives up at once on a %i, with the server's own line", async (status) => {
    const refuse: Behaviour = {
      setUp(_, response) {
        response.writeHead(status, { Server: SERVER.Server }).end('Somebody else pushes: wait.\nmore\n');
        return true;
      },
    };
    const { send } = await stage(refuse);
    await expect(send(header)).rejects.toThrow(new RegExp(`answers ${status}: Somebody else pushes: wait\\.$`));
  });

  it('tells the address that it is sent on to', async () => {
    const { send } = await stage({
      setUp(_, response) {
        response.writeHead(302, { ...SERVER, Location: 'http://b.example/x' }).end();
        return true;
      },
    });
    await expect(send(header)).rejects.toThrow('push to http://b.example/x');
  });

  it.each([
    ['no Windows Media server', { Server: 'nginx/1.22', 'Set-Cookie': 'push-id=5' }, /Windows Media pushes/],
    ['no push-id', SERVER, /no push-id/],
  ])('stops at an answer of %s', async (_, headers, sentence) => {
    const { send } = await stage({ setUp: (_, response) => (response.writeHead(204, headers).end(), true) });
    await expect(send(header)).rejects.toThrow(sentence);
  });

  it('fails at once where nobody listens, and at a certificate that nobody knows', async () => {
    const { encoder } = await stage();
    await encoder.end();
    const nobody = new Encoder(
      { to: readAddress('http://127.0.0.1:1/x') ?? raise(), clock: handClock(), log: silent },
      new AbortController().signal,
    );
    nobody.accept(container);
    await expect(nobody.take(header)).rejects.toThrow(/refuses the connection/);
    const { send } = await stage({ tls: await makeCertificate(['127.0.0.1']) });
    await expect(send(header)).rejects.toThrow(/certificate/);
  });

  it('gives up on a server that says nothing', async () => {
    const { send, passing, server, clock } = await stage({ setUp: () => true });
    const sending = send(header);
    sending.catch(() => {});
    await server.has(0, 16);
    await clock.advance(29_000);
    await expect(passing(sending)).rejects.toThrow(/does not answer for 30 s/);
    expect(clock.now()).toBeLessThan(60_000);
  });
});

const raise = () => {
  throw new Error('an address');
};

describe('an encoder whose connection is lost', () => {
  it('comes back to its place with the next packet, and no header', async () => {
    const { server, encoder, stream, passing } = await stage({
      hangUp: (nth) => (nth === 0 ? HEADER_BYTES + 500 : undefined),
    });
    await passing(stream(() => (server.starts[1]?.body.length ?? 0) > 0));
    await encoder.end();
    expect(server.taken.map(({ kind }) => kind)).toEqual(['set-up', 'start', 'set-up', 'start']);
    expect(server.taken.map(({ headers }) => headers.cookie)).toEqual([
      'push-id=0',
      `push-id=${PLACE}`,
      `push-id=${PLACE}`,
      `push-id=${PLACE}`,
    ]);
    expect(lettersOf(server.starts[1]?.body ?? Buffer.alloc(0))).toMatch(/^D+E$/);
    expect(encoder.restarts).toBe(1);
  });

  it('sends its header again to a server that gives it another place', async () => {
    const { server, encoder, stream, passing } = await stage({
      hangUp: (nth) => (nth === 0 ? HEADER_BYTES + 500 : undefined),
      setUp(_, response, nth) {
        response.writeHead(204, { ...SERVER, 'Set-Cookie': `push-id=place-${nth}` }).end();
        return true;
      },
    });
    await passing(stream(() => (server.starts[1]?.body.length ?? 0) > HEADER_BYTES));
    await encoder.end();
    expect(server.starts[1]?.headers.cookie).toBe('push-id=place-1');
    expect(lettersOf(server.starts[1]?.body ?? Buffer.alloc(0))).toMatch(/^HD+E$/);
  });

  it('tries again after pauses that grow, and ends in one when it is told to', async () => {
    const { server, encoder, clock, stream, passing, stop } = await stage({
      hangUp: (nth) => (nth === 0 ? HEADER_BYTES + 500 : undefined),
      setUp: (_, response, nth) => nth > 0 && (response.writeHead(503, SERVER).end(), true),
    });
    let isStopped = false;
    const sending = stream(() => isStopped);
    const atMs: number[] = [];
    while (server.taken.length < 7) {
      const before = server.taken.length;
      await clock.advance(100);
      if (server.taken.length > before) atMs.push(clock.now());
    }
    const pauses = atMs.slice(-4).map((ms, n, all) => ms - (all[n - 1] ?? ms));
    expect(pauses[2]).toBeGreaterThan(1.2 * (pauses[1] ?? 0));
    expect(pauses[3]).toBeGreaterThan(1.2 * (pauses[2] ?? 0));
    isStopped = true;
    stop();
    await passing(sending);
    expect(encoder.restarts, 'told as connected again').toBe(0);
  });

  it.each([408, 503])('starts anew when it is sent away for a while (%i)', async (status) => {
    const { server, encoder, stream, passing } = await stage({
      early: (nth) => (nth === 0 ? { status, line: 'no packets for too long' } : undefined),
    });
    await passing(stream(() => (server.starts[1]?.body.length ?? 0) > 0));
    await encoder.end();
    expect(server.taken.map(({ kind }) => kind)).toEqual(['set-up', 'start', 'set-up', 'start']);
  });

  it('ends when somebody has taken its place', async () => {
    const { stream, passing } = await stage({ early: () => ({ status: 409, line: 'Somebody else pushes.' }) });
    await expect(passing(stream(() => false))).rejects.toThrow(/409: Somebody else pushes\.$/);
  });

  it('says that the stream is over when it is stopped, and does not wait long for an answer', async () => {
    const { server, encoder, send, stop } = await stage();
    await send(header, ...packets.slice(0, 2));
    stop();
    await encoder.end();
    expect(framesOf(server.starts[0]?.body ?? Buffer.alloc(0)).at(-1)?.letter).toBe('E');
  });
});
