// The folder of the primary's socket, which nobody else may enter. One whose processes were all killed at once is left behind; the
// next pump that is started there takes it away.

import { lstat, mkdtemp, readdir, rmdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PumpError, explain } from '../errors.ts';

const NAME = 'stream-pump-';
const SOCKET = 'inside.sock';
/** Of a Unix socket's path, on the strictest system (macOS). Node cuts longer ones off, and the socket would be somewhere else. */
const MOST_PATH_BYTES = 103;
/** Nobody waits longer for an old one to be looked at than for a few of them. */
const MOST_LOOKED_AT = 20;

export interface Folder {
  readonly path: string;
  /** where the socket is to be */
  readonly inside: string;
}

export async function openFolder(): Promise<Folder> {
  const place = tmpdir();
  await sweep(place);
  const path = await mkdtemp(join(place, NAME)).catch((cause: unknown) => {
    throw new PumpError('usage', `workers need a folder in ${place} (${explain(cause)}): let TMPDIR name another`, {
      cause,
    });
  });
  const inside = join(path, SOCKET);
  if (Buffer.byteLength(inside) <= MOST_PATH_BYTES) return { path, inside };
  await rmdir(path);
  throw new PumpError('usage', `${inside} is too long for a socket: let TMPDIR name a folder with a shorter path`);
}

/** Only what nobody listens in: other pumps are there as well. Nothing below is touched, and what cannot be taken away stays: everybody
 *  may write to this place. */
async function sweep(place: string): Promise<void> {
  const names = await readdir(place).catch(() => []);
  const folders = names.filter((name) => name.startsWith(NAME)).map((name) => join(place, name));
  for (const folder of folders.slice(0, MOST_LOOKED_AT))
    if (await isDead(join(folder, SOCKET)))
      await unlink(join(folder, SOCKET))
        .then(() => rmdir(folder))
        .catch(() => {});
}

/** A socket that nobody listens at any more refuses; one that is not there, or not ours to see, says something else. */
async function isDead(path: string): Promise<boolean> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  if (!isSocket) return false;
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
