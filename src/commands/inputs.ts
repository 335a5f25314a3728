// What `play` makes of its arguments: a stream of the configuration for each input.

import type { ConfigInput } from '../config.ts';
import { EXPECTED, readGroup } from '../datagrams/group.ts';
import { PumpError } from '../errors.ts';
import { withoutCredentials } from '../log.ts';
import { readAddress } from '../sources/address.ts';
import { readPlace } from '../sources/place.ts';
import { namesOf } from './names.ts';

type StreamInput = ConfigInput['streams'][number];

export interface Wish {
  readonly inputs: readonly string[];
  readonly names: readonly string[];
  readonly loop: boolean;
  /** arguments of FFmpeg */
  readonly after: readonly string[];
}

export function streamsOf({ inputs, names, loop, after }: Wish): StreamInput[] {
  const all = inputs.length === 0 && after.includes('-i') ? [''] : inputs;
  if (inputs.includes('')) throw usage('cannot play an empty name: expected a file, - for stdin or an address');
  if (all.length === 0) throw usage('too few arguments: expected what to play (stream-pump play --help tells more)');
  if (all.filter((input) => input === '-').length > 1) throw usage('stdin can be played once only');
  if (names.length > 1 && names.length !== all.length)
    throw usage(`--name: expected one, or one for each of ${all.length} inputs, got ${names.length}`);
  const paths = namesOf(all, names);
  return all.map((input, n) => ({
    path: paths[n] ?? '',
    ...(input !== '' && { title: titleOf(input) }),
    ...sourceOf(input, loop, after),
  }));
}

const titleOf = (input: string) =>
  withoutCredentials(input)
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 200);

function sourceOf(input: string, loop: boolean, after: readonly string[]) {
  if (input === '') return { type: 'ffmpeg' as const, input: [...after], loop };
  const place = readPlace(input);
  if (loop && place?.kind !== 'path')
    throw usage(`cannot loop ${withoutCredentials(input)}: only files on this machine begin again`);
  if (after.length > 0)
    return { type: 'ffmpeg' as const, input: [...opening(input, place?.kind === 'path'), ...after], loop };
  if (place) return { type: 'file' as const, url: input, loop, paced: true, remux: true };
  if (readAddress(input)) return { type: 'pull' as const, url: input, remux: true };
  if (readGroup(input)) return { type: 'multicast' as const, url: input };
  if (/^(udp|rtp):/i.test(input)) throw usage(`cannot play ${input}: expected ${EXPECTED}`);
  return { type: 'ffmpeg' as const, input: opening(input, false) };
}

/** How FFmpeg is told to open it. A path may look like an option or a URL to it. Cameras lose packets over UDP. */
function opening(input: string, isPath: boolean): string[] {
  if (isPath) return ['-i', /^file:/i.test(input) ? input : `file:${input}`];
  return [...(/^rtsps?:/i.test(input) ? ['-rtsp_flags', 'prefer_tcp'] : []), '-i', input];
}

const usage = (message: string) => new PumpError('usage', message);
