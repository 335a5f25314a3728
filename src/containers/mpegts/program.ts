// One program of a multiplex, as a stream of its own: a PAT that lists it alone (ISO/IEC 13818-1, 2.4.4.3), its PMT, its streams and its
// clock, and of the services' names its own. All other PIDs are left out, programme guides and access to what is scrambled with them.

import { PumpError } from '../../errors.ts';
import type { Choices, Part } from '../container.ts';
import { isBroken, isReserved, NULL_PID, PACKET_BYTES, pidOf, PIDS, setCounter } from './packet.ts';
import { packets, sections } from './sections.ts';
import { SDT_PID, serviceAlone } from './services.ts';
import { PAT_PID, patOf, readPat, readPmt } from './tables.ts';
import { type Units, units } from './units.ts';

/** A PMT comes several times a second: so many packets without one, and the program is not on the air. */
const MOST_WITHOUT_PMT = 65_536;
/** in a mistake's text */
const MOST_LISTED = 20;

/** What is made of the packets that were chosen. */
export function chosen({ program, dropNull = false }: Choices): Units {
  const stream = units();
  if (program !== undefined) return programAlone(program, stream);
  return dropNull ? withoutStuffing(stream) : stream;
}

function withoutStuffing(stream: Units): Units {
  const isStuffing = (packet: Buffer) => pidOf(packet) === NULL_PID && !isBroken(packet);
  return { ...stream, take: (packet, out) => void (isStuffing(packet) || stream.take(packet, out)) };
}

function programAlone(number: number, stream: Units): Units {
  const pat = sections();
  const sdt = sections();
  let pmt = sections();
  let pmtPid: number | undefined;
  const passes = new Uint8Array(PIDS);
  const counters = new Map<number, number>();
  let withoutPmt = 0;

  function take(packet: Buffer, out: Part[]): void {
    // A broken packet's PID is not sure; that it came is to be counted.
    if (isBroken(packet) || isReserved(packet)) return stream.take(packet, out);
    const pid = pidOf(packet);
    if (pid === PAT_PID) for (const section of pat.take(packet)) takePat(section, out);
    else if (pid === SDT_PID) for (const section of sdt.take(packet)) write(pid, serviceAlone(section, number), out);
    else if (pid === pmtPid) takePmt(packet, out);
    else if (passes[pid] !== 0) stream.take(packet, out);
    if (pmtPid !== undefined && ++withoutPmt > MOST_WITHOUT_PMT) throw silent(number);
  }

  function takePat(section: Buffer, out: Part[]): void {
    const told = readPat(section);
    if (!told) return;
    const entry = told.listed.find((listed) => listed.number === number);
    if (!entry) throw absent(number, told.listed);
    if (entry.pid !== pmtPid) {
      pmtPid = entry.pid;
      pmt = sections();
      passes.fill(0);
    }
    write(PAT_PID, patOf(told, number), out);
  }

  function takePmt(packet: Buffer, out: Part[]): void {
    for (const section of pmt.take(packet)) {
      const told = readPmt(section, pidOf(packet));
      if (told?.number !== number) continue;
      passes.fill(0);
      for (const { id } of told.tracks) passes[id] = 1;
      passes[told.pcrPid] = 1;
      passes[NULL_PID] = 0; // the PCR PID of a program without a clock
      withoutPmt = 0;
    }
    stream.take(packet, out);
  }

  function write(pid: number, section: Buffer | undefined, out: Part[]): void {
    const whole = section ? packets(pid, section) : Buffer.alloc(0);
    for (let at = 0; at < whole.length; at += PACKET_BYTES) {
      const counter = (counters.get(pid) ?? -1) + 1;
      counters.set(pid, counter & 0x0f);
      setCounter(whole, at, counter);
      stream.take(whole.subarray(at, at + PACKET_BYTES), out);
    }
  }

  return { ...stream, take };
}

function absent(number: number, listed: readonly { readonly number: number }[]): PumpError {
  const there = listed.slice(0, MOST_LISTED).map((program) => program.number);
  const more = listed.length > there.length ? ` and ${listed.length - there.length} more` : '';
  const told = there.length === 0 ? 'no program' : `programs ${there.join(', ')}${more}`;
  return new PumpError('malformed', `program ${number} is not in this stream, which has ${told}`);
}

function silent(number: number): PumpError {
  return new PumpError('malformed', `program ${number} is listed in this stream, but nothing of it comes (no PMT)`);
}
