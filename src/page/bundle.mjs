// Makes dist/page out of this folder: one script and one style sheet that come with the page, and what is fetched when it is used
// (the player, the graph). Names hold hashes, so that browsers may keep them for ever. Part of `npm run build`.

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = `${root}src/page/`;
const out = `${root}dist/page/`;
/** Whose code is in the bundle (mpegts.js brings two along): their licences go with it. */
const others = ['mpegts.js', 'es6-promise', 'events', 'uplot'];

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [`${here}main.ts`, `${here}page.css`, `${here}icon.svg`],
  outdir: out,
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  format: 'esm',
  // What Chromium, Firefox and Safari have been able to since 2023.
  target: 'es2022',
  loader: { '.svg': 'copy' },
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
});

const licences = others
  .map((name) => `${name}\n\n${readFileSync(`${root}node_modules/${name}/LICENSE`, 'utf8')}`)
  .join('\n\n');
const licencesName = `licences-${createHash('sha256').update(licences).digest('hex').slice(0, 8)}.txt`;
writeFileSync(out + licencesName, licences);

const built = Object.entries(metafile.outputs);
const nameOf = (entry) =>
  entry === 'licences.txt'
    ? licencesName
    : basename(built.find(([, { entryPoint }]) => entryPoint === `src/page/${entry}`)?.[0] ?? entry);
const page = readFileSync(`${here}index.html`, 'utf8');
writeFileSync(
  `${out}index.html`,
  page.replaceAll(/page\/([\w.]+)/g, (_, entry) => `page/${nameOf(entry)}`),
);
for (const name of readdirSync(out))
  writeFileSync(`${out}${name}.gz`, gzipSync(readFileSync(out + name), { level: 9 }));
