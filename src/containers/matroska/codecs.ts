// Codecs by the names that people know them by (Matroska Codec Specifications, RFC 9559's companion), and those of WebM.

const names: Readonly<Record<string, string>> = {
  'V_MPEG4/ISO/AVC': 'H.264',
  'V_MPEGH/ISO/HEVC': 'H.265',
  'V_MPEGI/ISO/VVC': 'H.266',
  V_VP8: 'VP8',
  V_VP9: 'VP9',
  V_AV1: 'AV1',
  V_MPEG1: 'MPEG-1',
  V_MPEG2: 'MPEG-2',
  'V_MPEG4/ISO/SP': 'MPEG-4',
  'V_MPEG4/ISO/ASP': 'MPEG-4',
  'V_MPEG4/ISO/AP': 'MPEG-4',
  'V_MPEG4/MS/V3': 'MS-MPEG4v3',
  V_THEORA: 'Theora',
  V_MJPEG: 'MJPEG',
  V_FFV1: 'FFV1',
  V_PRORES: 'ProRes',
  V_UNCOMPRESSED: 'raw',
  A_OPUS: 'Opus',
  A_VORBIS: 'Vorbis',
  A_AAC: 'AAC',
  A_AC3: 'AC3',
  A_EAC3: 'E-AC3',
  A_DTS: 'DTS',
  A_TRUEHD: 'TrueHD',
  A_FLAC: 'FLAC',
  A_ALAC: 'ALAC',
  'A_MPEG/L1': 'MP1',
  'A_MPEG/L2': 'MP2',
  'A_MPEG/L3': 'MP3',
  A_PCM: 'PCM',
  A_WAVPACK4: 'WavPack',
  A_TTA1: 'TTA',
  'S_TEXT/UTF8': 'SRT',
  'S_TEXT/ASS': 'ASS',
  'S_TEXT/SSA': 'SSA',
  'S_TEXT/WEBVTT': 'WebVTT',
  D_WEBVTT: 'WebVTT',
  S_VOBSUB: 'VobSub',
  'S_HDMV/PGS': 'PGS',
  S_DVBSUB: 'DVB subtitles',
};

/** In a BITMAPINFOHEADER, which is the codec data of V_MS/VFW/FOURCC. */
const FOURCC_AT = 16;
const LONGEST_NAME = 40;

/** What is not in the table is shown as it is written, if that can be printed. */
export function codecOf(codecId: string, codecData: Buffer | undefined): string {
  if (codecId === 'V_MS/VFW/FOURCC') return printed(codecData?.toString('latin1', FOURCC_AT, FOURCC_AT + 4) ?? '');
  if (codecId === 'A_MS/ACM' && codecData && codecData.length >= 2)
    return `0x${codecData.readUInt16LE(0).toString(16).padStart(4, '0')}`;
  // A_AAC/MPEG4/LC, A_PCM/INT/LIT, A_DTS/LOSSLESS and their like differ in what does not matter here.
  const [family = ''] = codecId.split('/', 1);
  return names[codecId] ?? names[family] ?? printed(codecId);
}

function printed(name: string): string {
  const clean = name.replaceAll(/[^\x21-\x7e]/g, '').slice(0, LONGEST_NAME);
  return clean === '' ? 'unknown' : clean;
}

const webm = /^(?:V_VP8|V_VP9|V_AV1|A_VORBIS|A_OPUS|S_TEXT\/WEBVTT|D_WEBVTT\/.*)$/;

/** One that browsers play in WebM. */
export function isOfWebm(codecId: string): boolean {
  return webm.test(codecId);
}
