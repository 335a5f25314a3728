// Makes dist/page out of this folder: one script and one style sheet that come with the page, and what is fetched when it is used
// (the player, the graph). Names hold hashes, so that browsers may keep them for ever. Part of `npm run build`.

import { build } from 'esbuild';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = `${root}src/page/`;
const out = `${root}dist/page/`;
/** Whose code is in the bundle: their licences go along. */
const others = ['mpegts.js', 'uplot'];

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

const built = Object.entries(metafile.outputs);
const nameOf = (entry) => basename(built.find(([, { entryPoint }]) => entryPoint === `src/page/${entry}`)?.[0] ?? entry);
const page = readFileSync(`${here}index.html`, 'utf8');
writeFileSync(
  `${out}index.html`,
  page.replaceAll(/page\/([\w.]+)/g, (_, entry) => `page/${nameOf(entry)}`),
);
const licences = others.map((name) => `${name}\n\n${readFileSync(`${root}node_modules/${name}/LICENSE`, 'utf8')}`);
writeFileSync(`${out}licences.txt`, licences.join('\n\n'));
for (const name of readdirSync(out)) writeFileSync(`${out}${name}.gz`, gzipSync(readFileSync(out + name), { level: 9 }));
