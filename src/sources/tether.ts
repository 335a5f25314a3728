// What a child process is started under so that it does not outlive us, even when we are killed and cannot end it. On Linux the
// kernel does that (prctl(2), PR_SET_PDEATHSIG), asked by `setpriv` of util-linux, which then becomes the child itself. Without
// it FFmpeg ends when it next writes: one whose input is silent never does.

import { execFile } from 'node:child_process';

let known: Promise<readonly string[]> | undefined;

/** The words before the command; none where the system has no such thing. */
export function tether(): Promise<readonly string[]> {
  known ??= look(['setpriv', '--pdeathsig', 'KILL', '--']);
  return known;
}

function look([program = '', ...words]: readonly string[]): Promise<readonly string[]> {
  if (process.platform !== 'linux') return Promise.resolve([]);
  // Small systems have a setpriv that does not know the option.
  return new Promise((resolve) => {
    execFile(program, [...words, 'true'], (error) => resolve(error ? [] : [program, ...words]));
  });
}
