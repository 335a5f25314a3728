// The tables that say what is in a stream (ISO/IEC 13818-1, 2.4.4.3 to 2.4.4.9): the PAT lists programs, the PMT of each its
// streams. Together, in packets of their own, they are the header that newcomers get.

import { carried, languageOf } from './codecs.ts';
import type { Track } from '../container.ts';
import { PACKET_BYTES, pidOf } from './packet.ts';
import { CRC_BYTES, packets, sectionOf, type Sections, sections } from './sections.ts';

export const PAT_PID = 0;
const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
const PID_BITS = 0x1fff;
const LENGTH_BITS = 0x0fff;
const CURRENT = 0x01;
/** to where entries begin: PAT; PMT, whose descriptors come before them */
const PAT_HEAD_BYTES = 8;
const PMT_HEAD_BYTES = 12;
const PAT_ENTRY_BYTES = 4;
const STREAM_HEAD_BYTES = 5;

export interface Program {
  readonly number: number;
  readonly pcrPid: number;
  readonly tracks: readonly Track[];
}

export interface Tables {
  /** those that were told, in the order of the PAT */
  readonly programs: readonly Program[];
  /** what players have to know: programs, PIDs, codecs. What else tables say may change under way. */
  readonly layout: string;
  readonly header: Buffer;
}

export interface Pat {
  readonly section: Buffer;
  readonly listed: readonly { readonly number: number; readonly pid: number }[];
}

type Pmt = Program & { readonly section: Buffer; readonly pid: number };

export interface Reader {
  isTable(pid: number): boolean;
  /** Takes a packet with a table. Gives the tables when they are whole, and then whenever they became others. */
  take(packet: Buffer): Tables | undefined;
}

/** Programs may be listed that are not on the air: when the tables of others come a second time, no more are waited for. */
export function reader(): Reader {
  let pat: Pat | undefined;
  /** made when the first packet comes: lists may be long, and others each time */
  const collecting = new Map<number, Sections | undefined>([[PAT_PID, sections()]]);
  const pmts = new Map<number, Pmt>();
  let isWhole = false;
  /** they may have become others */
  let isNews = false;
  let layout: string | undefined;

  function takePat(section: Buffer): void {
    const next = readPat(section);
    if (!next) return;
    const before = pat;
    pat = next;
    if (before && listing(before) === listing(next)) return;
    for (const pid of collecting.keys()) if (pid !== PAT_PID) collecting.delete(pid);
    for (const { pid } of next.listed) if (!collecting.has(pid)) collecting.set(pid, undefined);
    pmts.clear();
    isWhole = false;
  }

  function takePmt(section: Buffer, pid: number): void {
    const pmt = readPmt(section, pid);
    if (!pmt || !pat?.listed.some((entry) => entry.number === pmt.number && entry.pid === pid)) return;
    const before = pmts.get(pmt.number);
    pmts.set(pmt.number, pmt);
    isNews ||= !before?.section.equals(pmt.section) || !isWhole;
    isWhole ||= before !== undefined || pmts.size === pat.listed.length;
  }

  return {
    isTable: (pid) => collecting.has(pid),
    take(packet) {
      const pid = pidOf(packet);
      if (!collecting.has(pid)) return undefined;
      const own = collecting.get(pid) ?? sections();
      collecting.set(pid, own);
      for (const section of own.take(packet)) {
        if (pid === PAT_PID) takePat(section);
        else takePmt(section, pid);
      }
      if (!pat || !isWhole || !isNews) return undefined;
      isNews = false;
      const told = tablesOf(pat, pmts);
      if (told.layout === layout) return undefined;
      ({ layout } = told);
      return told;
    },
  };
}

/** A header as the reader gave it. */
export function readHeader(header: Buffer): Omit<Tables, 'header'> {
  const collecting = new Map<number, Sections>();
  let pat: Pat | undefined;
  const pmts = new Map<number, Pmt>();
  for (let at = 0; at + PACKET_BYTES <= header.length; at += PACKET_BYTES) {
    const pid = pidOf(header, at);
    let found = collecting.get(pid);
    if (!found) collecting.set(pid, (found = sections()));
    for (const section of found.take(header.subarray(at, at + PACKET_BYTES))) {
      if (pid === PAT_PID) pat = readPat(section);
      const pmt = readPmt(section, pid);
      if (pmt) pmts.set(pmt.number, pmt);
    }
  }
  return pat ? tablesOf(pat, pmts) : { programs: [], layout: '' };
}

function tablesOf({ section, listed }: Pat, pmts: ReadonlyMap<number, Pmt>): Tables {
  const told = listed.flatMap(({ number }) => pmts.get(number) ?? []);
  return {
    programs: told,
    layout: told.map(layoutOf).join('; '),
    header: Buffer.concat([packets(PAT_PID, section), ...told.map((pmt) => packets(pmt.pid, pmt.section))]),
  };
}

const listing = ({ listed }: Pat) => listed.map(({ number, pid }) => `${number} ${pid}`).join();
/** The same list with one program alone, as a section of its own. */
export function patOf({ section, listed }: Pat, number: number): Buffer {
  const entries = listed.filter((program) => program.number === number);
  const body = Buffer.alloc(entries.length * PAT_ENTRY_BYTES);
  entries.forEach((entry, n) => {
    body.writeUInt16BE(entry.number, n * PAT_ENTRY_BYTES);
    body.writeUInt16BE(0xe000 | entry.pid, n * PAT_ENTRY_BYTES + 2);
  });
  return sectionOf(section.subarray(0, PAT_HEAD_BYTES), body);
}

const layoutOf = ({ number, pid, pcrPid, tracks }: Pmt) =>
  [number, pid, pcrPid, ...tracks.map(({ id, codec }) => `${id} ${codec}`)].join();

/** Lists of more than one section have more programs than any real stream; the first section has to do. */
export function readPat(section: Buffer): Pat | undefined {
  if (!isCurrent(section, PAT_TABLE, PAT_HEAD_BYTES)) return undefined;
  const listed: Pat['listed'][number][] = [];
  for (let at = PAT_HEAD_BYTES; at + PAT_ENTRY_BYTES <= section.length - CRC_BYTES; at += PAT_ENTRY_BYTES) {
    const number = section.readUInt16BE(at);
    // Number zero is the network's own table; nobody lists a program twice.
    if (number !== 0) listed.push({ number, pid: section.readUInt16BE(at + 2) & PID_BITS });
  }
  return { section: Buffer.from(section), listed };
}

export function readPmt(section: Buffer, pid: number): Pmt | undefined {
  if (!isCurrent(section, PMT_TABLE, PMT_HEAD_BYTES)) return undefined;
  const end = section.length - CRC_BYTES;
  const tracks: Track[] = [];
  let at = PMT_HEAD_BYTES + (section.readUInt16BE(10) & LENGTH_BITS);
  while (at + STREAM_HEAD_BYTES <= end) {
    const from = at + STREAM_HEAD_BYTES;
    const until = from + (section.readUInt16BE(at + 3) & LENGTH_BITS);
    const descriptors = section.subarray(from, Math.min(until, end));
    const language = languageOf(descriptors);
    tracks.push({
      id: section.readUInt16BE(at + 1) & PID_BITS,
      ...carried(section.readUInt8(at), descriptors),
      ...(language !== undefined && { language }),
    });
    at = until;
  }
  const pcrPid = section.readUInt16BE(8) & PID_BITS;
  return { section: Buffer.from(section), pid, number: section.readUInt16BE(3), pcrPid, tracks };
}

/** Tables may be sent ahead of their time. */
function isCurrent(section: Buffer, table: number, headBytes: number): boolean {
  return section[6] === 0 && isInForce(section, table, headBytes);
}

/** of any number among those that a table is sent in */
export function isInForce(section: Buffer, table: number, headBytes: number): boolean {
  const isLong = section.length >= headBytes + CRC_BYTES;
  return isLong && section[0] === table && (section.readUInt8(5) & CURRENT) !== 0;
}
