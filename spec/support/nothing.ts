// What has no entry at all. `{}` would do within `toEqual`, but `toMatchObject` takes it for an object of whatever content.

import { expect } from 'vitest';

export const nothing: unknown = expect.toSatisfy((seen: object) => Object.keys(seen).length === 0, 'nothing');
