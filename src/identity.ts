// Giving up root: a pump that is started as root, to listen on a port below 1024, goes on as another user. For good: all three user ids
// of the process are changed (setuid(2)). Groups come first, since only root may change them.

import { execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants } from 'node:fs';
import { PumpError } from './errors.ts';

export interface Identity {
  readonly user: string;
  /** without it: the user's own */
  readonly group?: string;
}

export interface Other {
  /** makes the other user the owner of a file that the pump has written as root and will read again later */
  give(file: string): void;
  become(): void;
}

/** Throws where this process cannot become that user. Nothing is changed before `become` is called. */
export function another({ user, group }: Identity): Other {
  const { getuid, setgroups, setgid, setuid } = process;
  if (!getuid || !setgroups || !setgid || !setuid)
    throw new PumpError('usage', `'user' is not there on this system: leave it out`);
  const [uid] = idsOf('-u', user);
  const [own] = idsOf('-g', user);
  if (uid === undefined || own === undefined)
    throw new PumpError('usage', `there is no user '${user}' on this machine: make it, or name another as 'user'`);
  // As under `User=` of a unit, with the same configuration.
  if (getuid() === uid && uid !== 0) return { give: () => undefined, become: () => undefined };
  if (getuid() !== 0)
    throw new PumpError('usage', `only root can become '${user}': start the pump as root, or leave 'user' out`);
  // What initgroups(3) does.
  const groups = idsOf('-G', user);
  return {
    give: (file) => chownSync(file, uid, own),
    become() {
      try {
        setgroups(groups);
        setgid(group ?? own);
        setuid(uid);
      } catch (cause) {
        const whom = group === undefined ? `'${user}'` : `'${user}' of group '${group}'`;
        throw new PumpError('usage', `the pump cannot become ${whom}: name a user and a group that there are`, {
          cause,
        });
      }
    },
  };
}

/** Which of these files the present user may not read. */
export function unreadable(files: readonly string[]): string[] {
  return files.filter((file) => {
    try {
      accessSync(file, constants.R_OK);
      return false;
    } catch {
      return true;
    }
  });
}

/** Asks `id`, since a system may know users who are not in /etc/passwd. */
function idsOf(which: '-u' | '-g' | '-G', user: string): number[] {
  try {
    const said = execFileSync('id', [which, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return said.trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}
