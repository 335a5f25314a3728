import { expect, test } from 'vitest';
import { judge } from '../../src/config.ts';

test('each old name of a configuration of 2010 is answered with the new one, and with nothing else', () => {
  const old = {
    port: 8080,
    ssl_port: 8443,
    ssl_key: 'a.key',
    sslcert: 'a.crt',
    redirect_404_to: 'http://example.org/',
    streams: [
      { path: 'pushed', type: 'mmsh_push' },
      { path: 'pulled', type: 'mmsh_pull', source_options: { host: '192.0.2.1', port: 7070, path: '/live' } },
      { path: 'other', type: 'mmsh_pull', source_options: { url: 'http://192.0.2.1/x', proxy: { host: 'p' } } },
    ],
  };
  expect(judge(old)).toEqual({
    mistakes: [
      "port: an old name; it is now 'port' in 'http'",
      "redirect_404_to: an old name; it is now 'redirect404To'",
      "ssl_key: an old name; it is now 'key' in 'https'",
      "ssl_port: an old name; it is now 'port' in 'https'",
      "sslcert: an old name; it is now 'cert' in 'https'",
      "streams[0].type: expected 'push', got its old name 'mmsh_push'",
      "streams[1].source_options: an old name; what was in it stands in the stream itself now: url: 'mmsh://192.0.2.1:7070/live'",
      "streams[1].type: expected 'pull', got its old name 'mmsh_pull'",
      "streams[2].source_options: an old name; what was in it stands in the stream itself now: url: 'http://192.0.2.1/x', and its proxy is the configuration's own 'proxy'",
      "streams[2].type: expected 'pull', got its old name 'mmsh_pull'",
    ],
  });
});

test.each([{ source_options: 5 }, { source_options: { host: {} } }, { source_options: null }])(
  'old options of any shape are answered: %j',
  (options) => {
    const judged = judge({ streams: [{ path: 'x', type: 'mmsh_pull', ...options }] });
    expect(judged).toHaveProperty('mistakes.length', 2);
  },
);
