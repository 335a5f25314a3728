// What the pump is for: a live Windows Media stream, pushed or pulled, over one pump or three, in every player that people have.

import { beforeAll } from 'vitest';
import { push, vlcServer } from '../support/encoders.ts';
import { filmA } from '../support/media.ts';
import { ffmpeg } from '../support/players.ts';
import { type Program, sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { everyPlayerShows, PLAY_SECONDS, showsCleanly } from '../support/watching.ts';

interface From {
  readonly how: string;
  readonly needs: readonly Program[];
  start(stage: Stage, workers: number): Promise<PumpProcess>;
}

const pushed: From = {
  how: 'pushed by an encoder',
  needs: ['ffmpeg'],
  async start(stage, workers) {
    const pump = await startPump(stage, { workers, streams: [{ path: 'hall', type: 'push' }] });
    push(stage, filmA(), pump.url('hall_push'));
    return pump;
  },
};

const pulled: From = {
  how: 'pulled from VLC',
  needs: ['ffmpeg', 'vlc'],
  async start(stage, workers) {
    const { host } = await vlcServer(stage, filmA());
    return startPump(stage, { workers, streams: [{ path: 'hall', type: 'pull', url: `mmsh://${host}/` }] });
  },
};

for (const { how, needs, start } of [pushed, pulled]) {
  for (const pumps of [1, 3]) {
    withPrograms(
      `A stream ${how}, over ${pumps === 1 ? 'one pump' : 'three pumps of several processes'}`,
      needs,
      () => {
        const stage = openStage();
        const upstream: PumpProcess[] = [];
        let last: PumpProcess;

        beforeAll(async () => {
          const workers = pumps === 1 ? 0 : 1;
          last = await start(stage, workers);
          await last.live('hall');
          for (let more = pumps - 1; more > 0; more--) {
            upstream.push(last);
            const url = last.url('hall', 'mmsh');
            last = await startPump(stage, { workers, streams: [{ path: 'hall', type: 'pull', url }] });
            await last.live('hall');
          }
        });

        everyPlayerShows(stage, (scheme) => last.url('hall', scheme));

        if (pumps > 1) {
          sideBySide('FFmpeg shows as much from the pumps before the last', ['ffmpeg'], async () => {
            const pictures = PLAY_SECONDS * filmA().framesPerSecond;
            const players = upstream.map((pump) => ffmpeg(stage, pump.url('hall', 'mmsh')));
            await Promise.all(players.map((player) => showsCleanly(player, pictures, PLAY_SECONDS * 2000)));
          });
        }
      },
    );
  }
}
