// A client's answer to a 401: Digest with SHA-256 or MD5 and qop=auth ([RFC 7616], and [RFC 2069] where a server knows no
// qop), else Basic ([RFC 7617]). A server's nonce is used on with a growing count, as encoders' servers expect.

import { createHash, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface Challenge {
  readonly scheme: string;
  readonly fields: Readonly<Record<string, string>>;
}

const HASHES: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };
/** Strongest first. */
const PREFERRED = ['digest SHA-256', 'digest MD5', 'basic '];
/** `name=value`, `name="value"`, or a word alone, which begins another challenge. */
const TOKEN = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)/g;

/** What one visitor has learnt from one server. */
export class Authorization {
  readonly #credentials: Credentials;
  #challenge: Challenge | undefined;
  #count = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Takes a 401's WWW-Authenticate lines; false: nothing in them can be answered. */
  learn(lines: string | readonly string[] | undefined): boolean {
    const offered = [lines ?? []].flat().flatMap(readChallenges);
    const usable = PREFERRED.flatMap((kind) => offered.filter((challenge) => kindOf(challenge) === kind));
    this.#challenge = usable[0];
    this.#count = 0;
    return usable.length > 0;
  }

  /** The header for a request, once something was learnt. */
  header(method: string, uri: string): string | undefined {
    if (!this.#challenge) return undefined;
    const { user, password } = this.#credentials;
    if (this.#challenge.scheme === 'basic') return basic(this.#credentials);
    this.#count += 1;
    return digest(this.#challenge.fields, { user, password, method, uri, count: this.#count });
  }
}

export function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** What stands before the host of a URL. */
export function credentialsOf({ username, password }: URL): Credentials | undefined {
  if (username === '' && password === '') return undefined;
  return { user: decoded(username) ?? username, password: decoded(password) ?? password };
}

/** Undefined where a `%` is no escape. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function kindOf({ scheme, fields }: Challenge): string | undefined {
  if (scheme !== 'digest') return `${scheme} `;
  const offered = fields.qop?.split(',').map((word) => word.trim().toLowerCase());
  if (offered && !offered.includes('auth')) return undefined;
  return `digest ${(fields.algorithm ?? 'MD5').toUpperCase()}`;
}

function readChallenges(line: string): Challenge[] {
  const challenges: { scheme: string; fields: Record<string, string> }[] = [];
  for (const [, name, quoted, plain, scheme] of line.matchAll(TOKEN)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), fields: {} });
    else if (name !== undefined) {
      const fields = challenges.at(-1)?.fields;
      if (fields) fields[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '';
    }
  }
  return challenges;
}

interface Asking extends Credentials {
  readonly method: string;
  readonly uri: string;
  readonly count: number;
}

function digest(fields: Challenge['fields'], { user, password, method, uri, count }: Asking): string {
  const hash = (text: string) =>
    createHash(HASHES[(fields.algorithm ?? 'MD5').toUpperCase()] ?? 'md5')
      .update(text)
      .digest('hex');
  const { realm = '', nonce = '', opaque, algorithm, qop } = fields;
  const nc = count.toString(16).padStart(8, '0');
  const cnonce = randomBytes(12).toString('hex');
  const secret = hash(`${user}:${realm}:${password}`);
  const request = hash(`${method}:${uri}`);
  const response = hash(qop ? `${secret}:${nonce}:${nc}:${cnonce}:auth:${request}` : `${secret}:${nonce}:${request}`);
  const said = [
    ...Object.entries({ username: user, realm, nonce, uri, response }).map(
      ([name, value]) => `${name}=${quote(value)}`,
    ),
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop ? [`qop=auth, nc=${nc}, cnonce="${cnonce}"`] : []),
  ];
  return `Digest ${said.join(', ')}`;
}

function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
