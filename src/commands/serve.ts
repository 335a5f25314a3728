// `stream-pump serve`, and `stream-pump` alone: the pump itself.

import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { realClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { demo } from '../demo.ts';
import { PumpError } from '../errors.ts';
import type { Stream } from '../http/stream.ts';
import type { PumpOptions } from '../pump.ts';
import { command } from './command.ts';
import { count } from './figures.ts';
import { mistaken } from './mistaken.ts';
import { port, portOf } from './port.ts';
import { renewal } from './renewal.ts';
import { unreadable } from '../identity.ts';
import { supervise } from '../systemd.ts';
import { version } from '../version.ts';

/** The configuration that is used when none is named. */
export const HERE = 'config.ts';

export const serve = command({
  name: 'serve',
  summary: 'runs the pump (the default)',
  usage: ['[CONFIG]', '[--port PORT]'],
  help: `Runs the pump until it is told to stop. CONFIG is a .ts, .mts, .js, .mjs or .json file; without one, ${HERE} beside you;
without that, a demonstration that works at once: looping test streams, and an open push address for this machine.
It says the addresses to open first, then logs each beginning and end with its reason, to stderr.
Ctrl-C once tells viewers that it is over and leaves; twice leaves at once. SIGHUP has it read CONFIG anew: streams come, go and
change, and the others notice nothing. SIGUSR2 opens the access log anew. config.example.ts shows every option.

  stream-pump
  stream-pump --port 8087                           # the demonstration, where 8086 is taken
  stream-pump serve /etc/stream-pump.json --log-level debug`,
  options: { port: { ...port, says: `${port.says}; of the demonstration alone: a configuration says its own` } },
  takes: { least: 0, most: 1 },
  async run(
    {
      values: { port: where },
      positionals: [named],
      log,
      looks = { level: 'info', pretty: false },
      onHangUp,
      onReopen,
    },
    signal,
  ) {
    const file = chosen(named);
    // A hang-up that comes before there is anything to renew is heard when there is.
    let isHungUp = false;
    if (file !== undefined) onHangUp?.(() => (isHungUp = true));
    if (file !== undefined && where !== undefined)
      throw new PumpError(
        'usage',
        `--port is for the demonstration alone: ${file} says it, as http: { port: ${portOf(where)} }`,
      );
    const config = await (file === undefined ? demo(portOf(where)) : good(file, log));
    const supervisor = supervise(process.env, { log, clock: realClock }, signal);
    const told: PumpOptions['told'] = (addresses, streams) => {
      process.stdout.write(addresses.map(({ url }) => `${welcome(config, url)}\n`).join(''));
      supervisor.ready(() => summary(streams()));
      if (file !== undefined && config.user !== undefined && unreadable([file]).length > 0)
        log.warn({ file, user: config.user }, 'the configuration cannot be read any more: a hang-up changes nothing');
    };
    const renewed: PumpOptions['renewed'] = (renew) => {
      if (file === undefined) return;
      const reread = renewal(file, log, renew, supervisor.reloading);
      onHangUp?.(reread);
      if (isHungUp) reread();
    };
    const around = { log, told, sockets: supervisor.sockets, renewed, ...(onReopen && { onReopen }) };
    // Fetched only now: `--help` and `check` need no server.
    if (config.workers === 0) await (await import('../pump.ts')).runPump(config, around, signal);
    else await (await import('../cluster/primary.ts')).runCluster(config, { ...around, looks }, signal);
  },
});

/** For `systemctl status`. */
function summary(streams: readonly Stream[]): string {
  const on = streams.filter(({ enabled, elsewhere }) => enabled && !elsewhere);
  const live = on.filter(({ channel }) => channel.live).length;
  const viewers = on.reduce((sum, { channel }) => sum + channel.viewers, 0);
  return `${live} of ${count(on.length, 'stream')} live, ${count(viewers, 'viewer')}`;
}

/** Longer lists are read at the address itself. */
const MOST_SHOWN = 20;

function welcome({ streams }: Config, url: string): string {
  const on = streams.filter(({ enabled }) => enabled);
  const more = on.length > MOST_SHOWN ? [`  and ${on.length - MOST_SHOWN} more: ${url}api/streams`] : [];
  const lines = on
    .slice(0, MOST_SHOWN)
    .flatMap((stream) => [
      `  watch  ${url}streams/${stream.path}${stream.type === 'multicast' && stream.receive === false ? '.sdp' : ''}`,
      ...(stream.type === 'push' ? [`  push   ${url}streams/${stream.path}_push`] : []),
    ]);
  return [`Stream Pump ${version()} listens at ${url}`, ...lines, ...more].join('\n');
}

/** None: the demonstration. */
function chosen(named: string | undefined): string | undefined {
  if (named !== undefined) return named;
  if (existsSync(HERE)) return HERE;
  process.stdout.write(`no ${HERE} here: this is the demonstration\n`);
  return undefined;
}

async function good(file: string, log: Logger): Promise<Config> {
  const judged = await readConfig(file);
  if ('mistakes' in judged) {
    process.stderr.write(judged.mistakes.map((mistake) => `${mistake}\n`).join(''));
    throw new PumpError('usage', mistaken(file, judged.mistakes));
  }
  for (const warning of judged.warnings) log.warn({ warning }, 'configuration');
  return judged.config;
}
