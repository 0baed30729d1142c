/*
 * Follows a stream with a JavaScript client, in Node or in Chromium, and prints each event as a line of JSON:
 *   node follow.mjs <client> <url of the stream> <url of a page of the same origin>
 * Ends when its input does. The clients are development dependencies of ws-bridge/src/main/js.
 */
import { createRequire } from 'node:module';

const [client, url, pageUrl] = process.argv.slice(2);
const need = createRequire(new URL('../../../../../ws-bridge/src/main/js/package.json', import.meta.url));
const TYPES = ['a', 'sse.goaway', 'sse.gap', 'message'];

const report = (type, data) => process.stdout.write(`${JSON.stringify({ type, data })}\n`);
const listen = (source) => TYPES.forEach((each) => source.addEventListener(each, ({ type, data }) => report(type, data)));

/** In a page: scripts are files of packages, `follow` runs there with (url, types, report). */
async function inBrowser(scripts, follow) {
  const browser = await need('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(pageUrl);
  await page.exposeFunction('report', report);
  for (const script of scripts) await page.addScriptTag(script);
  await page.evaluate(follow, [url, TYPES]);
  return () => browser.close();
}

async function bundled(contents) {
  const { outputFiles: [{ text }] } = await need('esbuild').build({
    stdin: { contents, resolveDir: new URL('../../../../../ws-bridge/src/main/js/', import.meta.url).pathname },
    bundle: true, write: false, format: 'iife', logLevel: 'error',
  });
  return { content: text };
}

const clients = {
  eventsource: () => listen(new (need('eventsource').EventSource)(url)),

  undici: () => listen(new (need('undici').EventSource)(url)),

  'event-source-polyfill': () => inBrowser([{ path: need.resolve('event-source-polyfill/src/eventsource.js') }], ([stream, types]) => {
    const source = new EventSourcePolyfill(stream);
    for (const each of types) source.addEventListener(each, ({ type, data }) => report(type, data));
  }),

  'fetch-event-source': async () => inBrowser(
    [await bundled(`import { fetchEventSource } from '@microsoft/fetch-event-source'; globalThis.fetchEventSource = fetchEventSource;`)],
    ([stream]) => {
      fetchEventSource(stream, {
        onmessage: ({ event, data }) => event && report(event, data),
        onclose() { throw new Error('comes back'); }, // as its documentation says; else an end is final
        onerror: () => 50,
        openWhenHidden: true,
      });
    },
  ),

  htmx: () => inBrowser(
    [{ path: need.resolve('htmx.org/dist/htmx.js') }, { path: need.resolve('htmx-ext-sse/sse.js') }],
    ([stream, types]) => {
      const element = document.createElement('div');
      element.setAttribute('hx-ext', 'sse');
      element.setAttribute('sse-connect', stream);
      for (const type of types) {
        const child = document.createElement('p');
        child.setAttribute('sse-swap', type);
        element.append(child);
      }
      document.body.append(element);
      document.body.addEventListener('htmx:sseBeforeMessage', ({ detail }) => report(detail.type, detail.data));
      htmx.process(element);
    },
  ),
};

const close = await clients[client]();
process.stdin.resume();
process.stdin.on('end', async () => {
  await close?.();
  process.exit();
});
