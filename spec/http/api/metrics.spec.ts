import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ask, clock, feed, open, call, openHall } from '../stage.ts';

/** `name{labels}` -> value */
async function scrape(port: number): Promise<Map<string, number>> {
  const answer = await ask(port, 'GET /metrics');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Type: text\/plain; version=0\.0\.4; charset=utf-8\r\n/);
  const lines = [...answer.matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)];
  return new Map(lines.map(([, series = '', value]) => [series, Number(value)]));
}

describe('the metrics', () => {
  it('tell what the status of a stream tells, and what may still come as 0', async () => {
    const hall = feed('Town/Hall');
    const { port } = await open([hall, feed('away'), feed('off', { enabled: false })]);
    hall.live();
    await hall.send('12345');
    const viewer = await call(port, 'GET /streams/town/hall');
    await viewer.until('12345');
    hall.channel.take({ kind: 'loss', what: 'packets', count: 3 });
    const all = Object.fromEntries(await scrape(port));
    expect(all).toMatchObject({
      'stream_pump_streams{state="live"}': 1,
      'stream_pump_streams{state="idle"}': 1,
      'stream_pump_streams{state="lost"}': 0,
      'stream_pump_stream_info{stream="Town/Hall",type="push",container="toy"}': 1,
      'stream_pump_stream_state{stream="away",state="idle"}': 1,
      'stream_pump_stream_state{stream="away",state="live"}': 0,
      'stream_pump_source_up{stream="Town/Hall"}': 1,
      'stream_pump_source_up{stream="away"}': 0,
      'stream_pump_source_bytes_total{stream="Town/Hall"}': 5,
      'stream_pump_source_losses_total{stream="Town/Hall",kind="packets"}': 3,
      'stream_pump_source_losses_total{stream="Town/Hall",kind="transport errors"}': 0,
      'stream_pump_viewers{stream="Town/Hall"}': 1,
      'stream_pump_viewers_limit{stream="Town/Hall"}': 100,
      'stream_pump_joins_total{stream="Town/Hall"}': 1,
      'stream_pump_sent_bytes_total{stream="Town/Hall"}': 15,
      'stream_pump_departures_total{stream="Town/Hall",reason="too slow"}': 0,
      stream_pump_connections: 2,
    });
    expect(Object.keys(all).filter((series) => series.includes('"off"'))).toEqual([]);
    const sinceMs =
      Date.now() - 1000 * (all['stream_pump_source_last_data_timestamp_seconds{stream="Town/Hall"}'] ?? 0);
    expect(sinceMs).toBeGreaterThanOrEqual(100); // the run was sent that much later
    expect(sinceMs).toBeLessThan(60_000);
  });

  it('tell why viewers left', async () => {
    const { hall, port } = await openHall();
    hall.live();
    await hall.send('12345');
    const viewer = await call(port, 'GET /streams/hall');
    await viewer.until('12345');
    hall.channel.over();
    await viewer.closed;
    const all = await scrape(port);
    expect(all.get('stream_pump_departures_total{stream="hall",reason="stream ended"}')).toBe(1);
    expect(all.get('stream_pump_departures_total{stream="hall",reason="left"}')).toBe(0);
    expect(all.get('stream_pump_viewers{stream="hall"}')).toBe(0);
  });

  it('tell how long viewers waited for the first key frame, from their request on', async () => {
    const { hall, port } = await openHall();
    hall.channel.opening();
    const viewer = await call(port, 'GET /streams/hall');
    await expect.poll(() => hall.channel.wanted).toBe(true);
    await clock.advance(1500);
    hall.live();
    await viewer.until('head');
    await clock.advance(500);
    expect((await scrape(port)).get('stream_pump_join_seconds_count')).toBe(0); // a header is nothing to be seen yet
    await hall.send('12345');
    await hall.send('67890');
    await viewer.until('67890');
    const all = await scrape(port);
    expect(all.get('stream_pump_join_seconds_count')).toBe(1);
    expect(all.get('stream_pump_join_seconds_bucket{le="1"}')).toBe(0);
    expect(all.get('stream_pump_join_seconds_sum')).toBeGreaterThanOrEqual(2);
    expect(all.get('stream_pump_join_seconds_sum')).toBeLessThan(2.1);
  });

  it('have no names that clients choose by asking, and count such streams together', async () => {
    const asked = ['udp/239.1.2.3:5004', 'rtp/10.0.0.7@232.1.2.4:5004', 'a"b\\c\nd'].map((path) => feed(path));
    const { port } = await open([feed('hall'), ...asked]);
    for (const one of asked) one.live();
    const all = await scrape(port);
    expect(all.get('stream_pump_viewers{stream="(others)"}')).toBe(0);
    expect(all.get('stream_pump_streams{state="live"}')).toBe(3);
    const names = [...all.keys()].flatMap((series) => /stream="([^"]*)"/.exec(series)?.[1] ?? []);
    expect(new Set(names)).toEqual(new Set(['hall', '(others)']));
  });

  it('are for those alone who may, where that is configured', async () => {
    const { port } = await open([feed('hall')], { metrics: { users: { prometheus: 'secret' } } });
    expect(await ask(port, 'GET /metrics')).toMatch(/^HTTP\/1\.1 401 [^]*WWW-Authenticate: Basic/);
    const Authorization = `Basic ${Buffer.from('prometheus:secret').toString('base64')}`;
    expect(await ask(port, 'GET /metrics', { Authorization })).toMatch(/^HTTP\/1\.1 200 [^]*stream_pump_build_info/);
    const { port: far } = await open([feed('hall')], { metrics: { from: ['192.0.2.0/24'] } });
    expect(await ask(far, 'GET /metrics')).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('are all in the table of docs/metrics.md, with their labels and sentences, and nothing else is', async () => {
    const sent = { url: 'udp://239.1.2.3:1234', bytes: 5, datagrams: 1, errors: 2 };
    const hall = feed('hall', { sentTo: () => [sent] });
    const { port } = await open([hall]);
    hall.live();
    await hall.send('12345');
    await hall.send('12345');
    const answer = await ask(port, 'GET /metrics');
    const rows = [...answer.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n(?:\w+\{(.*)\})?/gm)].map(
      ([, name = '', help = '', type = '', labels = '']) => {
        const names = [...labels.matchAll(/(\w+)="/g)]
          .map(([, label]) => `\`${label}\``)
          .filter((one) => one !== '`le`');
        return `| \`${name}\` | ${type} | ${names.join(', ')} | ${help} |`;
      },
    );
    const text = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const told = text.split('\n').filter((line) => line.startsWith('| `'));
    expect(told, 'the table of docs/metrics.md: a metric has a row there, and a row a metric').toEqual(rows);
  });

  it.each(['alerts.yml', 'grafana-dashboard.json', 'metrics.md'])('are those that %s asks for', async (file) => {
    const { port } = await open([feed('hall')]);
    const answer = await ask(port, 'GET /metrics');
    const known = [...answer.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`] : [name],
    );
    const text = await readFile(new URL(`../../../docs/${file}`, import.meta.url), 'utf8');
    const used = new Set(text.match(/\b(?:stream_pump|process)_\w+/g));
    expect([...used].filter((name) => !known.includes(name))).toEqual([]);
    expect(used.size).toBeGreaterThan(5);
  });
});
