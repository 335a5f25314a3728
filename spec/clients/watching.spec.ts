// What the pump is for: a live Windows Media stream, pushed or pulled, over one pump or three, in every player that people have.

import { beforeAll } from 'vitest';
import { push, vlcServer } from '../support/encoders.ts';
import { filmA } from '../support/media.ts';
import { type Program, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { everyPlayerShows } from '../support/watching.ts';

interface From {
  readonly how: string;
  readonly needs: readonly Program[];
  start(stage: Stage): Promise<PumpProcess>;
}

const pushed: From = {
  how: 'pushed by an encoder',
  needs: ['ffmpeg'],
  async start(stage) {
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }] });
    push(stage, filmA(), pump.url('hall_push'));
    return pump;
  },
};

const pulled: From = {
  how: 'pulled from VLC',
  needs: ['ffmpeg', 'vlc'],
  async start(stage) {
    const { host } = await vlcServer(stage, filmA());
    return startPump(stage, { streams: [{ path: 'hall', type: 'pull', url: `mmsh://${host}/` }] });
  },
};

for (const { how, needs, start } of [pushed, pulled]) {
  for (const pumps of [1, 3]) {
    withPrograms(`A stream ${how}, over ${pumps === 1 ? 'one pump' : 'three pumps'}`, needs, () => {
      const stage = openStage();
      let last: PumpProcess;

      beforeAll(async () => {
        last = await start(stage);
        for (let more = pumps - 1; more > 0; more--) {
          await last.live('hall');
          last = await startPump(stage, { streams: [{ path: 'hall', type: 'pull', url: last.url('hall', 'mmsh') }] });
        }
        await last.live('hall');
      });

      everyPlayerShows(stage, (scheme) => last.url('hall', scheme));
    });
  }
}
