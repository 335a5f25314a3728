// Giving up root. It cannot be taken back, so a process of its own does it, where the specs are root.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assume } from '../src/identity.ts';

const isRoot = process.getuid?.() === 0;
const me = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();

it('a user that is not there is told at once', () => {
  expect(() => assume({ user: 'no-such-user' })).toThrow("there is no user 'no-such-user' on this machine");
});

it.skipIf(isRoot)('only root becomes another', () => {
  expect(() => assume({ user: 'root' })).toThrow("only root can become 'root'");
  assume({ user: me })();
});

it.runIf(isRoot)('is for good, with the groups of the other alone', () => {
  const file = new URL('../src/identity.ts', import.meta.url).pathname;
  const code = `
    const { createJiti } = await import('jiti');
    const { assume } = await createJiti('${file}').import('${file}');
    process.setgroups([0, 4]);
    assume({ user: 'nobody', group: 'daemon' })();
    const [real, effective, saved] = /^Uid:\\s+(.*)/m.exec((await import('node:fs')).readFileSync('/proc/self/status', 'utf8'))[1].split('\\t');
    let back = 'refused';
    try { process.setuid(0); back = 'root again'; } catch {}
    console.log(JSON.stringify({ real, effective, saved, gid: process.getgid(), groups: process.getgroups().sort(), back }));
  `;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim();
  const groups = execFileSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).trim().split(' ').map(Number);
  const daemon = Number(/^daemon:[^:]*:(\d+)/m.exec(readFileSync('/etc/group', 'utf8'))?.[1]);
  expect(JSON.parse(said)).toEqual({
    real: nobody,
    effective: nobody,
    saved: nobody,
    gid: daemon,
    groups: [...new Set([...groups, daemon])].toSorted(),
    back: 'refused',
  });
});

it.runIf(isRoot)('fails for a group that is not there', () => {
  const file = new URL('../src/identity.ts', import.meta.url).pathname;
  const code = `const { createJiti } = await import('jiti');
    const { assume } = await createJiti('${file}').import('${file}');
    try { assume({ user: 'nobody', group: 'no-such-group' })(); } catch (error) { console.log(error.message); }`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(said).toContain("the pump cannot become 'nobody' of group 'no-such-group'");
});
