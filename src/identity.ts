// Giving up root: a pump that is started as root to listen on a port below 1024 goes on as somebody else. For good: of the three user
// ids of a process all are changed (setuid(2)), and groups before the user, since afterwards nobody may change them.

import { execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants } from 'node:fs';
import { PumpError } from './errors.ts';

export interface Identity {
  readonly user: string;
  /** without it: the user's own */
  readonly group?: string;
}

export interface Other {
  /** hands a file over that the pump has made as root, and wants to read later */
  give(file: string): void;
  become(): void;
}

/** Throws where it cannot be done; what it returns does it. */
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

/** Those of these files that whoever we are now may not read. */
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

/** From wherever the system knows its users, which are not only those in /etc/passwd. */
function idsOf(which: '-u' | '-g' | '-G', user: string): number[] {
  try {
    const said = execFileSync('id', [which, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return said.trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}
