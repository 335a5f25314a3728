// `stream-pump play`: something on the network now, in real time, with no configuration.

import { access, constants, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { realClock } from '../clock.ts';
import { judge } from '../config.ts';
import { PumpError } from '../errors.ts';
import type { Stream } from '../http/stream.ts';
import type { PumpOptions } from '../pump.ts';
import { bracketed } from '../range.ts';
import { readPlace } from '../sources/place.ts';
import { trouble } from '../sources/trouble.ts';
import { command } from './command.ts';
import { streamsOf } from './inputs.ts';
import { bitrateOf, bytesOf, count, timeOf } from './figures.ts';
import { port, portOf } from './port.ts';
import { progress } from './progress.ts';

const MOST_INPUTS = 64;
/** A machine with containers has dozens of networks of its own. */
const MOST_HOSTS = 4;

export const play = command({
  name: 'play',
  summary: 'serves one thing now, in real time',
  usage: ['INPUT … [--name NAME] [--port PORT] [--loop] [-- FFMPEG-ARGUMENTS]', '-- FFMPEG-ARGUMENTS -i …'],
  help: `Serves each INPUT as a live stream of its own until its end: a file, - for stdin, tcp://HOST:PORT?listen to be called,
http://, https://, mmsh://, udp:// and rtp:// with a group to join or a port to listen at, or whatever else FFmpeg opens. ASF,
MPEG-TS and Matroska go through as they are; all else FFmpeg copies into Matroska, transcoding nothing.
It says the addresses to open, shows on a terminal how it goes, and ends when everybody has seen the end; what is live is opened
again when it breaks. FFmpeg's own arguments after -- let it do more; with -i among them they are the input.

  stream-pump play film.mkv --loop
  ssh camera cat /dev/video | stream-pump play - --name door
  stream-pump play tcp://0.0.0.0:12345?listen        # ffmpeg … -f matroska tcp://HOST:12345
  stream-pump play udp://239.0.0.1:1234
  stream-pump play film.avi -- -c:v libx264 -preset veryfast
  stream-pump play --name desk -- -f x11grab -i :0.0 -c:v libx264 -preset veryfast -tune zerolatency -g 50`,
  options: {
    name: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      says: 'what it is called in its address (default: as the file); NAME-1, NAME-2 … for several inputs, or again for each of them',
    },
    port,
    loop: { type: 'boolean', says: 'begin again at the end of the file, until stopped; its times go on' },
  },
  takes: { least: 0, most: MOST_INPUTS, after: true },
  async run({ values: { name: names = [], port: where, loop = false }, positionals: inputs, after = [], log }, signal) {
    if (inputs.includes('-') && process.stdin.isTTY)
      throw new PumpError('usage', 'stdin is a terminal: send a stream into it, as in `… | stream-pump play -`');
    const judged = judge({ http: { port: portOf(where) }, streams: streamsOf({ inputs, names, loop, after }) });
    if ('mistakes' in judged) throw new PumpError('usage', mistakeOf(judged.mistakes));
    await Promise.all(inputs.map(thereIs));
    // Fetched only now: `--help` needs no server.
    const { runPump } = await import('../pump.ts');
    const clock = realClock;
    let stopShowing = () => {};
    let ended = () => '';
    const told: PumpOptions['told'] = (addresses, now) => {
      const streams = now();
      const sinceMs = clock.now();
      const time = () => timeOf(clock.now() - sinceMs);
      process.stdout.write(welcome(addresses, streams));
      stopShowing = progress(clock, () => `${time()}, ${shown(streams)}`);
      ended = () => seen(time(), streams);
    };
    try {
      await runPump(judged.config, { log, clock, told, untilOver: true }, signal);
    } finally {
      stopShowing();
      process.stdout.write(ended());
    }
  },
});

function shown(streams: readonly Stream[]): string {
  const all = streams.map(({ channel }) => channel.status());
  const sum = (of: (status: (typeof all)[number]) => number) => all.reduce((total, status) => total + of(status), 0);
  const waiting = all.filter(({ state }) => state !== 'live').length;
  const words = [
    bytesOf(sum(({ source }) => source.bytes)),
    bitrateOf(sum(({ source }) => source.bitrate)),
    count(
      sum(({ viewers }) => viewers),
      'viewer',
    ),
  ];
  return [...words, ...(waiting > 0 ? [`${waiting} of ${all.length} not live`] : [])].join(', ');
}

function seen(time: string, streams: readonly Stream[]): string {
  const all = streams.map(({ channel }) => channel.status());
  const viewers = all.reduce((sum, { viewersTotal }) => sum + viewersTotal, 0);
  const bytes = all.reduce((sum, { source }) => sum + source.bytes, 0);
  return bytes === 0 ? '' : `played ${time}, ${bytesOf(bytes)}, ${count(viewers, 'viewer')}\n`;
}

/** A file that is not there is told before anybody hears of an address. */
async function thereIs(input: string): Promise<void> {
  const place = readPlace(input);
  if (place?.kind !== 'path') return;
  const file = await access(place.path, constants.R_OK)
    .then(() => stat(place.path))
    .catch((error: unknown) => {
      throw trouble(input, error);
    });
  if (file.isDirectory()) throw trouble(input, Object.assign(new Error('a directory'), { code: 'EISDIR' }));
}

/** In the words of the command line. */
function mistakeOf([first = '']: readonly string[]): string {
  return first.replace(/^streams\[\d+\]\.path/, '--name');
}

function welcome(addresses: readonly { readonly url: string }[], streams: readonly Stream[]): string {
  const here = addresses.map(({ url }) => new URL(url));
  const there = here.flatMap((url) => hosts().map((host) => new URL(`${url.protocol}//${host}:${url.port}/`)));
  const lines = (title: string, urls: readonly URL[]) =>
    streams.flatMap(({ path }, n) =>
      urls.map(({ href }, m) => `  ${(n + m === 0 ? title : '').padEnd(title.length)}  ${href}streams/${path}\n`),
    );
  return [
    'open it in VLC, mpv or ffplay, or in a browser where that knows the codecs:\n',
    ...lines('on this machine     ', here),
    ...lines('from other machines ', there),
    ...here.slice(0, 1).map(({ href }) => `  page with a player    ${href}\n`),
  ].join('');
}

/** By which other machines may know this one. */
function hosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const outer = all.filter(({ internal, address }) => !internal && !/^fe80:/i.test(address));
  const four = outer.flatMap(({ family, address }) => (family === 'IPv4' ? [address] : []));
  const six = outer.flatMap(({ family, address }) => (family === 'IPv6' ? [bracketed(address)] : []));
  return [...four, ...six].slice(0, MOST_HOSTS);
}
