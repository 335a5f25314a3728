// A pump that runs out of files, as a process of its own: whoever comes then is hung up on, and only the log can say why.

import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Opens all the files that it may, lets go of them, and does so once more. What is told on stdout is the log. */
const SCRIPT = `
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { createJiti } from 'jiti';
import { runHttp } from './dist/http/server.js';
const { handClock } = await createJiti(process.cwd() + '/').import('./spec/support/clock.ts');
const clock = handClock();
const tell = (_, message) => console.log(message);
const log = { warn: tell, info: (fields, message = fields) => tell(fields, message), debug() {}, isLevelEnabled: () => false };
const listening = new Promise((told) => {
  const stop = new AbortController();
  runHttp({ http: { host: '127.0.0.1', port: 0 }, streams: new Map(), self: 'here', log, clock, told }, stop.signal);
});
const [{ port }] = await listening;
const files = [];
const fill = (most = Infinity) => {
  try {
    while (files.length < most) files.push(openSync('/dev/null'));
  } catch {}
};
const empty = () => files.splice(0).forEach((file) => closeSync(file));
const looks = async (times) => {
  for (let n = 0; n < times; n++) {
    await clock.advance(1000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
const comes = async () => {
  closeSync(files.pop());
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  await once(client, 'close');
  files.push(openSync('/dev/null'));
};
await looks(3);
fill();
await looks(3);
await comes();
console.log('hung up on');
empty();
await looks(3);
fill();
await looks(3);
empty();
await looks(9);
console.log('still too soon');
await looks(3);
fill();
await looks(1);
process.exit();
`;

it('a pump that has no file left for who comes says so once, and once when that is over', () => {
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT];
  const told = execFileSync('sh', ['-c', 'ulimit -n 200; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  expect(told.trim().split('\n').slice(1)).toEqual([
    'no file can be opened: nobody comes in',
    'hung up on',
    'still too soon',
    'files can be opened again',
    'no file can be opened: nobody comes in',
  ]);
});
