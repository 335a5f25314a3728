// A viewer that has viewers of its own: what it is sent beside the bytes.

import { expect, it } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import type { Part } from '../../src/containers/container.ts';
import type { Wire } from '../../src/containers/wire.ts';
import { handClock } from '../support/clock.ts';
import { HandSink } from '../support/sink.ts';
import { toyContainer } from '../support/toy.ts';
import { silent } from '../support/log.ts';

/** Shows all that it is told. */
const wire: Wire = {
  name: 'telling',
  contentType: 'application/x-telling',
  dress: (header) => ({
    begin: header,
    run: ({ units, firstIndex, gap }) => {
      const told = units.map(
        ({ bytes, join, atMs, lead }) =>
          `${join ? '*' : ''}${bytes.toString()}@${atMs}${lead ? `<${lead.toString()}` : ''}`,
      );
      return Buffer.from(` ${gap ? 'gap ' : ''}${firstIndex}[${told.join(' ')}]`);
    },
    silence: (isLost) => Buffer.from(isLost ? ' lost' : ' quiet'),
  }),
  end: (why) => Buffer.from(` ${why}`),
};

function stage(slowBytes?: number) {
  const clock = handClock();
  const limits = { backlogBytes: slowBytes ?? 100_000, delayMs: 200, slow: 'skip', graceMs: 5000 } as const;
  const channel = new Channel({ limits, clock, log: silent });
  channel.opening();
  channel.opened({ container: toyContainer, from: 'a spec', over: [] });
  channel.take({ kind: 'header', bytes: Buffer.from('head') });
  const sink = new HandSink();
  const unit = (text: string, join = false, more: object = {}): Part => ({
    kind: 'unit',
    bytes: Buffer.from(text),
    join,
    ...more,
  });
  const send = async (...parts: Part[]) => {
    for (const part of parts) channel.take(part);
    await clock.advance(300);
  };
  return {
    clock,
    channel,
    sink,
    unit,
    send,
    watch: () => channel.join(sink, { wire, follows: true, burstMs: 0, address: '::1', agent: 'spec' }),
  };
}

it('it is told times, places to begin and what leads up to them, instead of what others are sent there', async () => {
  const { sink, unit, send, watch } = stage();
  await send(unit('a', true, { atMs: 7, lead: Buffer.from('tables') }), unit('b', false, { atMs: 8 }));
  void watch();
  await send(unit('c', false, { atMs: 9 }));
  expect(sink.text).toBe('head 0[*a@7<tables b@8] 2[c@9]');
});

it('it is sent what others pass over after a gap', async () => {
  const { sink, unit, send, watch } = stage();
  await send(unit('a', true));
  void watch();
  await send({ kind: 'gap' }, unit('b'), unit('c', true));
  expect(sink.text).toBe('head 0[*a@undefined] gap 1[b@undefined] 2[*c@undefined]');
});

it('it sees by the numbers that it fell behind, and is sent no lead between', async () => {
  const { sink, unit, send, watch } = stage(2000);
  await send(unit('a', true));
  void watch();
  sink.taking = false;
  await send(unit('b'));
  const lead = Buffer.from('tables');
  for (const text of ['c', 'd', 'e', 'f', 'g', 'h']) await send(unit(text, true, { lead }));
  const before = sink.text;
  sink.drain();
  expect(sink.text.slice(before.length)).toBe(' 7[*h@undefined<tables]');
});

it('it hears once a second that there is nothing, and whether the source is gone; then why it ends', async () => {
  const { clock, channel, sink, unit, send, watch } = stage();
  await send(unit('a', true));
  void watch();
  await clock.advance(3000);
  expect(sink.text).toBe('head 0[*a@undefined] quiet quiet');
  channel.lost('gone');
  await clock.advance(2000);
  expect(sink.text).toBe('head 0[*a@undefined] quiet quiet lost lost');
  await clock.advance(3000);
  expect(sink.text).toMatch(/lost stream ended$/);
});

it('a channel that hears that the source of its pump is gone waits for it, and goes on with the next unit', async () => {
  const { channel, unit, send } = stage();
  await send(unit('a', true), { kind: 'silence', isLost: false });
  expect(channel.status().state).toBe('live');
  await send({ kind: 'silence', isLost: true });
  expect(channel.status()).toMatchObject({
    state: 'lost',
    source: { lastError: expect.stringMatching(/has no source/) },
  });
  await send(unit('b'));
  expect(channel.status().state).toBe('live');
});
