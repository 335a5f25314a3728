// `stream-pump cert`: a self-signed certificate and key, where the configuration's `https` looks for them.

import { existsSync } from 'node:fs';
import { PumpError } from '../errors.ts';
import { certificateFiles, makeCertificate, ownHosts, writeCertificate } from '../certificate.ts';
import { command } from './command.ts';

/** More names than anybody has, and a certificate that every client still takes. */
const MOST_HOSTS = 100;
const HOST = /^(?:[\w*-]+(?:\.[\w-]+)*|[\da-f:.]+)$/i;

export const cert = command({
  name: 'cert',
  summary: 'writes a self-signed certificate and key',
  usage: ['[--host HOST …] [--out FOLDER] [--force]'],
  help: `Writes FOLDER/pump.crt and FOLDER/pump.key, good for 825 days. The key can be read by you alone.
Then in the configuration: https: { cert: 'certs/pump.crt', key: 'certs/pump.key' }
A running pump takes new files without a restart. Clients have to be told to trust the certificate, or not to check it.

  stream-pump cert --host tv.example.org --host 192.0.2.7`,
  options: {
    host: {
      type: 'string',
      multiple: true,
      value: 'HOST',
      says: "a name or address that clients use; again for more (default: this machine's own)",
    },
    out: { type: 'string', value: 'FOLDER', says: 'where to write (default: certs)' },
    force: { type: 'boolean', says: 'write over files that are there' },
  },
  takes: { least: 0, most: 0 },
  async run({ values: { host: hosts = ownHosts(), out = 'certs', force = false } }) {
    const wrong = hosts.find((host) => !HOST.test(host) || host.length > 253);
    if (wrong !== undefined)
      throw new PumpError(
        'usage',
        `--host ${wrong}: a host is a name such as tv.example.org or an address such as 192.0.2.7`,
      );
    if (hosts.length > MOST_HOSTS) throw new PumpError('usage', `--host: at most ${MOST_HOSTS}, got ${hosts.length}`);
    const files = certificateFiles(out);
    const there = force ? undefined : Object.values(files).find((file) => existsSync(file));
    if (there !== undefined) throw new PumpError('usage', `${there} is there already; --force writes over it`);
    await writeCertificate(files, await makeCertificate(hosts)).catch((cause: unknown) => {
      throw new PumpError('usage', `cannot write to ${out}`, { cause });
    });
    process.stdout.write(`${files.cert} and ${files.key}: for ${hosts.join(', ')}\n`);
  },
});
