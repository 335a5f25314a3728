// The lines of a text that may be SDP: bounded, each of a form that can be relied on (RFC 8866, section 9), or the sentence that
// says which one is not.

import { isIP } from 'node:net';
import { PumpError } from '../errors.ts';

export interface Line {
  /** from 1, as editors count */
  readonly number: number;
  readonly text: string;
}

/** No real one has a hundredth of it. */
export const MOST_SDP_BYTES = 64 * 1024;
const LONGEST_LINE = 1024;
/** A WebRTC offer with all its candidates has some hundred. */
const MOST_LINES = 1000;
/** Long enough to find it again. */
const LONGEST_SHOWN = 60;

const FORMS: Readonly<Record<string, readonly [form: RegExp, expected: string]>> = {
  v: [/^0$/, `'v=0'`],
  o: [/^\S+ \d+ \d+ IN IP[46] \S+$/, `'o=NAME ID VERSION IN IP4 ADDRESS'`],
  t: [/^\d+ \d+$/, `two times such as 't=0 0'`],
  c: [/^IN IP[46] [^\s/]+(?:\/\d{1,3}){0,2}$/, `an address such as 'c=IN IP4 239.0.0.1/16'`],
  b: [/^[\w-]+:\d{1,12}$/, `a bandwidth such as 'b=AS:2500'`],
  m: [/^[\w.-]+ \d{1,5}(?:\/\d{1,3})? [\w/.-]+(?: \S+)+$/, `a medium such as 'm=video 5004 RTP/AVP 33'`],
};

/** The attributes that something is made of. All others are passed over. */
const ATTRIBUTES: Readonly<Record<string, readonly [form: RegExp, expected: string]>> = {
  rtpmap: [/^\d{1,3} [\w.-]+\/\d{1,9}(?:\/\S+)?$/, `a codec such as 'a=rtpmap:96 H264/90000'`],
  fmtp: [/^\d{1,3} \S.*$/, `parameters such as 'a=fmtp:96 packetization-mode=1'`],
  rtcp: [/^\d{1,5}(?: IN IP[46] \S+)?$/, `a port such as 'a=rtcp:5005'`],
  'source-filter': [
    /^ ?(?:incl|excl) IN (?:IP4|IP6|\*) \S+(?: \S+)+$/,
    `a filter such as 'a=source-filter: incl IN IP4 232.1.1.1 192.0.2.10'`,
  ],
  sendrecv: [/^$/, `'a=sendrecv'`],
  sendonly: [/^$/, `'a=sendonly'`],
  recvonly: [/^$/, `'a=recvonly'`],
  inactive: [/^$/, `'a=inactive'`],
};

const MOST_PORT = 65_535;

/** Those that are to be read, in the form that sdp-transform knows. */
export function checked(text: string): Line[] {
  const all = split(text);
  const [first] = all;
  if (!first?.text.startsWith('v=')) throw wrong(first ?? { number: 1, text: '' }, `'v=0': SDP begins so`);
  const firstMedia = all.findIndex((line) => line.text.startsWith('m='));
  const head = firstMedia < 0 ? all : all.slice(0, firstMedia);
  for (const type of ['o', 's'])
    if (!head.some((line) => line.text.startsWith(`${type}=`)))
      throw wrong(all[head.length] ?? all[head.length - 1] ?? first, `'${type}=' to come before it`);
  return all.flatMap(readable);
}

function split(text: string): Line[] {
  if (Buffer.byteLength(text) > MOST_SDP_BYTES)
    throw new PumpError('too large', `SDP has at most ${MOST_SDP_BYTES / 1024} kB here.`);
  const raw = text.replace(/^\uFEFF/, '').split(/\r?\n/, MOST_LINES + 1);
  if (raw.length > MOST_LINES) throw new PumpError('malformed', `This SDP has more than ${MOST_LINES} lines.`);
  // Whoever writes SDP by hand leaves spaces where nobody sees them.
  return raw.flatMap((text, n) => (text.trim() === '' ? [] : [{ number: n + 1, text: text.replace(/[ \t]+$/, '') }]));
}

function readable(line: Line): Line[] {
  const { number, text } = line;
  if (text.length > LONGEST_LINE) throw wrong(line, `at most ${LONGEST_LINE} characters`);
  if (/\p{Cc}/u.test(text.replaceAll('\t', ' '))) throw wrong(line, 'no control characters');
  if (!/^[a-z]=/.test(text)) throw wrong(line, `a letter and '='`);
  const type = text.charAt(0);
  const value = text.slice(2);
  if (type === 'a') return attribute(line, value);
  const [form, expected] = FORMS[type] ?? [];
  if (form === undefined) return type === 's' ? [line] : [];
  if (!form.test(value) || !isSound(type, value)) throw wrong(line, expected ?? '');
  // sdp-transform knows nothing of `port/how many`.
  return [{ number, text: type === 'm' ? text.replace(/^(m=\S+ \d+)\/\d+/, '$1') : text }];
}

function attribute(line: Line, value: string): Line[] {
  const [name = ''] = value.split(':', 1);
  const [form, expected] = (Object.hasOwn(ATTRIBUTES, name) && ATTRIBUTES[name]) || [];
  if (form === undefined) return [];
  const argument = value.slice(name.length + 1);
  if (!form.test(argument) || !isSound(name, argument)) throw wrong(line, expected ?? '');
  return [line];
}

/** What a form cannot say: numbers within their bounds, addresses of their family. */
function isSound(what: string, value: string): boolean {
  const words = value.trim().split(' ');
  if (what === 'rtpmap') return Number(words[0]) <= 127;
  if (what === 'rtcp') return Number(words[0]) >= 1 && Number(words[0]) <= MOST_PORT;
  if (what === 'm') return Number(words[1]?.split('/')[0]) <= MOST_PORT;
  if (what !== 'c') return true;
  const [address = '', ttl = '0'] = (words[2] ?? '').split('/');
  const family = isIP(address);
  return (family === 0 || `IP${family}` === words[1]) && Number(ttl) <= 255;
}

function wrong({ number, text }: Line, expected: string): PumpError {
  const plain = text.replaceAll(/\p{Cc}/gu, ' ');
  const shown = plain.length > LONGEST_SHOWN ? `${plain.slice(0, LONGEST_SHOWN)}…` : plain;
  const got = shown === '' ? 'there is none' : `got '${shown}'`;
  return new PumpError('malformed', `Line ${number} of this SDP: expected ${expected}, ${got}.`);
}
