// What FFmpeg says on stderr and of its progress, folded into our log: counted and cut, a line a second at the most. The last
// errors are the reason when it fails.

import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { tally, withoutCredentials } from '../log.ts';

/** `[mov,mp4 @ 0x55d0] [error] moov atom not found`, because of `-loglevel level`; its libraries may say a word without. */
const SAID = /^(?:\[[^\]]* @ [^\]]*\] )*(?:\[(\w+)\](?: |$))?(.*)$/;
/** What it says at the end of every failure, and of every line that comes twice. */
const EMPTY_WORDS =
  /^(Conversion failed!|Error (opening (in|out)put files?|initializing output stream)\b|Exiting normally|Last message repeated)/;
/** The last but one often is the better of the two. */
const REASONS = 2;
const URLS = /[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi;

export interface Complaints {
  hear(line: string): void;
  /** what it complained of last; empty where it did not */
  readonly reason: string;
}

export function complaints(log: Logger, clock: Clock): Complaints {
  const warns = tally(log, 'ffmpeg warns', clock, 'info');
  const fails = tally(log, 'ffmpeg complains', clock, 'warn');
  let reasons: string[] = [];
  return {
    hear(line) {
      const [, level, words = ''] = SAID.exec(line) ?? [];
      const said = words.replaceAll(URLS, withoutCredentials).trim();
      if (said === '' || EMPTY_WORDS.test(said)) return;
      if (level === 'warning') return warns({ said });
      fails({ said });
      reasons = [...reasons.filter((one) => one !== said), said].slice(-REASONS);
    },
    get reason() {
      return reasons.join('; ');
    },
  };
}

const REPORT_MS = 10_000;

/** Takes the lines of `-progress`: names and values, a block of them twice a second. */
export function reports(log: Logger, clock: Clock): (line: string) => void {
  let toldAtMs = clock.now();
  let facts: Record<string, string> = {};
  return (line) => {
    const [name = '', value = ''] = line.split('=', 2);
    if (/^(speed|frame|drop_frames|dup_frames)$/.test(name)) facts[name] = value.trim();
    if (name !== 'progress' || clock.now() - toldAtMs < REPORT_MS) return;
    toldAtMs = clock.now();
    log.debug(facts, 'ffmpeg goes on');
    facts = {};
  };
}
