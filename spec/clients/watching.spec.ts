// What the pump is for: a live Windows Media stream, pushed or pulled, over one pump or three, in every player that people have.

import { beforeAll, expect } from 'vitest';
import { push, vlcServer } from '../support/encoders.ts';
import { filmA } from '../support/media.ts';
import { ffmpeg } from '../support/players.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { everyPlayerShows, PLAY_SECONDS, showsCleanly } from '../support/watching.ts';

interface From {
  readonly how: string;
  start(stage: Stage, workers: number): Promise<PumpProcess>;
}

const pushed: From = {
  how: 'pushed by an encoder',
  async start(stage, workers) {
    const pump = await startPump(stage, { workers, streams: [{ path: 'hall', type: 'push' }] });
    push(stage, filmA(), pump.url('hall_push'));
    return pump;
  },
};

const pulled: From = {
  how: 'pulled from VLC',
  async start(stage, workers) {
    const { host } = await vlcServer(stage, filmA());
    return startPump(stage, { workers, streams: [{ path: 'hall', type: 'pull', url: `mmsh://${host}/` }] });
  },
};

// Both ways at once: mostly players wait for the next picture.
for (const pumps of [1, 3]) {
  withPrograms(
    `Over ${pumps === 1 ? 'one pump' : 'three pumps of several processes'} a stream`,
    ['ffmpeg', 'vlc'],
    () => {
      const stage = openStage();
      const chains = new Map<From, readonly PumpProcess[]>();
      const workers = pumps === 1 ? 0 : 1;

      async function open(from: From): Promise<void> {
        let pump = await from.start(stage, workers);
        await pump.live('hall');
        const chain = [pump];
        while (chain.length < pumps) {
          const url = pump.url('hall', 'mmsh');
          pump = await startPump(stage, { workers, streams: [{ path: 'hall', type: 'pull', url }] });
          await pump.live('hall');
          chain.push(pump);
        }
        chains.set(from, chain);
      }
      beforeAll(async () => void (await Promise.all([pushed, pulled].map(open))));

      for (const from of [pushed, pulled]) {
        everyPlayerShows(stage, (scheme) => chains.get(from)?.at(-1)?.url('hall', scheme) ?? '', { of: from.how });

        if (pumps > 1) {
          sideBySide(`FFmpeg shows as much from the pumps before the last: ${from.how}`, ['ffmpeg'], async () => {
            const pictures = PLAY_SECONDS * filmA().framesPerSecond;
            const players =
              chains
                .get(from)
                ?.slice(0, -1)
                .map((pump) => ffmpeg(stage, pump.url('hall', 'mmsh'))) ?? [];
            expect(players).toHaveLength(pumps - 1);
            await Promise.all(players.map((player) => showsCleanly(player, pictures, PLAY_SECONDS * 2000)));
          });
        }
      }
    },
  );
}
