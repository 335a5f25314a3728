// Other people's programs in specs: finding them, and saying which one is missing. Where one is, what needs it is skipped with
// its name; REQUIRE_CLIENTS=1 (as `.ci/run` sets it) makes that a failure, so that nothing is skipped unseen.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test, type TestContext } from 'vitest';

/** What each one is called, and the Debian package that has it. */
const packages = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  vlc: 'vlc-bin vlc-plugin-base',
  mplayer: 'mplayer',
  mpv: 'mpv',
  chromium: 'chromium',
  mkvmerge: 'mkvtoolnix',
  'gst-launch-1.0': 'gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good',
  stunnel4: 'stunnel4',
  Xvfb: 'xvfb',
  nc: 'netcat-openbsd',
  curl: 'curl',
  nginx: 'nginx-light',
  perl: 'perl-base',
  'systemd-analyze': 'systemd',
  'systemd-notify': 'systemd',
  'systemd-socket-activate': 'systemd',
  prometheus: 'prometheus',
  promtool: 'prometheus',
} as const;

export type Program = keyof typeof packages;

/** What a spec may need besides: a network of its own, where groups can be joined and nothing leaves the machine. */
export type Need = Program | 'multicast';

/** Daemons such as stunnel are in folders that users do not have in their PATH. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);

function locate(program: Program): string | undefined {
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where it is. */
export function program(name: Program): string {
  const found = locate(name);
  if (found === undefined) throw new Error(absence(name));
  return found;
}

const absence = (name: Program) => `${name} is not installed (Debian: apt-get install ${packages[name]})`;

/** A group of tests that need these programs. */
export function withPrograms(title: string, needed: readonly Need[], tests: () => void): void {
  const why = whatIsMissing(needed);
  if (why === undefined) return void describe(title, tests);
  if (!mustBeThere(needed)) return void describe.skip(`${title} [skipped: ${why}]`, tests);
  describe(title, () => test('finds the programs that it needs', fail(why)));
}

/** One test of several that run side by side, since each of them watches for a while. */
export function sideBySide(
  title: string,
  needed: readonly Need[],
  body: (context: TestContext) => Promise<void>,
): void {
  const why = whatIsMissing(needed);
  if (why === undefined) return test.concurrent(title, body);
  if (!mustBeThere(needed)) return test.skip(`${title} [skipped: ${why}]`, body);
  test(title, fail(why));
}

/** Programs can be installed; whether a network of one's own may be had is the system's to say. */
const mustBeThere = (needed: readonly Need[]) =>
  process.env['REQUIRE_CLIENTS'] === '1' && !(needed.includes('multicast') && !hasMulticast);

/** `npm test` makes it, where it may. */
const hasMulticast = process.env['OWN_NETWORK'] === '1';

function whatIsMissing(needed: readonly Need[]): string | undefined {
  const missing = needed.flatMap((name) => {
    if (name !== 'multicast') return locate(name) === undefined ? [absence(name)] : [];
    return hasMulticast
      ? []
      : ['multicast is tried in a network of its own: npm test makes one, where the system lets it'];
  });
  return missing.length === 0 ? undefined : missing.join('; ');
}

function fail(why: string): () => never {
  return () => {
    throw new Error(why);
  };
}
