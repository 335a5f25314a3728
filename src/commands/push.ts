// `stream-pump push`: an encoder, so that everything can be shown without one. Takes a file or stdin by its own clock and
// sends it as encoders of its container do.

import { Meter } from '../channels/meter.ts';
import { realClock } from '../clock.ts';
import type { Losses } from '../containers/container.ts';
import { PumpError } from '../errors.ts';
import { type Address, readAddress } from '../sources/address.ts';
import { file } from '../sources/file.ts';
import { paced } from '../sources/paced.ts';
import { command } from './command.ts';
import { Encoder } from './encoder.ts';
import { bitrateOf, bytesOf, timeOf } from './figures.ts';
import { progress } from './progress.ts';

export const push = command({
  name: 'push',
  summary: 'is an encoder: sends a file or stdin to a push address in real time',
  usage: ['INPUT URL [--user NAME:PASSWORD] [--loop]'],
  help: `Sends INPUT, an ASF, Matroska, WebM or MPEG-TS file (or - for stdin), to the push address URL at the pace of its own clock: ASF as
Windows Media encoders do, the rest by one HTTP PUT without end. A connection that is lost is made again, until Ctrl-C; what
the server refuses is told in its own words. On a terminal it shows what was sent; a line at the end says it all.

  stream-pump push film.asf http://localhost:8086/streams/live_push --loop
  stream-pump push film.webm http://localhost:8086/streams/live_push
  ffmpeg -i camera.mov -c copy -f matroska - | stream-pump push - http://localhost:8086/streams/live_push`,
  options: {
    user: { type: 'string', value: 'NAME:PASSWORD', says: 'what to answer when the pump asks who this is' },
    loop: { type: 'boolean', says: 'begin again at the end of the file, until stopped; its times go on' },
  },
  takes: { least: 2, most: 2 },
  async run({ values: { user, loop = false }, positionals: [input = '', url = ''], log }, signal) {
    const clock = realClock;
    const source = file.create({ url: checked(input), loop }, { log, clock, self: 'push' });
    const encoder = new Encoder({ to: addressed(url, user), clock, log }, signal);
    const [meter, sinceMs] = [new Meter(clock), clock.now()];
    const told = () => `${bytesOf(encoder.bytes)}, ${timeOf(clock.now() - sinceMs)}`;
    const stopShowing = progress(clock, () => `${told()}, ${bitrateOf(meter.bitsPerSecond)}`);
    const lost: Losses = {};
    try {
      for await (const part of paced(source, clock, (container) => encoder.accept(container), signal)) {
        const before = encoder.bytes;
        await encoder.take(part);
        meter.add(encoder.bytes - before);
        if (part.kind === 'loss') lost[part.what] = (lost[part.what] ?? 0) + part.count;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stopShowing();
      await encoder.end();
    }
    const more = [...(encoder.restarts > 0 ? [`connected again ${encoder.restarts} ×`] : []), ...leftOut(lost)];
    process.stdout.write(`${[`sent ${told()}`, ...more].join(', ')}\n`);
  },
});

function leftOut({ packets = 0, bytes = 0, attachments = 0 }: Losses): string[] {
  return [
    ...(packets > 0 ? [`${packets} damaged packets left out`] : []),
    ...(bytes > 0 ? [`${bytesOf(bytes)} damaged or cut off left out`] : []),
    ...(attachments > 0 ? [`${attachments} attachments left out`] : []),
  ];
}

function checked(input: string): string {
  const { success } = file.schema.safeParse({ url: input });
  if (!success) throw new PumpError('usage', `cannot push ${input}: expected a path, or - for stdin`);
  return input;
}

function addressed(text: string, user: string | undefined): Address {
  const address = /^https?:/i.test(text) ? readAddress(text) : undefined;
  if (!address)
    throw new PumpError('usage', 'expected where to push to, such as http://localhost:8086/streams/live_push');
  if (user === undefined) return address;
  const [, name, password] = /^([^:]+):(.*)$/s.exec(user) ?? [];
  if (name === undefined || password === undefined) throw new PumpError('usage', '--user: expected NAME:PASSWORD');
  return { ...address, credentials: { user: name, password } };
}
