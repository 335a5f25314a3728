// A viewer of our own on a plain socket, for what no player tells: which frames came in which order, whether the first picture
// can be begun with, and whether times ever ran backwards. It asks and reads as [MS-WMSP] says, and keeps no packet.

import { connect, type Socket } from 'node:net';
import { HEAD_BYTES, letters, PREHEADER_BYTES, readHead } from '../../src/containers/asf/frames.ts';
import { readHeader } from '../../src/containers/asf/objects.ts';
import { type Packet, readPacket } from '../../src/containers/asf/packet.ts';

export interface RawViewer {
  readonly status: number;
  readonly isOver: boolean;
  readonly bytes: number;
  readonly packets: number;
  /** letters of the frames in their order, data packets in a row told once: `H D E C H D`; $E with its reason: `E1` */
  readonly frames: string;
  /** the first payload of the video stream */
  readonly firstVideo: { readonly key: boolean; readonly offset: number } | undefined;
  /** places where a send time, or a stream's presentation time, was before the last one of the same header */
  readonly backwards: readonly string[];
  /** places where the packet number did not grow; it may leave some out */
  readonly misnumbered: readonly string[];
  readonly sendTime: number;
  /** stops or goes on reading from the socket */
  pause(): void;
  resume(): void;
  close(): void;
}

/** `agent`: who it says it is; versions below 9 cannot be told of another header in mid-stream. */
export function watchRaw(host: string, path: string, agent = 'NSPlayer/4.1.0.3856'): RawViewer {
  const [name, port] = host.split(':');
  const socket = connect(Number(port), name);
  const request = [`GET ${path} HTTP/1.0`, 'Accept: */*', `User-Agent: ${agent}`, `Host: ${host}`];
  const pragma = ['Pragma: no-cache,rate=1.000000,request-context=2', 'Pragma: xPlayStrm=1', 'Connection: Close'];
  socket.write(`${[...request, ...pragma].join('\r\n')}\r\n\r\n`);
  return new Reader(socket);
}

class Reader implements RawViewer {
  status = 0;
  isOver = false;
  bytes = 0;
  packets = 0;
  frames = '';
  firstVideo: { key: boolean; offset: number } | undefined;
  backwards: string[] = [];
  misnumbered: string[] = [];
  sendTime = 0;
  readonly #socket: Socket;
  #left: Buffer = Buffer.alloc(0);
  #isBody = false;
  #video: number | undefined;
  readonly #times = new Map<number | 'send', number>();
  #number: number | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // a 'close' follows
    socket.on('close', () => (this.isOver = true));
    socket.on('data', (chunk) => this.#read(chunk));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.bytes += chunk.length;
    let rest = this.#left.length > 0 ? Buffer.concat([this.#left, chunk]) : chunk;
    if (!this.#isBody) {
      const end = rest.indexOf('\r\n\r\n');
      if (end >= 0) {
        this.status = Number(rest.toString('latin1', 0, end).split(' ')[1]);
        this.#isBody = true;
        rest = rest.subarray(end + 4);
      }
    }
    if (this.#isBody && this.status === 200) rest = this.#readFrames(rest);
    this.#left = rest;
  }

  #readFrames(bytes: Buffer): Buffer {
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const head = readHead(bytes, at);
      if (!head)
        throw new Error(`no frame at byte ${this.bytes - bytes.length + at}: ${bytes.toString('hex', at, at + 8)}`);
      const end = at + HEAD_BYTES + head.length;
      if (end > bytes.length) break;
      this.#take(head.letter, bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    return bytes.subarray(at);
  }

  #take(letter: number, body: Buffer): void {
    this.#note(letter === letters.end ? `E${body.readUInt32LE(0)}` : String.fromCharCode(letter));
    if (letter === letters.header) {
      this.#video = readHeader(body.subarray(PREHEADER_BYTES)).keyFrames?.stream;
      this.#times.clear();
    }
    if (letter !== letters.data) return;
    this.packets += 1;
    const number = body.readUInt32LE(0);
    if (this.#number !== undefined && ((number - this.#number) | 0) <= 0) {
      this.misnumbered.push(`packet ${this.packets}: ${this.#number} -> ${number}`);
    }
    this.#number = number;
    const packet = readPacket(body.subarray(PREHEADER_BYTES));
    if (!packet) throw new Error(`frame ${this.packets} holds no packet: ${body.toString('hex', 0, 32)}`);
    this.#check(packet);
  }

  #note(frame: string): void {
    if (frame !== 'D' || !this.frames.endsWith('D')) this.frames += `${this.frames && ' '}${frame}`;
  }

  #check({ sendTime, payloads }: Packet): void {
    this.#later('send', sendTime);
    this.sendTime = sendTime;
    for (const { stream, key, offset, presentationTime } of payloads) {
      if (stream === this.#video) this.firstVideo ??= { key, offset };
      if (presentationTime !== undefined) this.#later(stream, presentationTime);
    }
  }

  #later(clock: number | 'send', timeMs: number): void {
    const before = this.#times.get(clock);
    if (before !== undefined && timeMs < before) {
      this.backwards.push(
        `packet ${this.packets}, ${clock === 'send' ? clock : `stream ${clock}`}: ${before} -> ${timeMs} ms`,
      );
    }
    this.#times.set(clock, timeMs);
  }
}
