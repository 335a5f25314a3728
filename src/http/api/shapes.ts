// What the API answers, as shapes: `GET /api` shows them as JSON Schema, and the specs hold real answers against them.

import { z } from 'zod';

const count = z.int().min(0);
const seconds = z.number().min(0);
/** What was counted, by kind; what did not happen is left out. */
const counts = (says: string) => z.record(z.string(), count).describe(says);
const time = z.iso.datetime();

const track = z.strictObject({
  kind: z.enum(['video', 'audio', 'other']),
  codec: z.string(),
  id: z.int().describe('as the format numbers it'),
  bitrate: count.exactOptional(),
  width: count.exactOptional(),
  height: count.exactOptional(),
  channels: count.exactOptional(),
  sampleRate: z.number().exactOptional(),
  language: z.string().exactOptional(),
});

const arrivals = z
  .strictObject({
    packets: count,
    bytes: count,
    lost: count,
    reordered: count,
    duplicates: count,
    late: count,
    dropped: count,
    refused: count,
    refusals: counts('why datagrams were not taken'),
    jitterMs: z.number().exactOptional(),
    ssrc: count.exactOptional(),
    payloadType: count.exactOptional(),
    bufferBytes: count.exactOptional(),
    kernelDrops: count.exactOptional(),
  })
  .describe('how datagrams came');

const source = z.strictObject({
  url: z.string().describe('where the stream is taken from, without credentials'),
  remote: z.string().exactOptional().describe('where it comes from just now, or came from last'),
  bitrate: count.describe('bits a second, over the last few'),
  bytes: count,
  restarts: count,
  lastError: z.string().exactOptional().describe('why it was last lost'),
  silentSeconds: seconds.exactOptional().describe('since when nothing came'),
  losses: counts('what was lost, by kind'),
  arrivals: arrivals.exactOptional(),
});

const sent = z
  .strictObject({
    url: z.string(),
    bytes: count,
    datagrams: count,
    errors: count.describe('datagrams that the system did not take'),
    lastError: z.string().exactOptional(),
  })
  .describe('how it goes to a group');

const report = z.strictObject({
  clockJitterMs: z.number().exactOptional(),
  clockGapMs: z.number().exactOptional(),
  clockOffNs: z.number().exactOptional(),
  errors: counts('by the names that the measurements of the format have for them').exactOptional(),
  services: z
    .array(z.strictObject({ id: z.int(), name: z.string(), provider: z.string().exactOptional() }))
    .exactOptional(),
  streams: z.array(
    z.strictObject({
      id: z.int(),
      what: z.string(),
      bitrate: z.number(),
      errors: count.exactOptional(),
      scrambled: count.exactOptional(),
    }),
  ),
});

export const stream = z.strictObject({
  path: z.string(),
  title: z.string().describe('the path where it has none'),
  type: z.string().describe('what kind of source it has'),
  enabled: z.boolean(),
  receive: z.literal(false).exactOptional().describe('it is told of alone: players get it by multicast'),
  container: z.string().exactOptional().describe('as far as it is known'),
  state: z
    .enum(['idle', 'opening', 'live', 'lost'])
    .describe(`'idle': nobody tries to open it; 'lost': it was live and is being opened again`),
  since: time,
  source,
  tracks: z.array(track),
  keyframeSeconds: seconds.exactOptional().describe('how far the last two key frames were apart'),
  viewers: count,
  viewersPeak: count,
  viewersTotal: count,
  bytesOut: count,
  skips: count.describe('how often viewers that were slow have been moved to a newer key frame'),
  departures: counts('why viewers left'),
  backlog: z.strictObject({ bytes: count, seconds }),
  sentTo: z.array(sent).exactOptional(),
  report: report.exactOptional().describe('what the format itself tells of how it is'),
});

export const streams = z.strictObject({ streams: z.array(stream) });

const seen = {
  address: z.string(),
  agent: z.string().describe('who it says it is'),
  user: z.string().exactOptional().describe('where one was asked for'),
  wire: z.string().describe('in which form it gets the stream'),
  seconds,
  bytes: count,
  skips: count,
};

export const viewers = z.strictObject({
  viewers: z.array(z.strictObject({ id: z.string(), ...seen, behindSeconds: seconds })),
  left: z
    .array(z.strictObject({ ...seen, reason: z.string(), at: time }))
    .describe('the last few who have left, newest first'),
});
