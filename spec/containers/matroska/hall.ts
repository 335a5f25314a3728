// A stream that is on, and what a viewer of it is sent until it is over.

import { matroska } from '../../../src/containers/matroska/index.ts';
import { clock, dial, feed, open, request } from '../../http/stage.ts';
import { type Framed, framed } from '../../support/framing.ts';

export async function hall(bytes: Buffer) {
  const fed = feed('hall');
  const { port } = await open([fed], { containers: [matroska] });
  const { parts } = framed(matroska, bytes);
  fed.channel.opening();
  fed.channel.opened({ container: matroska, from: 'spec', over: [] });
  for (const part of parts) fed.channel.take(part);
  await clock.advance(100);

  /** Everybody's, each with what this player says that it is. */
  async function watched(...agents: string[]): Promise<Framed[]> {
    const viewers = await Promise.all(
      agents.map(async (agent) => {
        const viewer = await dial(port);
        viewer.say(request('GET /streams/hall', { 'User-Agent': agent }));
        await viewer.until('\r\n\r\n');
        return viewer;
      }),
    );
    fed.channel.over();
    const answers = await Promise.all(viewers.map(({ closed }) => closed));
    return answers.map((answer) =>
      framed(matroska, Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1')),
    );
  }

  return { port, parts, channel: fed.channel, watched };
}
