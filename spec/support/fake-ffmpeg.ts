// A program that is found in the place of FFmpeg and does what the name of its input says. It is as rude as real ones can be.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What `-i` may name, beside a `tcp://` address or `pipe:0`, which are copied. */
const SCRIPT = `#!${process.execPath}
const { connect } = require('node:net');
const { writeSync } = require('node:fs');
const args = process.argv.slice(2);
const input = args[args.lastIndexOf('-i') + 1];
const say = (line) => writeSync(2, line + '\\n');
const copy = (from) => {
  from.on('error', (error) => {
    say('[tcp @ 0x1] [error] ' + error.message);
    process.exit(1);
  });
  from.pipe(process.stdout, { end: false });
  from.on('end', () => process.exit(0));
};
// an MP4 that has its index at its end is understood where one can go back alone
const piped = () => {
  const first = process.stdin.read();
  if (first?.includes('mdat')) {
    say('[mov,mp4 @ 0x1] [error] stream 0, offset 0x30: partial file');
    process.exit(1);
  }
  if (first) process.stdout.write(first);
  copy(process.stdin);
};
const modes = {
  // has nothing to open
  unopenable() {
    say('[mov,mp4 @ 0x1] [error] moov atom not found');
    say('[fatal] rtsp://me:secret@camera/x: Invalid data found when processing input');
    say('[error] Error opening input files: Invalid data found when processing input');
    process.exit(1);
  },
  empty() {},
  arguments() {
    writeSync(1, JSON.stringify(args));
  },
  // begins, and then there is nothing
  header() {
    writeSync(1, Buffer.from('1a45dfa3804286', 'hex'));
  },
  // can be written as MP4 alone
  unset() {
    if (args.includes('mp4')) return writeSync(1, 'by way of MP4');
    writeSync(1, Buffer.from('1a45dfa380', 'hex'));
    say('[matroska @ 0x1] [error] Error parsing AAC extradata, unable to determine samplerate.');
    say('[error] Error initializing output stream 0:1 -- ');
    say('[error] ');
    process.exit(1);
  },
  // never stops complaining
  chatty() {
    for (let n = 0; n < 5000; n += 1) say('[x @ 0x1] [warning] ' + 'line '.repeat(n === 4999 ? 1000 : 1) + n);
    writeSync(1, 'bytes');
    writeSync(3, 'frame=250\\nspeed=1.01x\\nprogress=continue\\n');
    setInterval(() => {}, 1000);
  },
  // hears no SIGTERM
  stubborn() {
    process.on('SIGTERM', () => say('[error] not now'));
    writeSync(1, String(process.pid));
    setInterval(() => {}, 1000);
  },
  // comes to a sudden end
  mortal() {
    writeSync(1, 'H\\x04headK\\x01a');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20);
  },
  // waits for somebody who says nothing
  mute() {
    say('[warning] my id is ' + process.pid);
    setInterval(() => {}, 1000);
  },
};
if (/^tcp:/.test(input)) copy(connect(Number(new URL(input).port), new URL(input).hostname));
else if (input === 'pipe:0') process.stdin.once('readable', piped);
else if (modes[input]) modes[input]();
else require('node:fs').createReadStream(input.replace(/^file:/, '')).pipe(process.stdout);
`;

/** Puts it into a folder and that first into the path; what is returned takes it out again. */
export function fakeFfmpeg(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'ffmpeg');
  writeFileSync(file, SCRIPT);
  chmodSync(file, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = [folder, before].join(delimiter);
  return () => void (process.env['PATH'] = before);
}
