// Who watches where: what workers tell the primary, and what that tells them.

import { expect, it } from 'vitest';
import { Tempo } from '../../src/channels/tempo.ts';
import type { Report, ToWorker } from '../../src/cluster/messages.ts';
import { reports, tallies } from '../../src/cluster/tally.ts';
import { feed } from '../http/stage.ts';

const status = (viewers: number) => ({
  viewers,
  viewersPeak: viewers,
  viewersTotal: viewers,
  bytesOut: 0,
  skips: 0,
  departures: {},
});
const told = (viewers: number, more: Partial<Report> = {}): Report => ({
  streams: { film: status(viewers) },
  connections: 0,
  joins: [],
  ...more,
});

function primary() {
  const film = feed('film');
  const tempo = new Tempo();
  return { film, tempo, tally: tallies(() => new Map([['film', film.stream]]), tempo) };
}

it('a pump counts the viewers of all its workers, without those of one that is gone', () => {
  const { film, tempo, tally } = primary();
  const calm = tempo.runMs;
  tally.report(told(400, { connections: 401 }), '1.10');
  tally.report(told(100, { connections: 100 }), '2.20');
  expect(film.channel.viewers).toBe(500);
  expect(tally.measures.connections()).toBe(501);
  const busy = tempo.runMs;
  tally.gone('1.10');
  expect(film.channel.viewers).toBe(100);
  expect(tally.measures.connections()).toBe(100);
  expect(busy).toBeGreaterThan(tempo.runMs);
  expect(tempo.runMs).toBeGreaterThan(calm);
});

it('each worker is told who watches elsewhere, when that is news', () => {
  const { tally } = primary();
  tally.report(told(3), '1.10');
  tally.report(told(5), '2.20');
  const heard: [string, ToWorker][] = [];
  const members = ['1.10', '2.20', '3.30'].map((name) => ({
    name,
    tell: (message: ToWorker) => void heard.push([name, message]),
  }));
  const news = () => {
    tally.tell(members);
    return heard.splice(0).map(([name, message]) => [name, 'viewers' in message ? message.viewers : message]);
  };
  expect(news()).toEqual([
    ['1.10', { film: 5 }],
    ['2.20', { film: 3 }],
    ['3.30', { film: 8 }],
  ]);
  expect(news()).toEqual([]);
  tally.report(told(0), '2.20');
  expect(news()).toEqual([
    ['1.10', {}],
    ['3.30', { film: 3 }],
  ]);
  tally.gone('3.30');
  expect(news()).toEqual([['3.30', { film: 3 }]]);
});

it('how long viewers of workers waited is measured once for each', () => {
  const { tally } = primary();
  const joins: number[] = [];
  tally.measures.joined((ms) => joins.push(ms));
  tally.report(told(2, { joins: [12, 7] }), '1.10');
  expect(joins).toEqual([12, 7]);
});

it('a worker tells what is new of its streams, who came, and no more joins than a second needs', () => {
  const [film, hall] = [feed('film'), feed('hall')];
  const all = new Map([film, hall].map(({ stream }) => [stream.path, stream]));
  const tempo = new Tempo();
  const report = reports(() => all, tempo);
  for (let ms = 0; ms < 1500; ms++) report.joined(ms);
  const first = report.next(7);
  report.joined(3);
  const sent = [first, report.next(7), report.next(7)];
  expect(sent.map(({ streams }) => Object.keys(streams))).toEqual([['film', 'hall'], [], []]);
  expect(sent.map(({ joins }) => joins.length)).toEqual([1000, 1, 0]);
  expect(sent.map(({ connections }) => connections)).toEqual([7, 7, 7]);
  const calm = tempo.runMs;
  report.hear({ film: 900 });
  expect([film, hall].map(({ channel }) => channel.viewers)).toEqual([900, 0]);
  expect(tempo.runMs).toBeGreaterThan(calm);
  report.hear({});
  expect(film.channel.viewers).toBe(0);
});
