// Viewers one by one, who are in workers: each goes by an id that tells in which.

import type { AudienceList } from '../channels/audience.ts';
import type { Member } from './member.ts';

type Members = Iterable<Pick<Member, 'name' | 'ask'>>;

export async function listsOf(members: Members, path: string): Promise<AudienceList[]> {
  const lists = await Promise.all([...members].map((one) => listOf(one, path)));
  return lists.flat();
}

/** None where the worker does not answer, or has no such stream. */
async function listOf({ name, ask }: Pick<Member, 'name' | 'ask'>, path: string): Promise<AudienceList[]> {
  const { list } = await ask({ path });
  return list ? [{ ...list, viewers: list.viewers.map((viewer) => ({ ...viewer, id: `${name}.${viewer.id}` })) }] : [];
}

/** Sends one away; false where there is none of this id. */
export async function dropIn(members: Members, path: string, id: string): Promise<boolean> {
  const one = [...members].find(({ name }) => id.startsWith(`${name}.`));
  const answer = await one?.ask({ path, drop: id.slice(one.name.length + 1) });
  return answer?.isDropped ?? false;
}
