import { expect, it } from 'vitest';
import { judge } from '../../src/config.ts';

const judged = (relay: unknown) => judge({ streams: [{ path: 'x', type: 'push' }], relay });

it('a relay is told its groups alone; all else has a usual value', () => {
  expect(judged({ groups: ['239.0.0.0/8', 'ff15::/16', '232.1.1.1'] })).toMatchObject({
    config: {
      relay: {
        groups: ['239.0.0.0/8', 'ff15::/16', '232.1.1.1'],
        timeoutMs: 2000,
        contentType: 'video/mp2t',
        allowOrigin: '*',
        watch: {},
        groupsAtOnce: 100,
        limits: { graceMs: 30_000 },
      },
    },
  });
  expect(judged({})).toMatchObject({
    mistakes: [expect.stringMatching(/^relay\.groups: expected a list of multicast/)],
  });
});

it.each([
  '10.0.0.0/8',
  '0.0.0.0/0',
  '224.0.0.0/3',
  '239.0.0.0/33',
  '239.0.0.0/',
  '239.0.0.0/8/8',
  'ff00::/7',
  '::/0',
  '2001:db8::/32',
  '223.255.255.255',
  'localhost',
  'x',
])('what is not multicast as a whole is no group to relay: %s', (range) => {
  expect(judged({ groups: [range] })).toMatchObject({
    mistakes: [expect.stringMatching(/^relay\.groups\[0\]: expected/)],
  });
});

it.each(['example.org', 'https://example.org/', 'https://Example.org', '', 'file:///x'])(
  'pages of %j would never be let in, as no browser calls its origin so',
  (allowOrigin) => {
    expect(judged({ groups: ['239.0.0.0/8'], allowOrigin })).toEqual({
      mistakes: [
        expect.stringContaining("relay.allowOrigin: expected '*' or an origin such as 'https://example.org', got"),
      ],
    });
  },
);
