// Runs a command in a network of its own, which has a loopback with multicast and nothing else: what specs send cannot leave the
// machine, and their groups are nobody else's. Where the system does not allow that (or is no Linux) the command runs as it
// is; specs that need multicast then say so and are skipped.
//
//   node spec/alone.mjs vitest run

import { spawn, spawnSync } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const NETWORK =
  'ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo src 127.0.0.1 && ip -6 route add local ff00::/8 dev lo';
const binaries = resolve('node_modules/.bin');
const env = { ...process.env, PATH: [binaries, '/usr/sbin', '/sbin', process.env.PATH].join(delimiter) };

/** Everybody but root needs to be root of a user namespace for it, and is himself again in one within that. */
function inside(line) {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  if (uid === undefined) return undefined;
  const then = uid === 0 ? 'exec "$@"' : `exec unshare --user --map-user=${uid} --map-group=${gid} "$@"`;
  return [uid === 0 ? '--net' : '-rn', 'sh', '-c', `${NETWORK} && ${then}`, 'sh', ...line];
}

const line = process.argv.slice(2);
const isAllowed = inside(['true']) !== undefined && spawnSync('unshare', inside(['true']), { env }).status === 0;
const [command, args] = isAllowed ? ['unshare', inside(line)] : [line[0], line.slice(1)];
const options = { stdio: 'inherit', env: { ...env, ...(isAllowed && { OWN_NETWORK: '1' }) } };
const child = spawn(command, args, { ...options, shell: process.platform === 'win32' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => (process.exitCode = code ?? (signal ? 1 : 0)));
