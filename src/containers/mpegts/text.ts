// Names as DVB writes them (ETSI EN 300 468, annex A): the first byte says in which character table, and none says in the one of
// ISO/IEC 6937, whose accents come before their letters. Many broadcasters mean plain ASCII by that.

/** by the first byte; ISO/IEC 8859-12 never was one */
const tables: Readonly<Record<number, string>> = {
  0x01: 'iso-8859-5',
  0x02: 'iso-8859-6',
  0x03: 'iso-8859-7',
  0x04: 'iso-8859-8',
  0x05: 'iso-8859-9',
  0x06: 'iso-8859-10',
  0x07: 'iso-8859-11',
  0x09: 'iso-8859-13',
  0x0a: 'iso-8859-14',
  0x0b: 'iso-8859-15',
  0x11: 'utf-16be',
  0x12: 'euc-kr',
  0x13: 'gb18030',
  0x14: 'big5',
  0x15: 'utf-8',
};
/** The part of ISO/IEC 8859 follows in two bytes. */
const ANY_8859 = 0x10;
const LAST_TABLE = 0x1f;
const parts8859: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15];

/** from 0xc1 on: accents that belong to the letter behind them; those that there are not are left out */
const accents = [
  '\u0300',
  '\u0301',
  '\u0302',
  '\u0303',
  '\u0304',
  '\u0306',
  '\u0307',
  '\u0308',
  '',
  '\u030a',
  '\u0327',
  '',
  '\u030b',
  '\u0328',
  '\u030c',
];
const FIRST_ACCENT = 0xc1;
/** of the rest of ISO/IEC 6937 what names of stations have */
const letters: Readonly<Record<number, string>> = {
  0xa0: ' ',
  0xa1: '¡',
  0xa3: '£',
  0xa4: '€',
  0xa7: '§',
  0xab: '«',
  0xb0: '°',
  0xb2: '²',
  0xb3: '³',
  0xb7: '·',
  0xbb: '»',
  0xbf: '¿',
  0xe1: 'Æ',
  0xe2: 'Đ',
  0xe8: 'Ł',
  0xe9: 'Ø',
  0xea: 'Œ',
  0xf1: 'æ',
  0xf2: 'đ',
  0xf5: 'ı',
  0xf8: 'ł',
  0xf9: 'ø',
  0xfa: 'œ',
  0xfb: 'ß',
};

/** Control characters, those of emphasis (0x86, 0x87, in Unicode U+E086, U+E087) and line breaks have no place in a name. */
const UNSEEN = /[\p{Cc}\uE080-\uE09F\uFFFD]/gu;

export function dvbText(bytes: Buffer): string {
  return decoded(bytes).replaceAll(UNSEEN, '').trim().normalize('NFC');
}

function decoded(bytes: Buffer): string {
  const first = bytes[0] ?? 0;
  if (first > LAST_TABLE) return from6937(bytes);
  if (first === ANY_8859 && bytes.length > 3) return from8859(bytes.readUInt16BE(1), bytes.subarray(3));
  const table = tables[first];
  return table === undefined ? from6937(bytes.subarray(1)) : decode(table, bytes.subarray(1));
}

function from8859(part: number, bytes: Buffer): string {
  return parts8859.includes(part) ? decode(`iso-8859-${part}`, bytes) : from6937(bytes);
}

/** What WHATWG has as the windows page of the same letters has quotes where DVB has control codes. */
function decode(table: string, bytes: Buffer): string {
  const isSingle = table.startsWith('iso-8859');
  return new TextDecoder(table).decode(isSingle ? bytes.filter((byte) => byte < 0x80 || byte >= 0xa0) : bytes);
}

function from6937(bytes: Buffer): string {
  let text = '';
  let accent = '';
  for (const byte of bytes) {
    const found = accents[byte - FIRST_ACCENT];
    if (found !== undefined) {
      accent = found;
      continue;
    }
    text += (byte < 0x80 ? String.fromCharCode(byte) : (letters[byte] ?? '')) + accent;
    accent = '';
  }
  return text;
}
