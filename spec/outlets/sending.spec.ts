import { expect, it } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import { multicastTo } from '../../src/datagrams/destination.ts';
import { Sending } from '../../src/outlets/sending.ts';
import { handClock } from '../support/clock.ts';
import { until } from '../support/origin.ts';
import { writtenLog } from '../support/log.ts';

it('places come and go while a stream runs; those that stay do not notice', async () => {
  const { log, lines } = writtenLog();
  const clock = handClock();
  const limits = { backlogBytes: 1 << 20, delayMs: 40, slow: 'skip', graceMs: 1000 } as const;
  const channel = new Channel({ limits, clock, log });
  const sending = new Sending(channel, { clock, log });
  const places = (...ports: number[]) => multicastTo.parse(ports.map((port) => `udp://127.0.0.1:${port}`));
  const begun = () => lines.filter(({ msg }) => msg === 'sending begins').map(({ to }) => to);

  await sending.to(places(9001, 9002));
  await until(() => begun().length === 2);
  expect(channel.wanted).toBe(true);
  await sending.to(places(9002, 9003));
  await until(() => begun().length === 3);
  expect(sending.status().map(({ url }) => url)).toEqual(['udp://127.0.0.1:9002', 'udp://127.0.0.1:9003']);
  expect(lines.filter(({ msg }) => msg === 'sending ended').map(({ to }) => to)).toEqual(['udp://127.0.0.1:9001']);
  await sending.to([]);
  expect(sending.status()).toEqual([]);
  expect(channel.wanted).toBe(false);
  expect(clock.waiting).toBe(1); // the channel looks after its viewers
});
