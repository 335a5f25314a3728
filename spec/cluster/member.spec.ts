import { expect, it } from 'vitest';
import { member } from '../../src/cluster/member.ts';

const start: Parameters<typeof member>[0] = {
  number: 1,
  config: { workers: 0, trustProxy: [], streams: [] },
  looks: { level: 'silent', pretty: false },
  self: 'pump-here',
  digestKey: '',
  originMs: 0,
  folder: '',
  inside: '',
};

it('a worker whose process has ended is handed nothing, from the moment on when that is known', async () => {
  // There is no built worker beside the sources, so that the process ends at once.
  const one = member(start, { report: () => {}, goes: () => {} });
  await one.gone;
  expect(one.silence).toBe(Infinity);
});
