// The metrics as Prometheus has them: Debian's own, on a port of the loopback, scrapes a pump, judges it by the alert rules of
// docs/ and answers what the dashboard asks.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { program, withPrograms } from '../support/programs.ts';
import { command, startPump } from '../support/pump-process.ts';
import { freePort, openStage, until } from '../support/stage.ts';

const there = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const rules = there('docs/alerts.yml');

withPrograms('Prometheus', ['prometheus', 'promtool'], () => {
  const stage = openStage();

  test('finds nothing to say against the metrics, and nothing wrong in the rules', async () => {
    const pump = await startPump(stage, { streams: [film(), { path: 'live', type: 'push' }] });
    await pump.live('film');
    const text = await (await fetch(`http://${pump.host}/metrics`)).text();
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, out: '', err: '' });
    expect(promtool(['check', 'rules', '--lint-fatal', rules])).toMatchObject({ status: 0 });
    await pump.process.end();
  });

  test('alerts of what is wrong, in time, and of nothing else', () => {
    const file = join(stage.folder, 'rules-test.yml');
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '10s', tests: cases }));
    expect(promtool(['test', 'rules', file])).toMatchObject({ status: 0, err: '' });
  });

  test('scrapes a pump, sees its source go and come again, and answers what the dashboard asks', async () => {
    const pump = await startPump(stage, { streams: [{ path: 'hall', type: 'push' }, film()] });
    const encoder = () => command(stage, ['push', there('demo/demo.webm'), pump.url('hall_push'), '--loop']);
    const first = encoder();
    await pump.live('hall');
    const ask = await prometheus(pump.host);
    const firing = async () =>
      (await ask('ALERTS{alertstate="firing",alertname=~"StreamPumpSource.+"}')).map(({ metric }) => metric);
    const value = async (expression: string) => Number((await ask(expression))[0]?.value[1]);

    await until('it is scraped', async () => (await value('stream_pump_source_up{stream="hall"}')) === 1);
    const viewer = await fetch(pump.url('hall'));
    await until('the viewer is seen', async () => (await value('stream_pump_viewers{stream="hall"}')) === 1);
    await until('the time to join is seen', async () => (await value('stream_pump_join_seconds_count')) === 1);
    expect(await firing()).toEqual([]);

    await first.end('SIGKILL');
    await until('the alert', async () => (await firing()).length > 0);
    expect(await firing()).toEqual([
      expect.objectContaining({ alertname: 'StreamPumpSourceLost', stream: 'hall', severity: 'critical' }),
    ]);
    encoder();
    await until('the end of the alert', async () => (await firing()).length === 0);

    for (const expression of asked()) expect(await ask(expression), expression).not.toEqual([]);
    await viewer.body?.cancel();
  });

  const film = () => ({ path: 'film', type: 'file', url: there('demo/demo.webm'), loop: true }) as const;

  /** Runs it for a pump; what it returns asks it. */
  async function prometheus(host: string) {
    const folder = join(stage.folder, 'prometheus');
    mkdirSync(folder);
    // What takes minutes takes seconds here; how long it really takes is tried by `promtool test rules`.
    writeFileSync(join(folder, 'rules.yml'), readFileSync(rules, 'utf8').replaceAll(/\bfor: \w+/g, 'for: 1s'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
        rule_files: ['rules.yml'],
        scrape_configs: [{ job_name: 'stream-pump', static_configs: [{ targets: [host] }] }],
      }),
    );
    const port = await freePort();
    const [config, data] = ['prometheus.yml', 'data'].map((name) => join(folder, name));
    const running = stage.run(program('prometheus'), [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await until('Prometheus is ready', async () => {
      if (running.isOver) throw new Error(`Prometheus ended at once: ${running.err}`);
      return fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return async (expression: string): Promise<Result[]> => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Prometheus' own API, and the specs fail on what is not so
      const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: Data };
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result;
    };
  }
});

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface Data {
  readonly result: Result[];
}

function promtool(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(program('promtool'), args, { input, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

/** What the dashboard asks for, of all pumps and streams. */
function asked(): string[] {
  const text = readFileSync(there('docs/grafana-dashboard.json'), 'utf8');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file, in Grafana's form
  const { panels } = JSON.parse(text) as { panels: readonly { targets?: readonly { expr: string }[] }[] };
  return panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll(/"\$(?:instance|stream)"/g, '".*"').replaceAll('$__rate_interval', '10s'));
}

/** Series from the beginning on, ten seconds a step; what is alerted of after how many seconds. */
const cases = [
  lasting({ 'stream_pump_stream_state{stream="hall",state="lost"}': '0 0 1x20' }, [
    [40, []],
    [60, ['alertname="StreamPumpSourceLost",severity="critical",stream="hall"']],
  ]),
  // Nobody watches a stream that is opened on demand, and an encoder has a day off.
  lasting(
    {
      'stream_pump_stream_state{stream="hall",state="lost"}': '0x60',
      'stream_pump_stream_state{stream="hall",state="idle"}': '1x60',
      'stream_pump_source_up{stream="hall"}': '0x60',
      'stream_pump_source_last_data_timestamp_seconds{stream="hall"}': '0x60',
      'stream_pump_viewers{stream="hall"}': '0x60',
      'stream_pump_viewers_limit{stream="hall"}': '100x60',
      stream_pump_join_seconds_bucket: '0x60',
    },
    [[600, []]],
  ),
  lasting(
    { 'stream_pump_viewers{stream="hall"}': '90x5 91x20', 'stream_pump_viewers_limit{stream="hall"}': '100x60' },
    [
      [100, []],
      [130, ['alertname="StreamPumpNearViewerLimit",severity="warning",stream="hall"']],
    ],
  ),
  lasting({ stream_pump_event_loop_delay_p99_seconds: '0.3x5 0x10 0.3x30' }, [
    [150, []],
    [290, ['alertname="StreamPumpLate",severity="warning"']],
  ]),
  lasting({ 'stream_pump_source_losses_total{stream="hall",kind="packets"}': '0x30 0+1x60' }, [
    [300, []],
    [700, ['alertname="StreamPumpLosses",severity="warning",stream="hall"']],
  ]),
  lasting({ 'stream_pump_source_restarts_total{stream="hall"}': '0x6 0+1x12' }, [
    [60, []],
    [150, ['alertname="StreamPumpSourceRestarts",severity="warning",stream="hall"']],
  ]),
];

/** `1x20`: 1 and twenty times more. */
function lasting(series: Readonly<Record<string, string>>, at: readonly (readonly [number, readonly string[]])[]) {
  return {
    interval: '10s',
    input_series: Object.entries(series).map(([name, values]) => ({
      series: name.includes('{') ? name.replace('{', '{instance="pump",') : `${name}{instance="pump"}`,
      values: values.replaceAll(/(^| )(\d[\d.]*)x/g, '$1$2+0x'),
    })),
    promql_expr_test: at.map(([seconds, alerts]) => ({
      expr: 'count by (alertname, severity, instance, stream) (ALERTS{alertstate="firing"})',
      eval_time: `${seconds}s`,
      exp_samples: alerts.map((labels) => ({ labels: `{${labels},instance="pump"}`, value: 1 })),
    })),
  };
}
