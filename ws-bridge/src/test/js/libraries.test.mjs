/*
 * Libraries that people build on WebSocket, as they are published, in pages whose only change is the one script tag:
 * each does its work, and goes on through a cut that it never hears of.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { echo, startBridge } from './fake-bridge.mjs';
import { after, afterEach, before, beforeEach, describe, launch, need, test, until } from './support.mjs';

const { build } = need('esbuild');
const { makeServer } = need('graphql-ws');
const { buildSchema } = need('graphql');

/** What a bundler makes of a page's script. */
async function bundled(contents) {
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents, resolveDir: new URL('../../main/js/', import.meta.url).pathname },
    bundle: true, write: false, format: 'iife', logLevel: 'error',
  });
  return text;
}

/** As much STOMP 1.2 as a client needs to publish and subscribe. */
const stomp = {
  protocols: ['v12.stomp'],
  message(session, data) {
    if (!data.trim()) return; // a heartbeat
    const [head, body] = `${data}`.replace(/\0$/, '').split('\n\n');
    const [command, ...lines] = head.split('\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(':')));
    if (command === 'CONNECT') session.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0');
    if (command === 'SUBSCRIBE') session.state[headers.destination] = headers.id;
    if (headers.receipt) session.send(`RECEIPT\nreceipt-id:${headers.receipt}\n\n\0`);
    const subscription = session.state[headers.destination];
    if (command === 'SEND' && subscription) {
      session.send(`MESSAGE\nsubscription:${subscription}\nmessage-id:1\ndestination:${headers.destination}\n\n${body}\0`);
    }
  },
};

const ticks = { next: null };
const graphql = makeServer({
  schema: buildSchema('type Query { hello: String } type Subscription { ticks: Int }'),
  roots: {
    query: { hello: () => 'world' },
    subscription: {
      async* ticks() {
        yield { ticks: 1 };
        await new Promise((resolve) => { ticks.next = resolve; });
        yield { ticks: 2 };
      },
    },
  },
});
const graphqlEndpoint = {
  protocols: ['graphql-transport-ws'],
  open(session) {
    session.state.closed = graphql.opened({
      protocol: session.protocol,
      send: async (data) => session.send(data),
      close: (code, reason) => session.close(code, reason),
      onMessage(listener) { session.state.receive = listener; },
    }, {});
  },
  message: (session, data) => session.state.receive(data),
  close: (session, code, reason) => session.state.closed(code, reason),
};

const endpoints = {
  '/echo': echo,
  '/stomp': stomp,
  '/graphql': graphqlEndpoint,
  '/parties/main/lobby': echo,
  '/htmx': { message(session, data) { session.send(`<p id="answer">you said ${JSON.parse(data).text}</p>`); } },
};
const TAG = '<script src="/ssebridge/websocket.js"></script>';
const pages = {
  '/': `<!doctype html><title>t</title>${TAG}<body>`,
  '/htmx-page': `<!doctype html><title>t</title>${TAG}<script src="/node_modules/htmx.org/dist/htmx.js"></script>
    <script src="/node_modules/htmx-ext-ws/ws.js"></script>
    <body><div hx-ext="ws" ws-connect="/htmx"><p id="answer"></p>
    <form ws-send><input name="text"><button>Send</button></form></div>`,
};

let browser, bridge, page;
before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => {
  bridge = await startBridge(endpoints, { pages });
  page = await browser.newPage();
  page.on('pageerror', (error) => console.log('page error:', error));
});
afterEach(async () => {
  assert.equal(bridge.nativeSockets.size, 0, 'nothing went by WebSocket');
  await page.close();
  await bridge.close();
});

/** Runs a script with imports in the page; it leaves what it heard in `said`. */
async function run(script) {
  await page.goto(`${bridge.origin}/`);
  await page.evaluate(() => { globalThis.said = []; });
  await page.addScriptTag({ content: await bundled(script) });
}
const said = () => page.evaluate(() => said);
const untilSaid = (count) => until(async () => (await said()).length >= count, `${count} things said`);
/** Breaks the connection, has the client resume, and shows that the server saw one session all the time. */
async function cut() {
  const before = bridge.requests.length;
  bridge.cut();
  await until(() => bridge.requests.slice(before).some(({ method }) => method === 'GET') && bridge.streams.size === 1);
  assert.equal(bridge.records.filter(([what]) => what === 'open').length, 1, 'one session');
}

describe('libraries on top', { timeout: 60_000 }, () => {
  test('reconnecting-websocket has nothing to reconnect', async () => {
    await run(`
      import ReconnectingWebSocket from 'reconnecting-websocket';
      globalThis.socket = new ReconnectingWebSocket('/echo');
      socket.onopen = () => said.push('open');
      socket.onmessage = ({ data }) => said.push(data);
      socket.onclose = ({ code }) => said.push(code);
      socket.send('sent before it was open');`);
    await untilSaid(2);
    await cut();
    await page.evaluate(() => socket.send('after the cut'));
    await untilSaid(3);
    assert.deepEqual(await said(), ['open', 'sent before it was open', 'after the cut']);
    await page.evaluate(() => socket.close());
    await untilSaid(4);
    assert.equal((await said())[3], 1000);
  });

  test('PartySocket joins its room', async () => {
    await run(`
      import { PartySocket } from 'partysocket';
      globalThis.socket = new PartySocket({ host: location.host, room: 'lobby', id: 'me' });
      socket.addEventListener('open', () => said.push('open'));
      socket.addEventListener('message', ({ data }) => said.push(data));
      socket.send('hello');`);
    await untilSaid(2);
    await cut();
    await page.evaluate(() => socket.send('after the cut'));
    await untilSaid(3);
    assert.deepEqual(await said(), ['open', 'hello', 'after the cut']);
    assert.equal([...bridge.sessions.values()][0].url.search, '?_pk=me');
  });

  test('@stomp/stompjs publishes and subscribes', async () => {
    await run(`
      import { Client } from '@stomp/stompjs';
      globalThis.client = new Client({
        brokerURL: 'ws://' + location.host + '/stomp',
        onConnect() {
          said.push('connected');
          client.subscribe('/topic/news', (message) => said.push(message.body));
          client.publish({ destination: '/topic/news', body: 'first' });
        },
        onWebSocketClose: () => said.push('closed'),
      });
      client.activate();`);
    await untilSaid(2);
    await cut();
    await page.evaluate(() => client.publish({ destination: '/topic/news', body: 'second' }));
    await untilSaid(3);
    assert.deepEqual(await said(), ['connected', 'first', 'second']);
    await page.evaluate(() => client.deactivate());
    await untilSaid(4);
    assert.equal((await said())[3], 'closed');
  });

  test('graphql-ws queries and subscribes', async () => {
    await run(`
      import { createClient } from 'graphql-ws';
      const client = createClient({ url: 'ws://' + location.host + '/graphql', lazy: false, retryAttempts: 0 });
      const sink = (name) => ({ next: ({ data }) => said.push(data), error: (e) => said.push(String(e)), complete: () => said.push(name) });
      client.subscribe({ query: '{ hello }' }, {
        ...sink('query done'),
        complete() {
          said.push('query done');
          client.subscribe({ query: 'subscription { ticks }' }, sink('ticks done'));
        },
      });`);
    await untilSaid(3);
    await cut();
    ticks.next();
    await untilSaid(5);
    assert.deepEqual(await said(), [{ hello: 'world' }, 'query done', { ticks: 1 }, { ticks: 2 }, 'ticks done']);
  });

  test('RxJS webSocket multiplexes', async () => {
    await run(`
      import { webSocket } from 'rxjs/webSocket';
      globalThis.subject = webSocket({
        url: 'ws://' + location.host + '/echo',
        openObserver: { next: () => said.push('open') }, closeObserver: { next: ({ code }) => said.push(code) },
      });
      globalThis.news = subject
        .multiplex(() => ({ subscribe: 'news' }), () => ({ unsubscribe: 'news' }), ({ topic }) => topic === 'news')
        .subscribe(({ text }) => said.push(text));
      subject.next({ topic: 'news', text: 'one' });
      subject.next({ topic: 'weather', text: 'not for us' });`);
    await untilSaid(2);
    await cut();
    await page.evaluate(() => subject.next({ topic: 'news', text: 'two' }));
    await untilSaid(3);
    assert.deepEqual(await said(), ['open', 'one', 'two']);
    await page.evaluate(() => news.unsubscribe());
    await untilSaid(4);
    assert.deepEqual(bridge.records.filter(([what]) => what === 'message').map(([, , data]) => JSON.parse(data)), [
      { subscribe: 'news' }, { topic: 'news', text: 'one' }, { topic: 'weather', text: 'not for us' },
      { topic: 'news', text: 'two' }, { unsubscribe: 'news' }]);
  });

  test("htmx's ws extension swaps what comes and sends forms", async () => {
    await page.goto(`${bridge.origin}/htmx-page`);
    await until(() => bridge.streams.size === 1);
    const say = async (text) => {
      await page.fill('input', text);
      await page.click('button');
      await until(async () => await page.textContent('#answer') === `you said ${text}`);
    };
    await say('hello');
    await cut();
    await say('after the cut');
  });
});

describe('what is shipped', () => {
  test('no file costs a page 6 KB or more, gzipped', async () => {
    const { gzipSync } = await import('node:zlib');
    for (const name of ['sse-socket.js', 'websocket.js']) {
      const file = await readFile(new URL(`../../main/resources/META-INF/resources/ssebridge/${name}`, import.meta.url));
      const size = gzipSync(file, { level: 9 }).length;
      assert.ok(size < 6 * 1024, `${name}: ${size} bytes`);
    }
  });
});
