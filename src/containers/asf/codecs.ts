// Codecs by the names that people know them by: the registered WAVE format tags and four-character codes. And what the first
// bits of a picture tell: its type.

const wave: Readonly<Record<number, string>> = {
  0x0001: 'PCM',
  0x000a: 'WMA Voice',
  0x0050: 'MP2',
  0x0055: 'MP3',
  0x00ff: 'AAC',
  0x0160: 'WMA1',
  0x0161: 'WMA2',
  0x0162: 'WMA Pro',
  0x0163: 'WMA Lossless',
  0x1610: 'AAC',
  0x2000: 'AC3',
};

export function audioCodec(tag: number): string {
  return wave[tag] ?? `0x${tag.toString(16).padStart(4, '0')}`;
}

/** The code itself, given in hexadecimal, is the name ('WMV3', 'WVC1'); one that cannot be printed is shown as it is. */
export function videoCodec(fourcc: string): string {
  const printed = Buffer.from(fourcc, 'hex').toString('latin1').trimEnd();
  return /^[\x21-\x7e]+$/.test(printed) ? printed : `0x${fourcc}`;
}

/** Of a picture's first byte, the bits that are zero in key frames alone; none for codecs that tell it elsewhere. */
export function keyFrameZeroBits(codec: string): number {
  if (codec === 'WMV2') return 0x80;
  return ['WMV1', 'MP42', 'MP43', 'DIV3'].includes(codec) ? 0xc0 : 0;
}
