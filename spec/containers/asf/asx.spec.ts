import { describe, expect, it } from 'vitest';
import { readReference } from '../../../src/containers/asf/asx.ts';

describe('finding the stream that a text refers to', () => {
  it.each([
    ['an ASX file', '<ASX version="3.0"><Entry><Ref href="mms://a/x"/></Entry></ASX>', 'mms://a/x'],
    ['single quotes', "<asx>\n <entry>\n <REF  HREF = 'http://a:8080/x?y=1'>", 'http://a:8080/x?y=1'],
    ['no quotes', '<asx><entry><ref href=http://a/x/></entry>', 'http://a/x/'],
    ['entities', '<ASX><REF HREF="http://a/x?a=1&amp;b=&#50;"/></ASX>', 'http://a/x?a=1&b=2'],
    ['another ASX', '<ASX><ENTRYREF HREF="http://a/b.asx"/></ASX>', 'http://a/b.asx'],
    ['a relative address', '<ASX><REF HREF="/streams/x"/></ASX>', '/streams/x'],
    [
      'links that are none',
      '<ASX><BASE HREF="http://b/"/><MoreInfo href="http://i/"/><REF HREF="mmsh://a/x"/>',
      'mmsh://a/x',
    ],
    [
      'addresses of other protocols before',
      '<ASX><REF HREF="rtsp://a/x"/><REF HREF="mmst://a/x"/><REF HREF="mms://a/y"/>',
      'mms://a/y',
    ],
    ['an entry that is switched off', '<ASX><!-- <REF HREF="mms://off/x"/> --><REF HREF="mms://a/x"/>', 'mms://a/x'],
    [
      'a [Reference] file',
      '[Reference]\r\nRef1=http://a:80/x?MSWMExt=.asf\r\nRef2=http://b/x\r\n',
      'http://a:80/x?MSWMExt=.asf',
    ],
  ])('%s', (_, text, url) => {
    expect(readReference(text)).toBe(url);
  });

  it.each([
    ['', ''],
    ['a page', '<html><a href="http://a/">x</a></html>'],
    ['only other protocols', '<ASX><REF HREF="rtsp://a/x"/></ASX>'],
    ['what must not get into a header', '<ASX><REF HREF="mms://a/x&#13;&#10;Host: b"/></ASX>'],
    ['a comment that never ends', '<ASX><!-- <REF HREF="mms://a/x"/>'],
    ['an empty list', '[Reference]\r\n'],
  ])('none in: %s', (_, text) => {
    expect(readReference(text)).toBeUndefined();
  });

  it('takes no longer for text that is made to be slow', () => {
    const before = performance.now();
    for (const piece of ['<ref ', '<ref href', '<ref href="', '<!--', '[\nref1=', '[\n ', '<ref href = ', '&#1']) {
      readReference(piece.repeat(65_536 / piece.length));
      readReference(`<ref ${piece.repeat(65_536 / piece.length)}`);
    }
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
