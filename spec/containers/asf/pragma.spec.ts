import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientId, readPragmas, writePragma } from '../../../src/containers/asf/pragma.ts';

describe('reading Pragma', () => {
  it('reads several lines of several tokens, names in any case', () => {
    const pragmas = readPragmas(['no-cache,Rate=1.000000, stream-offset=0:0', 'XPlayStrm=1']);
    expect([...pragmas]).toEqual([
      ['no-cache', ''],
      ['rate', '1.000000'],
      ['stream-offset', '0:0'],
      ['xplaystrm', '1'],
    ]);
  });

  it('keeps the commas of a quoted value together', () => {
    const pragmas = readPragmas('no-cache, client-id=3045739465, features="broadcast,playlist", timeout=60000');
    expect(pragmas.get('features')).toBe('broadcast,playlist');
    expect(pragmas.get('timeout')).toBe('60000');
  });

  it('reads a quoted value that never ends to the end of the line', () => {
    expect([...readPragmas(['features="a,b', 'c=1'])]).toEqual([
      ['features', 'a,b'],
      ['c', '1'],
    ]);
  });

  it("takes all of an old player's log line as one value", () => {
    const log = 'log-line=10.0.0.2 2003-01-01 10:00:00 - mms://a/b 0 12 1, xPlayStrm=1,"x,y" 200';
    const pragmas = readPragmas(['no-cache', log, 'client-id=7']);
    expect(pragmas.get('log-line')).toBe(log.slice('log-line='.length));
    expect([...pragmas.keys()]).toEqual(['no-cache', 'log-line', 'client-id']);
  });

  it('keeps the spaces within a selection of streams', () => {
    expect(readPragmas('stream-switch-entry=ffff:1:0 ffff:2:0 ').get('stream-switch-entry')).toBe('ffff:1:0 ffff:2:0');
  });

  it("is not misled by FFmpeg's last line, glued to the next header", () => {
    const pragmas = readPragmas(['stream-time=0', 'no-cache,rate=1.000000,stream-time=0Connection: Close']);
    expect(pragmas.get('stream-time')).toBe('0');
  });

  it('reads as much as a client may send and no more', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `a${index}=1`);
    expect(readPragmas(many).size).toBeLessThanOrEqual(128);
    expect(readPragmas(many.join(',')).size).toBeLessThanOrEqual(128);
    expect(readPragmas(`log-line=${'x'.repeat(100_000)}`).get('log-line')?.length).toBeLessThanOrEqual(4096);
    expect(readPragmas(undefined).size).toBe(0);
  });

  it('never throws and never gives more than it was given, whatever stands there', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'no-cache',
        'xPlayStrm=1',
        'log-line=',
        'stream-switch-entry=',
        '"',
        ',',
        '=',
        ' ',
        '__proto__=1',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const line = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
    const check = (all: string[]) => {
      for (const [name, value] of readPragmas(all)) {
        expect(name).toMatch(/^[^\s,=]+$/);
        expect(all.some((one) => one.includes(value))).toBe(true);
      }
    };
    fc.assert(fc.property(fc.array(line, { maxLength: 20 }), check), { seed: 1, numRuns: 150 });
  });
});

describe('the client id', () => {
  it.each([
    ['1', 1],
    ['3045739465', 3045739465],
    ['4294967295', 4294967295],
    ['007', 7],
  ])('takes %s', (text, id) => {
    expect(readClientId(readPragmas(`client-id=${text}`))).toBe(id);
  });

  it.each(['', '0', '-1', '1.5', '4294967296', '99999999999', '0x10', '1e3', '"1\r\nX: y"', '１'])(
    'takes no id from %j, so that nothing foreign is sent back',
    (text) => {
      expect(readClientId(readPragmas(`client-id=${text}`))).toBeUndefined();
    },
  );
});

describe('writing Pragma', () => {
  it('quotes what has commas, as players expect it', () => {
    const written = writePragma({ 'no-cache': '', 'client-id': 7, features: 'broadcast,playlist', timeout: 60000 });
    expect(written).toBe('no-cache, client-id=7, features="broadcast,playlist", timeout=60000');
  });

  it('writes what it would read', () => {
    const name = fc.stringMatching(/^[a-z][a-z-]{0,12}$/);
    const value = fc.stringMatching(/^[\w ,:.-]{0,20}$/).map((text) => text.trim());
    const check = (pragmas: Record<string, string>) => {
      expect(Object.fromEntries(readPragmas(writePragma(pragmas)))).toEqual({ ...pragmas });
    };
    fc.assert(
      fc.property(
        fc.dictionary(
          name.filter((one) => one !== 'log-line'),
          value,
          { maxKeys: 8 },
        ),
        check,
      ),
      {
        seed: 2,
        numRuns: 200,
      },
    );
  });
});
