// Where a decoder may begin, told by what is in a picture's PES packet, for streams without the random access indicator: a sequence
// of MPEG video or a group of its pictures (ISO/IEC 13818-2, 6.2.2), parameter sets and IDR of H.264 (ITU-T H.264, 7.4.1) and their
// kin of HEVC (ITU-T H.265, table 7-1).

/** True: here. False: not here. Undefined: what is seen so far may come before either. */
type Verdict = boolean | undefined;

const START_CODE = Buffer.of(0, 0, 1);

const verdicts: Readonly<Record<string, (code: number) => Verdict>> = {
  'MPEG-1 video': mpeg,
  'MPEG-2 video': mpeg,
  'MPEG-4 video': mpeg4,
  'H.264': h264,
  HEVC: hevc,
};

/** `data`: the beginning of what the PES packet carries */
export function begins(codec: string, data: Buffer): Verdict {
  const verdict = verdicts[codec];
  if (!verdict) return false;
  for (let at = data.indexOf(START_CODE); at >= 0; at = data.indexOf(START_CODE, at)) {
    at += START_CODE.length;
    const code = data[at];
    const told = code === undefined ? undefined : verdict(code);
    if (told !== undefined) return told;
  }
  return undefined;
}

/** Sequence header, group of pictures; a picture. */
function mpeg(code: number): Verdict {
  if (code === 0xb3 || code === 0xb8) return true;
  return code === 0x00 ? false : undefined;
}

/** Visual object sequence, video object layer; a group or a picture without them. */
function mpeg4(code: number): Verdict {
  if (code === 0xb0 || (code >= 0x20 && code <= 0x2f)) return true;
  return code === 0xb6 ? false : undefined;
}

/** IDR, sequence parameter set; any other slice. Delimiters, SEI and picture parameter sets come before either. */
function h264(code: number): Verdict {
  const type = code & 0x1f;
  if (type === 5 || type === 7) return true;
  return type >= 1 && type <= 4 ? false : undefined;
}

/** Random access pictures, video and sequence parameter sets; any other slice. */
function hevc(code: number): Verdict {
  const type = (code >> 1) & 0x3f;
  if ((type >= 16 && type <= 21) || type === 32 || type === 33) return true;
  return type <= 9 ? false : undefined;
}
