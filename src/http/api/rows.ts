// Every address of the pump, a row each, as `GET /api` describes them; the specs hold the rows against the routes.

import type * as shapes from './shapes.ts';

export type Content =
  | 'nothing'
  | 'a stream'
  | 'events'
  | 'a page'
  | 'any'
  | 'a playlist'
  | 'SDP'
  | 'text'
  | 'OpenAPI'
  | keyof typeof shapes;

export interface Row {
  /** `{path}` may hold slashes, as streams' paths do */
  readonly at: string;
  readonly methods: readonly ('get' | 'post' | 'put' | 'options')[];
  readonly says: string;
  readonly answers: Content;
  /** what else than 200 it may answer */
  readonly also?: Readonly<Record<number, string>>;
  /** only there where this is configured */
  readonly needs?: 'admin' | 'relay';
}

const KEPT_OUT = { 401: 'a name and a password are needed', 403: 'not from this address' };
const NOT_FOUND = { 404: 'there is no such stream' };
const DEED = {
  methods: ['post'],
  answers: 'stream',
  also: {
    ...KEPT_OUT,
    403: 'not from this address, or from a page of another site',
    ...NOT_FOUND,
  },
  needs: 'admin',
} as const;

const GROUP = {
  methods: ['get', 'options'],
  answers: 'a stream',
  also: {
    204: 'a page of another site may have it',
    400: 'this is no group',
    ...KEPT_OUT,
    403: 'not from this address, or this group is not relayed',
    404: 'nothing comes from it',
    503: 'as many groups are watched as may be',
  },
  needs: 'relay',
} as const;

const OFFER = {
  methods: ['post'],
  answers: 'SDP',
  also: {
    400: 'this is no offer, and which line of it',
    ...KEPT_OUT,
    404: 'there is no such stream, or it is not multicast',
    406: 'nothing of the offer fits',
    413: 'too long for an offer',
  },
} as const;

export const rows: readonly Row[] = [
  {
    at: '/streams/{path}',
    methods: ['get'],
    says: 'The stream, in the form that this client needs; `burst` (a time such as 5s) begins further back.',
    answers: 'a stream',
    also: {
      ...KEPT_OUT,
      ...NOT_FOUND,
      503: 'no source now, or full',
    },
  },
  {
    at: '/streams/{path}',
    methods: ['post', 'options'],
    says: 'What players send beside their stream: logs, keep-alives, questions.',
    answers: 'nothing',
    also: { 204: 'taken', ...KEPT_OUT, ...NOT_FOUND, 405: 'not of this kind of stream' },
  },
  {
    at: '/streams/{path}_push',
    methods: ['post', 'put'],
    says: 'The push address: a body without end, or the parts of a session as Windows Media encoders send them.',
    answers: 'nothing',
    also: {
      204: 'all of it was taken',
      400: 'this is not the format that it seemed',
      ...KEPT_OUT,
      ...NOT_FOUND,
      409: 'somebody else is pushing',
      415: 'no container that is known here',
      503: 'the stream takes nothing now',
    },
  },
  {
    at: '/streams/{path}.{form}',
    methods: ['get'],
    says: 'A playlist of one stream, as asx, m3u or xspf.',
    answers: 'a playlist',
    also: NOT_FOUND,
  },
  { at: '/streams.{form}', methods: ['get'], says: 'A playlist of all streams.', answers: 'a playlist' },
  {
    at: '/streams/{path}.sdp',
    methods: ['get'],
    says: 'Where the stream is multicast.',
    answers: 'SDP',
    also: { ...KEPT_OUT, ...NOT_FOUND },
  },
  { ...OFFER, at: '/streams/{path}/offer', says: 'An SDP offer, answered with where the stream is multicast.' },
  { ...OFFER, at: '/offer', says: `The same for the stream of ?stream=, of the offer's name, or the only one.` },
  { at: '/api', methods: ['get'], says: 'This.', answers: 'OpenAPI' },
  {
    at: '/api/events',
    methods: ['get'],
    says: `Server-sent events: 'all' has every stream and its last minutes, each 'change' a JSON merge patch (RFC 7396) of the streams.`,
    answers: 'events',
    also: { 503: 'as many listen as may' },
  },
  { at: '/api/streams', methods: ['get'], says: 'All streams, also those that are switched off.', answers: 'streams' },
  { at: '/api/streams/{path}', methods: ['get'], says: 'One stream.', answers: 'stream', also: NOT_FOUND },
  {
    at: '/api/streams/{path}/viewers',
    methods: ['get'],
    says: `Who watches, and who has left: for 'admin' users, and where there are none for clients on the pump's own machine.`,
    answers: 'viewers',
    also: { ...KEPT_OUT, ...NOT_FOUND },
  },
  {
    ...DEED,
    at: '/api/streams/{path}/restart',
    says: 'Drops what the source is at and opens it anew at once; viewers stay, as over any interruption.',
  },
  { ...DEED, at: '/api/streams/{path}/enable', says: 'Switches it on until the configuration is read anew.' },
  {
    ...DEED,
    at: '/api/streams/{path}/disable',
    says: 'Switches it off until the configuration is read anew: its viewers are told the end.',
  },
  { ...DEED, at: '/api/streams/{path}/viewers/{id}/drop', says: 'Sends a viewer away.' },
  { ...GROUP, at: '/{group}', says: `A multicast group's stream; port 1234.` },
  { ...GROUP, at: '/{group}/{port}', says: `A multicast group's stream.` },
  { ...GROUP, at: '/udp/{place}', says: 'The same, as [SENDER@]GROUP:PORT.' },
  { ...GROUP, at: '/rtp/{place}', says: 'The same, where nothing but RTP is taken.' },
  {
    at: '/metrics',
    methods: ['get'],
    says: 'Numbers for Prometheus.',
    answers: 'text',
    also: KEPT_OUT,
  },
  { at: '/healthz', methods: ['get'], says: 'Alive.', answers: 'text' },
  {
    at: '/readyz',
    methods: ['get'],
    says: 'Every stream that is switched on is live.',
    answers: 'text',
    also: { 503: 'some are not, and which' },
  },
  {
    at: '/',
    methods: ['get'],
    says: 'The page for browsers, which say that they want HTML; to others the streams, a line each.',
    answers: 'a page',
  },
  {
    at: '/page/{file}',
    methods: ['get'],
    says: 'What the page is made of.',
    answers: 'any',
    also: { 404: 'it has no such file' },
  },
];
