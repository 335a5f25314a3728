// What is measured, a row each: its name (https://prometheus.io/docs/practices/naming/), a sentence, and where in the status of the
// streams it is read. Labels hold what the configuration and closed lists hold, never what a client sends. docs/metrics.md
// has the same rows for people; a spec holds each to the other.

import type { State } from '../../channels/state.ts';
import type { Departure } from '../../channels/visit.ts';
import type { Loss } from '../../containers/container.ts';
import { version } from '../../version.ts';
import { added, by, each, type Look, one, type Sample, type Seen } from './samples.ts';

/** What may come is told as 0 before: nobody sees the rise of a series that was not there. */
const STATES: Readonly<Record<State, number>> = { idle: 0, opening: 0, live: 0, lost: 0 };
const LOSSES: Readonly<Record<Loss, number>> = {
  packets: 0,
  bytes: 0,
  attachments: 0,
  'continuity errors': 0,
  'transport errors': 0,
  'sync errors': 0,
};
const REASONS: Readonly<Record<Departure, number>> = {
  left: 0,
  'too slow': 0,
  'stream ended': 0,
  'header changed': 0,
  dropped: 0,
  stopping: 0,
};

const VERSION = version();

export interface Measure {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly samples: (look: Look) => readonly Sample[];
}

/** Where the stream is sent beside its viewers, as configured. */
const sentTo =
  (what: 'bytes' | 'errors') =>
  ({ stream }: Seen): Readonly<Record<string, number>> =>
    Object.fromEntries(stream.sentTo?.().map((sent) => [sent.url, sent[what]]) ?? []);

const row =
  (type: Measure['type']) =>
  (name: string, help: string, samples: Measure['samples']): Measure => ({ type, name, help, samples });
const gauge = row('gauge');
const counter = row('counter');

export const measures: readonly Measure[] = [
  gauge('stream_pump_build_info', 'Always 1; which version runs on which Node.', () => [
    [{ version: VERSION, node: process.versions.node }, 1],
  ]),
  gauge('stream_pump_streams', 'Streams that are switched on, by state.', ({ configured, others }) => {
    const states = { ...STATES };
    for (const { status } of [...configured, ...others]) states[status.state] += 1;
    return Object.entries(states).map(([state, count]) => [{ state }, count]);
  }),
  gauge(
    'stream_pump_stream_info',
    'Always 1; the type of each stream and, once known, its container.',
    ({ configured }) =>
      configured.map(({ stream, status }) => [
        { stream: stream.path, type: stream.type, container: status.container ?? stream.container?.name ?? '' },
        1,
      ]),
  ),
  gauge(
    'stream_pump_stream_state',
    '1 for the state that the stream is in, 0 for all others.',
    by('state', ({ status }) => ({ ...STATES, [status.state]: 1 })),
  ),
  gauge(
    'stream_pump_source_up',
    '1 while the stream is live.',
    each(({ status }) => Number(status.state === 'live')),
  ),
  gauge(
    'stream_pump_source_bytes_per_second',
    'What comes from the source, over the last few seconds.',
    added(({ status }) => status.source.bitrate / 8),
  ),
  counter(
    'stream_pump_source_bytes_total',
    'What has come from the source.',
    each(({ status }) => status.source.bytes),
  ),
  counter(
    'stream_pump_source_restarts_total',
    'How often the source was opened again.',
    each(({ status }) => status.source.restarts),
  ),
  counter(
    'stream_pump_source_losses_total',
    'What the source lost or sent damaged, by kind.',
    by('kind', ({ status }) => ({ ...LOSSES, ...status.source.losses })),
  ),
  gauge(
    'stream_pump_source_keyframe_seconds',
    'How far the last two key frames were apart.',
    each(({ status }) => status.keyframeSeconds),
  ),
  gauge(
    'stream_pump_source_last_data_timestamp_seconds',
    'When the last of the stream came from the source.',
    each(({ status: { source } }) =>
      source.silentSeconds === undefined ? undefined : Date.now() / 1000 - source.silentSeconds,
    ),
  ),
  gauge(
    'stream_pump_backlog_bytes',
    'What is kept for newcomers.',
    added(({ status }) => status.backlog.bytes),
  ),
  gauge(
    'stream_pump_backlog_seconds',
    'How much time the backlog spans.',
    each(({ status }) => status.backlog.seconds),
  ),
  gauge(
    'stream_pump_viewers',
    'Viewers now.',
    added(({ status }) => status.viewers),
  ),
  gauge(
    'stream_pump_viewers_limit',
    'The most viewers that the stream may have.',
    each(({ stream }) => stream.limits.viewers),
  ),
  counter(
    'stream_pump_joins_total',
    'Viewers that have come.',
    each(({ status }) => status.viewersTotal),
  ),
  counter(
    'stream_pump_departures_total',
    'Viewers that have gone, by reason.',
    by('reason', ({ status }) => ({ ...REASONS, ...status.departures })),
  ),
  counter(
    'stream_pump_sent_bytes_total',
    'What viewers were sent.',
    each(({ status }) => status.bytesOut),
  ),
  counter(
    'stream_pump_skips_total',
    'How often viewers that fell behind went on at a newer key frame.',
    each(({ status }) => status.skips),
  ),
  counter(
    'stream_pump_multicast_bytes_total',
    'What was sent in datagrams beside viewers, by where to.',
    by('to', sentTo('bytes')),
  ),
  counter(
    'stream_pump_multicast_errors_total',
    'Datagrams that the system did not take, by where to.',
    by('to', sentTo('errors')),
  ),
  gauge(
    'stream_pump_connections',
    'Open connections, of whatever purpose.',
    one(({ connections }) => connections),
  ),
  gauge(
    'stream_pump_event_loop_delay_mean_seconds',
    'How late the event loop was since it was last asked, on average.',
    one(({ delay }) => delay.mean),
  ),
  gauge(
    'stream_pump_event_loop_delay_p99_seconds',
    'How late the event loop was since it was last asked, in 99 of 100 cases at most.',
    one(({ delay }) => delay.p99),
  ),
  gauge(
    'stream_pump_event_loop_delay_max_seconds',
    'How late the event loop was since it was last asked, at worst.',
    one(({ delay }) => delay.max),
  ),
  gauge(
    'stream_pump_buffers_bytes',
    'Memory in buffers: mostly the backlogs.',
    one(() => process.memoryUsage().arrayBuffers),
  ),
  gauge(
    'process_heap_bytes',
    `Memory of JavaScript's heap.`,
    one(() => process.memoryUsage().heapUsed),
  ),
  gauge(
    'process_resident_memory_bytes',
    'Memory that the system holds for the process.',
    one(() => process.memoryUsage.rss()),
  ),
  counter(
    'process_cpu_seconds_total',
    'Processor time that was used, in user and system mode.',
    one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  ),
  gauge(
    'process_start_time_seconds',
    'When the process began.',
    one(() => performance.timeOrigin / 1000),
  ),
];
