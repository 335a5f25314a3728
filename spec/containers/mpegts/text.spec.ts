import { expect, it } from 'vitest';
import { dvbText } from '../../../src/containers/mpegts/text.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

it.each([
  ['plain, as most send it', Buffer.from('Das Erste HD'), 'Das Erste HD'],
  ['accents before their letters', hex('4b c8 6f 6c 6e 20 63 61 66 c2 65 fb'), 'Köln caféß'],
  ['ISO 8859-5', hex('01 c0 de e1 e1 d8 ef'), 'Россия'],
  ['ISO 8859-9', hex('05 54 fc 72 6b'), 'Türk'],
  ['ISO 8859-15', hex('0b 41 a4 42'), 'A€B'],
  ['ISO 8859-1, named in two bytes', hex('10 00 01 c9 74 e9'), 'Été'],
  ['ISO 8859-2, named in two bytes', hex('10 00 02 c8 54'), 'ČT'],
  ['UTF-16', hex('11 00 5a 01 41'), 'ZŁ'],
  ['UTF-8', Buffer.concat([Buffer.of(0x15), Buffer.from('中央电视台 日本')]), '中央电视台 日本'],
  ['emphasis and line breaks', hex('41 86 42 87 8a 43'), 'ABC'],
  ['emphasis in ISO 8859-1', hex('10 00 01 86 41 87'), 'A'],
  ['emphasis in UTF-8', Buffer.concat([Buffer.of(0x15), Buffer.from('\uE086A\uE087')]), 'A'],
  ['a table that never was', hex('10 00 0c 41'), 'A'],
  ['a table of the future', hex('1e 41'), 'A'],
  ['nothing', Buffer.alloc(0), ''],
  ['a table and nothing in it', hex('10 00'), ''],
])('names of stations are read: %s', (_, bytes, text) => {
  expect(dvbText(bytes)).toBe(text);
});

it('no bytes at all make it fail', () => {
  for (let first = 0; first < 256; first++)
    for (const rest of ['', 'ff', '00', '0102', '000c41', 'd8', 'fffefd', 'c1'])
      expect(typeof dvbText(Buffer.concat([Buffer.of(first), hex(rest)]))).toBe('string');
});
