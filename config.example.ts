// Every option of Stream Pump, each with a sentence. Copy what you need into a `config.ts` and start `stream-pump` beside
// it; `stream-pump check` says every mistake at once. JSON is taken as well, under the same rules. docs/configuration.md has the
// same key by key.
//
// Times are written '200ms', '15s', '5min' or '1h', sizes '512 KiB', '8 MiB' or '4 MB'; a bare number is milliseconds or
// bytes. Paths of files are relative to the folder that the pump is started in.

import { defineConfig } from 'stream-pump';

export default defineConfig({
  // Where plain HTTP is listened to. Without `http` and `https`: these very values. '::' is every address, IPv4 too.
  http: { host: '::', port: 8086 },

  // Where HTTP over TLS is listened to; without it there is none.
  https: {
    host: '::',
    port: 8089,
    // A certificate (with its chain) and its key, in PEM. When the files change they are taken anew; nobody is cut off.
    // cert: 'certs/pump.crt',
    // key: 'certs/pump.key',
    // Or one that the pump makes for itself and keeps in `certs/`. Clients have to be told to accept it.
    selfSigned: true,
  },

  // Whom a pump that is started as root becomes as soon as it listens, so on ports below 1024 too; without `group`, the user's own.
  // As a service it is better never to be root: docs/stream-pump.service.
  user: 'stream-pump',
  group: 'stream-pump',

  // Processes that serve viewers, 'auto' for one on each core. 0: everything in one process, which is right up to some thousand viewers.
  workers: 0,

  // Where browsers and players are sent that ask for something that is not there; without it they get a 404.
  redirect404To: 'https://example.org/',

  // The HTTP proxy that pulls and SDP are fetched through, and what is asked directly: hosts, '.domain' endings, addresses and ranges.
  // Without exceptions a URL is enough: proxy: 'http://proxy.example:8080'.
  proxy: { url: 'http://proxy.example:8080', bypass: ['10.0.0.0/8', 'localhost', '.example.org'] },

  // Reverse proxies in front of the pump: what they say about the client's address, and about the scheme, host and path prefix by which
  // it came, is believed (X-Forwarded-…, or Forwarded). They have to set or remove each of these.
  trustProxy: ['10.0.0.0/8'],

  // Multicast groups that viewers may name by address: /239.255.0.10/1234, /udp/[SENDER@]GROUP:PORT, /rtp/[SENDER@]GROUP:PORT. A group
  // is joined for the first of them and left a while after the last. Without `relay` there is none of this.
  relay: {
    // Which groups: nothing else is listened to, and only what is multicast can stand here.
    groups: ['239.0.0.0/8', '232.0.0.0/8', 'ff15::/16'],
    // Where they are joined, by name or address. Without it the system chooses by its routes.
    interface: 'eth1',
    // How long a viewer waits for something to come, before he gets a 404.
    timeout: '2s',
    // What viewers are told that it is.
    contentType: 'video/mp2t',
    // Which sites' pages may play it: '*' is all, else one such as 'https://example.org'.
    allowOrigin: '*',
    // Who may watch, and what each group may cost, as for streams (below).
    watch: { users: { guest: 'change me' }, from: ['192.0.2.0/24', 'localhost'] },
    limits: {
      viewers: 1000,
      backlog: '8 MiB',
      burst: '2s',
      delay: '200ms',
      slow: 'skip',
      stall: '15s',
      grace: '30s',
      attachments: '1 MiB',
      dropNull: false,
    },
    // More groups than these are not joined at the same time.
    groupsAtOnce: 100,
  },

  // Who may restart a source, switch a stream on and off and send a viewer away, by the page and by POST /api/…; also who may see
  // viewers one by one. By the same rules as `watch` below, but `users` must be there. Without `admin` nobody may.
  admin: { users: { operator: 'ha1:0123456789abcdef0123456789abcdef' }, from: ['192.0.2.0/24', 'localhost'] },

  // Who may read /metrics (for Prometheus): by the same two rules as who may watch, below. Without it: everybody.
  metrics: { users: { prometheus: 'change me' }, from: ['10.0.0.0/8', 'localhost'] },

  // A line for each viewer when it has left. Without it these are in the log alone ('viewer left').
  accessLog: {
    // Written to at its end; opened anew at SIGUSR2, for logrotate.
    file: '/var/log/stream-pump/access.log',
    // 'combined': as Apache and nginx write it; 'json': an object a line, with all that is known of the visit.
    format: 'combined',
  },

  // SDP offers by POST /offer and /streams/NAME/offer are answered with where a stream is multicast; strict: an offer that takes
  // nothing of it is refused (406), instead of being told all the same.
  offers: { strict: false },

  // Sessions of streams that everybody may watch are announced to the network by SAP, so that VLC lists them. Without it
  // they are not.
  announce: {
    // How often; less often where there are very many.
    every: '30s',
    // By which network interface, and over how many routers.
    interface: 'eth1',
    ttl: 1,
  },

  streams: [
    {
      // Its address is /streams/hall: letters, digits, '_' and '-', with '/' between parts. Upper and lower case are the same.
      path: 'hall',

      // What people read: in playlists and status.
      title: 'Concert hall',

      // 'push': an encoder sends it to /streams/hall_push.
      type: 'push',

      // false: as if it were not here, but kept in the file.
      enabled: true,

      // The format. Seldom needed: it is told from the content type and the first bytes.
      container: 'asf',

      // Who may publish (push streams alone).
      publish: {
        // Names and passwords: in plain, as 'env:NAME' (an environment variable), 'file:PATH' (a file's only line),
        // 'ha1:HEX' (MD5 of `name:Stream Pump:password`) or 'scrypt:SALT:KEY' (Basic alone, which Windows Media encoders
        // do not offer). Without `users` nobody is asked.
        users: { encoder: 'change me' },
        // From which addresses and ranges; 'localhost' is this machine. Without `from`: from anywhere.
        from: ['192.0.2.0/24', '2001:db8::/32', 'localhost'],
        // true: whoever may publish takes the place of who is publishing; false: only the same user or session does.
        takeover: false,
      },

      // Who may watch, by the same two rules.
      watch: {
        users: { guest: 'ha1:3f3c1d1a2b0e4d5f6a7b8c9d0e1f2a3b' },
        from: ['192.0.2.0/24', 'localhost'],
      },

      limits: {
        // More viewers than these are told to come back later.
        viewers: 10_000,
        // How much of the stream is kept in memory for newcomers and for viewers that lag behind.
        backlog: '8 MiB',
        // How far back newcomers begin, at a key frame: more fills their buffers faster, less is closer to live.
        // '0s': the newest key frame. A viewer can ask for another with ?burst=5s.
        burst: '2s',
        // How long packets may be collected, with thousands of viewers, so that each is written to less often.
        delay: '200ms',
        // What happens to a viewer that cannot keep up: 'skip' to a key frame, or 'disconnect'.
        slow: 'skip',
        // A source that sends nothing for this long counts as broken. Without it: '15s', and '60s' for push streams, since
        // encoders may rest between two requests.
        stall: '15s',
        // How long viewers are kept waiting for a source that went away.
        grace: '30s',
        // Files that are attached to a Matroska stream (fonts), together: every newcomer is sent them first. What is more
        // than this is left out, and the log says so.
        attachments: '1 MiB',
        // true: packets that only keep the bit rate of a transport stream constant are not passed on. false: it passes byte
        // for byte.
        dropNull: false,
      },
    },

    {
      path: 'relayed',
      // 'pull': fetched from a server, again and again until it works.
      type: 'pull',
      // http://, https://, mmsh://, mms://; several addresses: the first that works, back to the first when it heals.
      // With a password: 'mmsh://name:password@host/path'.
      url: ['mmsh://wms.example/live', 'http://other-pump.example:8086/streams/hall'],
      // The same stream on other pumps: in playlists after this one's own address, for players to fall back to.
      backups: ['http://other-pump.example:8086/streams/relayed'],
      // true: the source is opened only while somebody watches (all but push).
      onDemand: true,
      // true: what is no container known here is copied into Matroska by FFmpeg (pull and file); without it, it is refused.
      remux: true,
    },

    {
      path: 'news',
      type: 'pull',
      url: 'http://headend.example/multiplex.ts',
      // Of a transport stream with several programs this one alone, by its number: as a stream of its own, without the guide
      // (EIT) and without access to what is scrambled. Where there is no such program, the status says which there are.
      program: 28106,

      // Where it is sent besides, in datagrams of MPEG-TS (no other format is): to groups, or to single machines. A URL is
      // enough, or a list of up to 16. It keeps a source on demand open, and is no viewer: /api/streams has it as `sentTo`.
      multicastTo: [
        'rtp://239.1.2.3:5004',
        // `ttl`: how many networks it may pass; without it 1 for groups, 64 for machines. `interface`: by name or address.
        { url: 'udp://[ff15::1:2]:1234', ttl: 4, interface: 'eth1' },
      ],
    },

    {
      path: 'film',
      // 'file': a file, at the pace of its own clock; a fifo; '-' for stdin; tcp://HOST:PORT, unix:/PATH, and either with
      // ?listen to be called.
      type: 'file',
      url: 'film.asf',
      // true: begins again at its end, for ever.
      loop: true,
      // true: fifos, stdin and sockets are taken at the pace of the stream's own clock too, as files always are: for
      // writers that are faster than that.
      paced: false,
    },

    {
      path: 'tv',
      // 'multicast': datagrams, UDP or RTP, with a transport stream in them.
      type: 'multicast',
      // The group and the port: udp://GROUP:PORT or rtp://GROUP:PORT, IPv6 as udp://[GROUP]:PORT. Behind udp:// may be RTP
      // as well. An address of this machine, or udp://@:PORT: what is sent to this machine alone. Or where the group is told: an
      // .sdp file ('tv.sdp'), its address ('http://host/tv.sdp'), or a server that answers offers ('http://host/offer').
      url: 'rtp://232.1.1.1:5004',
      // The only sender that is wanted (source-specific multicast); 'rtp://10.0.0.7@232.1.1.1:5004' says the same.
      source: '10.0.0.7',
      // Where the group is joined: an interface by its name, or by one of its addresses. Without it the system's routes decide.
      interface: 'eth1',
      // How much the system keeps while the pump does something else. Linux gives what `sysctl net.core.rmem_max` allows; the
      // log says when that is less.
      buffer: '2 MiB',
    },

    {
      path: 'elsewhere',
      // What somebody else multicasts can be told about without being received: players get /streams/elsewhere.sdp, and offers
      // are answered; over HTTP there is nothing.
      type: 'multicast',
      url: 'rtp://239.9.8.7:5004',
      receive: false,
      // What it is. Without these: a transport stream (MP2T, payload type 33). All of it can be taken from its sender's own SDP.
      codec: 'H264',
      payloadType: 96,
      clockRate: 90_000,
      fmtp: 'packetization-mode=1;sprop-parameter-sets=Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==,aO88gA==',
      // How far its sender lets it go; also of groups that are received, where it is told on.
      ttl: 16,
    },

    {
      path: 'desk',
      // 'ffmpeg': whatever FFmpeg opens, copied into a container known here; FFmpeg is run for it.
      type: 'ffmpeg',
      // Its arguments, never seen by a shell: input options, -i and what to open, codecs. What is not named is copied.
      // A single one is what to open: input: ['rtsp://camera.example/stream'].
      input: ['-f', 'x11grab', '-i', ':0.0', '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency'],
      // What FFmpeg writes; 'matroska' unless it says another.
      container: 'matroska',
    },
  ],
});
