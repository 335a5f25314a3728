// Transport streams for specs, written as they would be told: `ts().tables().key(0).picture(40).sound(40).bytes`.

import { PACKET, type PacketFields, packet, pes, section } from './ts-packet.ts';

export interface StreamShape {
  readonly type: number;
  readonly pid: number;
  readonly descriptors?: Buffer;
}

export interface ProgramShape {
  readonly number: number;
  readonly pmtPid: number;
  readonly pcrPid: number;
  readonly streams: readonly StreamShape[];
}

export const VIDEO = 0x100;
export const AUDIO = 0x101;
export const PMT = 0x1000;

export const film: ProgramShape = {
  number: 1,
  pmtPid: PMT,
  pcrPid: VIDEO,
  streams: [
    { type: 0x1b, pid: VIDEO },
    { type: 0x0f, pid: AUDIO, descriptors: language('deu') },
  ],
};
export const radio: ProgramShape = {
  number: 1,
  pmtPid: PMT,
  pcrPid: AUDIO,
  streams: [{ type: 0x03, pid: AUDIO }],
};

export function language(code: string): Buffer {
  return Buffer.from([0x0a, 4, ...Buffer.from(code), 0]);
}

/** Beginnings of pictures: access unit delimiter and parameter set, delimiter and slice. */
export const idr = Buffer.from('0000000109f0000000016764001e', 'hex');
export const slice = Buffer.from('0000000109f000000001419a', 'hex');

/** When pictures are shown, later than their clock reference. */
const LEAD_MS = 500;

type Picture = PacketFields & {
  readonly es: Buffer;
  readonly bytes: number;
  /** decoded so long after its clock reference, and shown so long after that */
  readonly leadMs: number;
  readonly shownMs: number;
};

interface Shape {
  readonly programs?: readonly ProgramShape[];
  readonly version?: number;
  /** what counters begin with */
  readonly counter?: number;
  /** what is added to all times, in ticks */
  readonly beginTicks?: number;
}

export class Ts {
  readonly #programs: readonly ProgramShape[];
  readonly #version: number;
  readonly #begin: number;
  readonly #counter: number;
  readonly #counters = new Map<number, number>();
  readonly #packets: Buffer[] = [];

  constructor({ programs = [film], version = 0, counter = 0, beginTicks = 0 }: Shape) {
    this.#programs = programs;
    this.#version = version;
    this.#counter = counter;
    this.#begin = beginTicks;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#packets);
  }

  get packets(): readonly Buffer[] {
    return this.#packets;
  }

  /** Anything, counted by itself unless it says otherwise. */
  packet(fields: PacketFields): this {
    const last = this.#counters.get(fields.pid) ?? this.#counter - 1;
    const counter = fields.counter ?? (fields.payload ? last + 1 : last) & 0x0f;
    this.#counters.set(fields.pid, counter);
    this.#packets.push(packet({ ...fields, counter }));
    return this;
  }

  raw(bytes: Buffer): this {
    this.#packets.push(bytes);
    return this;
  }

  stuffing(): this {
    return this.raw(packet({ pid: 0x1fff, payload: Buffer.alloc(PACKET - 4, 0xff) }));
  }

  tables(): this {
    this.pat();
    for (const program of this.#programs) this.pmt(program);
    return this;
  }

  pat(): this {
    const entries = this.#programs.flatMap(({ number, pmtPid }) => [u16(number), u16(0xe000 | pmtPid)]);
    return this.section(0, section(0, 1, this.#version, Buffer.concat(entries)));
  }

  pmt(program: ProgramShape): this {
    return this.section(program.pmtPid, pmt(program, this.#version));
  }

  /** Services by name (EN 300 468, 5.2.3); names as bytes where they are not plain. */
  sdt(names: Readonly<Record<number, string | Buffer>>, provider = ''): this {
    const entries = Object.entries(names).map(([number, name]) => {
      const texts = [Buffer.from(provider, 'latin1'), Buffer.from(name)].flatMap((text) => [
        Buffer.of(text.length),
        text,
      ]);
      const body = Buffer.concat([Buffer.of(1), ...texts]);
      return Buffer.concat([
        u16(Number(number)),
        Buffer.of(0xfc),
        u16(0x8000 | (body.length + 2)),
        Buffer.of(0x48, body.length),
        body,
      ]);
    });
    return this.section(0x11, section(0x42, 1, this.#version, Buffer.concat([u16(1), Buffer.of(0xff), ...entries])));
  }

  /** Over as many packets as it takes. */
  section(pid: number, whole: Buffer): this {
    return this.#spread(pid, Buffer.concat([Buffer.of(0), whole]), {}, 0xff);
  }

  key(ms: number, more: Partial<Picture> = {}): this {
    return this.#picture(ms, { randomAccess: true, es: idr, ...more });
  }

  picture(ms: number, more: Partial<Picture> = {}): this {
    return this.#picture(ms, { es: slice, ...more });
  }

  #picture(ms: number, more: Partial<Picture> & { es: Buffer }): this {
    const { es, bytes = 500, pid = VIDEO, leadMs = LEAD_MS, shownMs = 80, ...fields } = more;
    const data = Buffer.alloc(Math.max(bytes, es.length), 0x55);
    es.copy(data);
    const at = this.ticks(ms);
    const dts = this.ticks(ms + leadMs);
    const whole = pes({ streamId: 0xe0, pts: this.ticks(ms + leadMs + shownMs), dts, data });
    return this.#spread(pid, whole, { pcr: at, ...fields });
  }

  sound(ms: number, { pid = AUDIO, bytes = 200, ...fields }: Partial<PacketFields> & { bytes?: number } = {}): this {
    const whole = pes({
      streamId: 0xc0,
      pts: this.ticks(ms + LEAD_MS),
      data: Buffer.alloc(bytes, 0x33),
      bounded: true,
    });
    return this.#spread(pid, whole, { randomAccess: true, ...fields });
  }

  /** A second of it, with sound. */
  second(fromMs: number, framesPerSecond = 5): this {
    for (let n = 0; n < framesPerSecond; n++) {
      const ms = fromMs + (1000 / framesPerSecond) * n;
      if (n === 0) this.key(ms);
      else this.picture(ms);
      this.sound(ms);
    }
    return this;
  }

  ticks(ms: number): number {
    return (this.#begin + 90 * ms) % 2 ** 33;
  }

  /** The first packet with these fields, the others with none. */
  #spread(pid: number, whole: Buffer, fields: Partial<PacketFields>, stuffing?: number): this {
    const first = PACKET - 4 - (fields.pcr === undefined ? (fields.randomAccess ? 2 : 0) : 8) - (fields.opcr ? 6 : 0);
    for (let at = 0; at < whole.length; ) {
      const end = at === 0 ? first : at + PACKET - 4;
      const piece = whole.subarray(at, end);
      const payload =
        stuffing === undefined ? piece : Buffer.concat([piece, Buffer.alloc(PACKET - 4 - piece.length, stuffing)]);
      this.packet({ ...(at === 0 ? fields : {}), pid, payload, start: at === 0 });
      at = end;
    }
    return this;
  }
}

export function ts(shape: Shape = {}): Ts {
  return new Ts(shape);
}

export function pmt({ number, pcrPid, streams }: ProgramShape, version = 0): Buffer {
  const body = streams.map(({ type, pid, descriptors = Buffer.alloc(0) }) =>
    Buffer.concat([Buffer.of(type), u16(0xe000 | pid), u16(0xf000 | descriptors.length), descriptors]),
  );
  return section(2, number, version, Buffer.concat([u16(0xe000 | pcrPid), u16(0xf000), ...body]));
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
