/*
 * Writes the files that the jar and the npm package ship, from src/. With --check writes nothing and fails if they
 * differ from what is committed.
 */
import { build } from 'esbuild';
import { minify } from 'terser';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const SHIPPED = new URL('../resources/META-INF/resources/ssebridge/', import.meta.url);
const BANNER = '/*! SSE Bridge, Apache-2.0 */\n';
const LIMIT = 6 * 1024; // bytes, gzipped: what a page pays

/** Properties that only src/ knows, tabs.js apart: they need no name in what is shipped. */
const OWN = /^(goneAway|soft|taken|failed|refused|settle|discard|cross|onEmpty|alive|serves|callback)$/;

const check = process.argv.includes('--check');
const dist = process.argv.includes('--dist') ? new URL('dist/', import.meta.url) : null;
let stale = 0;

for (const [name, format] of [['sse-socket', 'esm'], ['websocket', 'iife'], ['tabs', 'esm']]) {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [new URL(`src/${name}.js`, import.meta.url).pathname],
    bundle: true, format, target: 'es2022', write: false, external: ['./tabs.js'].filter(() => name !== 'tabs'),
    define: { NODE: String(format === 'esm') },
  });
  const { code } = await minify(bundle.text, {
    ecma: 2020, module: format === 'esm', mangle: { keep_classnames: /^SseSocket$/, properties: { regex: OWN } },
    compress: {
      passes: 4, reduce_funcs: false, pure_getters: true, unsafe_arrows: true, unsafe_methods: true,
      keep_classnames: /^SseSocket$/,
    },
  });
  const text = `${BANNER}${code}\n`;
  const size = gzipSync(text, { level: 9 }).length;
  console.log(`${name}.js ${text.length} bytes, ${size} gzipped`);
  if (size >= LIMIT) throw new Error(`${name}.js is over ${LIMIT} bytes gzipped`);
  const file = new URL(`${name}.js`, SHIPPED);
  if (check) {
    if (await readFile(file, 'utf8').catch(() => '') !== text) {
      console.error(`${name}.js is not what src/ makes: run "npm run build"`);
      stale++;
    }
  } else {
    await writeFile(file, text);
  }
}
if (dist) {
  await mkdir(dist, { recursive: true });
  for (const name of ['sse-socket.js', 'websocket.js', 'tabs.js']) {
    await writeFile(new URL(name, dist), await readFile(new URL(name, SHIPPED)));
  }
  await writeFile(new URL('sse-socket.d.ts', dist), await readFile(new URL('src/sse-socket.d.ts', import.meta.url)));
}
process.exit(stale ? 1 : 0);
