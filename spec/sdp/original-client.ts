// The client of the first gateway of this kind, in few lines: what it posts, and all that it reads of an answer. It takes the last
// `c=IN IP4` line and of that what follows the last space, and the port of `m=video`.

export const originalOffer = (): string =>
  [
    'v=0',
    'o=- 1234567890 1234567890 IN IP4 239.0.0.1',
    's=RTP Multicast Client',
    'c=IN IP4 239.0.0.1',
    't=0 0',
    'm=video 5004 RTP/AVP 96',
    'a=recvonly',
    'a=rtpmap:96 H264/90000',
    '',
  ].join('\r\n');

export interface Understood {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

export function readAsOriginal(answer: string): Understood {
  let address: string | undefined;
  let port: number | undefined;
  for (const line of answer.split(/\r?\n/)) {
    if (line.startsWith('c=IN IP4')) address = line.split(' ').at(-1);
    else if (line.startsWith('m=video')) port = Number(line.split(' ')[1]);
  }
  return { address, port };
}
