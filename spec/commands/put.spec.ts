import { describe, expect, it, onTestFinished } from 'vitest';
import { Encoder } from '../../src/commands/encoder.ts';
import { asf } from '../../src/containers/asf/index.ts';
import type { Container, Part } from '../../src/containers/container.ts';
import { matroska } from '../../src/containers/matroska/index.ts';
import { digest } from '../../src/http/access/digest.ts';
import { readAddress } from '../../src/sources/address.ts';
import { handClock, settle, passingUntil } from '../support/clock.ts';
import { framed, headers, joins, units } from '../support/framing.ts';
import { mkv, scenes } from '../support/matroska.ts';
import { type Behaviour, putServer } from '../support/put-server.ts';
import { toyContainer } from '../support/toy.ts';
import { silent } from '../support/log.ts';

const film = mkv({ docType: 'webm' }).video(1, { codec: 'V_VP8' }).audio(2, { codec: 'A_VORBIS' });
const { parts } = framed(matroska, Buffer.concat([film.header(), ...scenes(40)]));
const [header = raise(), ...rest] = parts;
const HEADER_BYTES = headers(parts)[0]?.length ?? 0;

function raise(): never {
  throw new Error('something is not there');
}

const bytesOf = (some: readonly Part[]) => Buffer.concat(some.flatMap((part) => ('bytes' in part ? [part.bytes] : [])));

async function stage(behaviour: Behaviour = {}, user?: string, container: Container = matroska) {
  const server = await putServer(behaviour);
  const to = readAddress(user === undefined ? server.url : server.url.replace('://', `://${user}@`)) ?? raise();
  const clock = handClock();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const encoder = new Encoder({ to, clock, log: silent }, stop.signal);
  encoder.accept(container);
  const send = async (...some: Part[]) => {
    for (const part of some) await encoder.take(part);
  };
  const passing = (done: Promise<unknown>) => passingUntil(clock, done);
  /** Units without end, as a live encoder has them, until something is seen. */
  const stream = async (isSeen: () => boolean) => {
    await send(header);
    for (let n = 0; !isSeen(); n++) {
      await send(rest[n % rest.length] ?? raise());
      await settle();
    }
  };
  return { server, encoder, clock, send, stream, passing };
}

describe('a stream that is PUT', () => {
  it.each([
    ['WebM', film, 'video/webm'],
    ['Matroska', mkv().video(1).audio(2), 'video/x-matroska'],
    ['WebM of sound alone', mkv({ docType: 'webm' }).audio(2, { codec: 'A_OPUS' }), 'audio/webm'],
  ])('is one body without a length, and says that it is %s', async (_, made, type) => {
    const { server, encoder, send } = await stage();
    const { parts: all } = framed(matroska, Buffer.concat([made.header(), ...scenes(8)]));
    await send(...all);
    await encoder.end();
    const [put, ...more] = server.puts;
    expect(more).toEqual([]);
    expect(put).toMatchObject({ method: 'PUT', isWhole: true });
    expect(put?.headers).toMatchObject({ 'content-type': type, 'transfer-encoding': 'chunked' });
    expect(put?.headers['content-length']).toBeUndefined();
    expect(put?.body).toEqual(bytesOf(all));
    expect(encoder.bytes).toBe(put?.body.length);
  });

  it('is dressed as for viewers, numbered anew in each request', async () => {
    const { server, encoder, send } = await stage({}, undefined, toyContainer);
    const toy = (kind: 'header' | 'unit', text: string): Part => ({ kind, bytes: Buffer.from(text), join: true });
    await send(toy('header', 'a'), toy('unit', 'x'), toy('unit', 'y'), toy('header', 'b'), toy('unit', 'z'));
    await encoder.end();
    expect(server.puts.map(({ body }) => body.toString())).toEqual(['<a>[0:x][1:y]<end>', '<b>[0:z]<end>']);
    expect(server.puts[0]?.headers['content-type']).toBe('application/x-toy');
  });

  it('comes a second later to a server that knows of no 100 Continue', async () => {
    const { server, send, clock } = await stage({ isOld: true });
    const sending = send(header);
    await server.until(([put]) => put !== undefined);
    await clock.advance(900);
    expect(server.puts[0]?.body).toHaveLength(0);
    await clock.advance(200);
    await sending;
    await server.until(([put]) => put?.body.length === HEADER_BYTES);
  });

  it('goes on in another request when another header comes', async () => {
    const { server, encoder, send } = await stage();
    const other = framed(matroska, Buffer.concat([mkv().video(1).header(), ...scenes(8)])).parts;
    await send(...parts, header, ...rest, ...other);
    await encoder.end();
    const [first, second, ...more] = server.puts;
    expect(more).toEqual([]);
    expect(first?.isWhole).toBe(true);
    expect(first?.body).toEqual(bytesOf([...parts, ...rest]));
    expect(second?.headers['content-type']).toBe('video/x-matroska');
    expect(second?.body).toEqual(bytesOf(other));
  });

  it('is not held up by a server that says nothing at the end of a request', async () => {
    const { server, send, clock, passing } = await stage({ end: (_, nth) => nth === 0 });
    await send(header);
    await passing(send({ kind: 'header', bytes: mkv().video(1).header() }));
    expect(server.puts).toHaveLength(2);
    expect(clock.now()).toBeLessThan(3000);
  });

  it('goes on after a gap with a unit that one may begin with', async () => {
    const { server, encoder, send } = await stage();
    await send(header, ...rest.slice(0, 2), { kind: 'gap' }, ...rest.slice(3));
    await encoder.end();
    const [next = raise()] = joins(rest.slice(3));
    expect(next).toBeGreaterThan(0);
    expect(server.puts[0]?.body).toEqual(bytesOf([header, ...rest.slice(0, 2), ...rest.slice(3 + next)]));
  });

  it('is of one container', async () => {
    const { encoder } = await stage();
    encoder.accept(matroska);
    expect(() => encoder.accept(asf)).toThrow('this was matroska and has become asf');
  });
});

describe('a server that asks for a password', () => {
  function guarded(scheme: string) {
    const users = { bob: 'so secret' };
    const digests = digest(handClock());
    const knows = (authorization: string, url = '') => {
      const fields = /^Digest (.*)$/.exec(authorization)?.[1];
      const verdict = fields && digests.check(fields, { method: 'PUT', url }, users);
      return typeof verdict === 'object' || authorization === `Basic ${btoa('bob:so secret')}`;
    };
    const basic = 'Basic realm="x"';
    const challenges = ['NTLM', ...(scheme === 'Digest' ? [digests.challenge(false)] : []), basic];
    const refuse: NonNullable<Behaviour['head']> = ({ headers: { authorization = '' }, url }, response) => {
      if (knows(authorization, url)) return false;
      response.writeHead(401, { 'WWW-Authenticate': challenges }).end();
      return true;
    };
    return refuse;
  }

  it.each(['Digest', 'Basic'])('is answered before anything of the stream is sent (%s)', async (scheme) => {
    const { server, encoder, send } = await stage({ head: guarded(scheme) }, 'bob:so%20secret');
    await send(...parts);
    await encoder.end();
    const [asked, sent, ...more] = server.puts;
    expect(more).toEqual([]);
    expect(asked?.headers.authorization).toBeUndefined();
    expect(asked?.body).toHaveLength(0);
    expect(sent?.headers.authorization).toMatch(new RegExp(`^${scheme} `));
    expect(sent?.body).toEqual(bytesOf(parts));
    expect(encoder.bytes).toBe(sent?.body.length);
    expect(encoder.restarts).toBe(0);
  });

  it('is answered from behind a proxy that wants the body first, header first', async () => {
    const refuse = guarded('Digest');
    const asks = (_: unknown, ...[request, response, nth]: Parameters<NonNullable<Behaviour['head']>>) =>
      void refuse(request, response, nth);
    const { server, encoder, stream } = await stage({ body: asks }, 'bob:so%20secret');
    await stream(() => (server.puts[1]?.body.length ?? 0) > HEADER_BYTES);
    await encoder.end();
    const seen = framed(matroska, server.puts[1]?.body ?? raise()).parts;
    expect(seen[0]).toEqual(header);
    expect(units(seen)[0]?.join).toBe(true);
    expect(server.puts).toHaveLength(2);
    expect(encoder.restarts).toBe(0);
  });

  it.each([
    ['a name and a password: give them by --user', undefined, 1],
    ['answers 401', 'bob:wrong', 2],
  ])('ends the push that cannot answer: %s', async (sentence, user, asked) => {
    const { send, server } = await stage({ head: guarded('Digest') }, user);
    await expect(send(header)).rejects.toThrow(sentence);
    expect(server.puts).toHaveLength(asked);
  });
});

describe('a server that refuses', () => {
  it.each([403, 404, 409, 415, 503])('ends the push with its own line (%i)', async (status) => {
    const { send } = await stage({
      head: (_, response) => (response.writeHead(status).end('This stream takes asf only.\nmore\n'), true),
    });
    await expect(send(header)).rejects.toThrow(new RegExp(`answers ${status}: This stream takes asf only\\.$`));
  });

  it('ends it when it has seen what comes', async () => {
    const { stream } = await stage({
      body: (_, __, response) => void response.writeHead(415, { Connection: 'close' }).end('No container I know.'),
    });
    await expect(stream(() => false)).rejects.toThrow(/answers 415: No container I know\.$/);
  });

  it('is heard at the end of a stream too short for it to be heard before', async () => {
    const { encoder, send } = await stage({
      end: (response) => (response.writeHead(415).end('No container I know.'), true),
    });
    await send(header);
    await expect(encoder.end()).rejects.toThrow(/answers 415: No container I know\.$/);
  });

  it('ends it when somebody else has taken its place', async () => {
    const { stream, server, clock } = await stage({
      body: ({ body }, _, response) =>
        void (body.length > HEADER_BYTES && response.writeHead(409).end('Somebody else pushes.')),
    });
    await expect(stream(() => false)).rejects.toThrow(/409: Somebody else pushes\.$/);
    expect(server.puts).toHaveLength(1);
    expect(clock.now()).toBe(0);
  });
});

describe('a connection that is lost', () => {
  const breaks: NonNullable<Behaviour['body']> = ({ body }, request, _, nth) => {
    if (nth === 0 && body.length > HEADER_BYTES + 100) request.socket.destroy();
  };

  it('is made again, beginning with the header and a unit that one may begin with', async () => {
    const { server, encoder, stream, passing } = await stage({ body: breaks });
    await passing(stream(() => (server.puts[1]?.body.length ?? 0) > HEADER_BYTES));
    await encoder.end();
    const seen = framed(matroska, server.puts[1]?.body ?? raise()).parts;
    expect(seen[0]).toEqual(header);
    expect(units(seen)[0]?.join).toBe(true);
    expect(server.puts[1]?.isWhole).toBe(true);
    expect(encoder.restarts).toBe(1);
  });

  it.each([
    ['comes back although the server takes it for another that still pushes', 409],
    ['comes back although Icecast takes it for another that still pushes', 403],
    ['comes back while the server is away', 503],
  ])('%s (%i)', async (_, status) => {
    const { server, encoder, stream, passing } = await stage({
      head: (__, response, nth) => nth === 1 && (response.writeHead(status).end('Wait.'), true),
      body: breaks,
    });
    await passing(stream(() => (server.puts[2]?.body.length ?? 0) > HEADER_BYTES));
    await encoder.end();
    expect(headers(framed(matroska, server.puts[2]?.body ?? raise()).parts)).toEqual(headers(parts));
    expect(encoder.restarts).toBe(1);
  });

  it('is made again although the server has forgotten that it knows the password', async () => {
    const { server, encoder, stream, passing } = await stage(
      {
        head(_, response, nth) {
          if (nth % 2 === 1) return false;
          response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
          return true;
        },
        body: (put, request, response, nth) => breaks(put, request, response, nth - 1),
      },
      'bob:secret',
    );
    await passing(stream(() => (server.puts[3]?.body.length ?? 0) > HEADER_BYTES));
    await encoder.end();
    expect(server.puts).toHaveLength(4);
    expect(encoder.restarts).toBe(1);
  });

  it('is given up when another really has its place', async () => {
    const { stream, passing, clock } = await stage({
      head: (_, response, nth) => nth > 0 && (response.writeHead(409).end('Somebody else pushes.'), true),
      body: breaks,
    });
    await expect(passing(stream(() => false))).rejects.toThrow(/409: Somebody else pushes\.$/);
    expect(clock.now()).toBeGreaterThan(20_000);
    expect(clock.now()).toBeLessThan(90_000);
  });
});
