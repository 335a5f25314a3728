// A stream that is multicast by somebody else and is only told about: nothing of it comes here. What it is nobody can see then, so
// it is said in the configuration.

import { z } from 'zod';
import { flag } from '../amounts.ts';
import { type Group, urlOf } from '../datagrams/group.ts';
import { PumpError } from '../errors.ts';
import { type Session, TRANSPORT_STREAM } from '../sdp/session.ts';
import type { Source } from './source.ts';

const TYPE = 'a payload type from 0 to 127';
const CODEC = `the name of a codec such as 'MP2T' or 'H264'`;
const RATE = 'a number of ticks a second such as 90000';
const FMTP = `one line such as 'packetization-mode=1;sprop-parameter-sets=…'`;
const HOPS = 'a TTL from 1 to 255';
/** Parameter sets of H.264 take a hundred letters or two; a line of SDP has at most 1024 here. */
const LONGEST_FMTP = 900;
/** The first payload type that means what is agreed upon (RFC 3551). */
const DYNAMIC = 96;

/** How many routers a datagram may pass. */
export const hops = z.int({ error: HOPS }).min(1, HOPS).max(255, HOPS);

export const toldOptions = {
  receive: flag
    .exactOptional()
    .describe('false: it is only told about (SDP); nothing of it is received, and over HTTP there is nothing.'),
  ttl: hops.exactOptional().describe('How far its sender lets it go, which SDP tells.'),
  payloadType: z
    .int({ error: TYPE })
    .min(0, TYPE)
    .max(127, TYPE)
    .exactOptional()
    .describe('The payload type of RTP of a stream that is not received: 33 for MP2T, 96 for others without it.'),
  codec: z
    .string({ error: CODEC })
    .regex(/^[\w.-]{1,40}$/, CODEC)
    .exactOptional()
    .describe(`The codec of a stream that is not received, as RTP calls it; 'MP2T', a transport stream, without it.`),
  clockRate: z
    .int({ error: RATE })
    .min(1, RATE)
    .max(1_000_000_000, RATE)
    .exactOptional()
    .describe('The ticks a second of its time stamps; 90000 without it.'),
  fmtp: z
    .string({ error: FMTP })
    .max(LONGEST_FMTP, FMTP)
    .refine((text) => text !== '' && !/\p{Cc}/u.test(text), FMTP)
    .exactOptional()
    .describe(`The codec's own parameters, as they stand in its sender's SDP.`),
};

type Options = z.output<z.ZodObject<typeof toldOptions>>;

/** Only what is not received is told what it is. */
export const WHAT_IT_IS = ['payloadType', 'codec', 'clockRate', 'fmtp'] as const;

export function told(group: Group, options: Options): Source {
  return {
    url: urlOf(group),
    afterwards: 'finish',
    session: sessionTold(group, options),
    elsewhere: true,
    open: () => Promise.reject(new PumpError('no source', 'this stream is only told about')),
  };
}

function sessionTold(group: Group, { codec, payloadType, clockRate, fmtp, ttl }: Options): Session {
  const name = codec?.toUpperCase() ?? TRANSPORT_STREAM.codec;
  const usual = name === TRANSPORT_STREAM.codec ? TRANSPORT_STREAM.payloadType : DYNAMIC;
  return {
    title: '',
    group,
    payloadType: payloadType ?? usual,
    codec: name,
    clockRate: clockRate ?? TRANSPORT_STREAM.clockRate,
    ...(fmtp !== undefined && { fmtp }),
    ...(ttl !== undefined && { ttl }),
  };
}
