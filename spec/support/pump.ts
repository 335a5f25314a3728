// A whole pump within the spec's own process, on a free port of the loopback.

import { onTestFinished } from 'vitest';
import { judge } from '../../src/config.ts';
import type { Config, ConfigInput } from '../../src/config.ts';
import { runPump } from '../../src/pump.ts';
import { type HandClock, passingUntil } from './clock.ts';
import { writtenLog } from './log.ts';

export interface Pump {
  readonly port: number;
  /** every line that was logged */
  readonly lines: Record<string, unknown>[];
  status(path: string): Promise<Status>;
  /** Goes by another configuration from now on. */
  renew(streams: ConfigInput['streams'], more?: Partial<ConfigInput>): Promise<void>;
  stop(): Promise<void>;
}

export interface Status {
  readonly state: string;
  readonly enabled: boolean;
  readonly viewers: number;
  readonly backlog: { bytes: number };
  readonly source: { lastError?: string; restarts: number; bytes: number; losses?: Record<string, number> };
  readonly tracks: readonly unknown[];
}

/** On a clock that is driven by hand where one is given; time then passes by itself while it stops. */
export async function openPump(
  streams: ConfigInput['streams'],
  more: Partial<ConfigInput> = {},
  clock?: HandClock,
): Promise<Pump> {
  const { log, lines } = writtenLog({ level: 'debug' });
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let renew: (config: Config) => Promise<void> = () => Promise.reject(new Error('the pump does not run yet'));
  const [address] = await new Promise<readonly { url: string }[]>((told, failed) => {
    const options = { log, told, renewed: (take: typeof renew) => (renew = take), ...(clock && { clock }) };
    running = runPump(configOf(streams, more), options, stop.signal);
    running.catch(failed);
  });
  const end = async () => {
    stop.abort();
    await (clock ? passingUntil(clock, running) : running);
  };
  onTestFinished(end);
  const port = Number(new URL(address?.url ?? '').port);
  return {
    port,
    lines,
    status: async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/streams/${path}`);
      return (await response.json()) as Status;
    },
    renew: (others, different = more) => renew(configOf(others, different)),
    stop: end,
  };
}

function configOf(streams: ConfigInput['streams'], more: Partial<ConfigInput>): Config {
  const judged = judge({ http: { host: '127.0.0.1', port: 0 }, ...more, streams });
  if ('mistakes' in judged) throw new Error(judged.mistakes.join('\n'));
  return judged.config;
}
