/* What only a browser has: EventSource, pages that are left and come back, networks that go, tabs, workers. */
import assert from 'node:assert/strict';
import { echo, startBridge } from './fake-bridge.mjs';
import { after, afterEach, before, beforeEach, describe, launch, test, until } from './support.mjs';

const HEARTBEAT = 300;
const PAGE = '<!doctype html><title>t</title><body>';
const pages = {
  '/': PAGE, '/elsewhere': PAGE, '/classic': `${PAGE}<script src="/ssebridge/websocket.js"></script>`,
  '/classic-some': `${PAGE}<script src="/ssebridge/websocket.js" data-urls="/echo /app/ ws://other.example/feed"></script>`,
  '/classic-auto': `${PAGE}<script src="/ssebridge/websocket.js" data-transport="auto"></script>`,
  '/classic-global': `${PAGE}<script>ssebridge = { urls: ['/echo'], transport: 'fetch' }</script><script src="/ssebridge/websocket.js"></script>`,
};
const endpoints = {
  '/echo': echo,
  '/app/a': echo,
  '/other': echo,
  '/tick': { open(session) { session.send('hello'); } },
  '/sub': { ...echo, protocols: ['v1'] },
  '/closing': { message(session) { session.close(4000, 'bye'); } },
};

let browser, context, bridge;
before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => {
  bridge = await startBridge(endpoints, { heartbeat: HEARTBEAT, lease: 5000, pages });
  context = await browser.newContext();
});
afterEach(async () => {
  await context.close();
  await bridge.close();
});

/** A page with `SseSocket`, and `open(path, protocols, options)` that keeps what the socket says in `socket.said`. */
async function newPage(path = '/', where = context) {
  const page = await where.newPage();
  page.on('pageerror', (error) => console.log('page error:', error));
  await page.goto(bridge.origin + path);
  await prepare(page);
  return page;
}
const prepare = (page) => page.evaluate(async () => {
  const { SseSocket } = await import('/ssebridge/sse-socket.js');
  Object.assign(globalThis, {
    SseSocket,
    sockets: [],
    watch(socket) {
      socket.said = [];
      socket.onopen = () => socket.said.push('open');
      socket.onmessage = ({ data }) => socket.said.push(data);
      socket.onerror = () => socket.said.push('error');
      socket.onclose = ({ code, reason, wasClean }) => socket.said.push([code, reason, wasClean]);
      sockets.push(socket);
      return socket;
    },
    async open(...args) {
      const socket = watch(new SseSocket(...args));
      await new Promise((resolve) => { socket.addEventListener('open', resolve); socket.addEventListener('close', resolve); });
      return socket;
    },
  });
});
const said = (page, index = 0) => page.evaluate((i) => sockets[i].said, index);
const untilSaid = (page, count, index = 0) => until(async () => (await said(page, index)).length >= count, `${count} things said`);
const gets = (path = '/echo') => bridge.requests.filter(({ method, url }) => method === 'GET' && url.pathname === path);
const records = (what) => bridge.records.filter(([each]) => each === what);

describe('EventSource', () => {
  test('opens the stream, asks for heartbeats it can see, and is kept by them', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    await new Promise((resolve) => { setTimeout(resolve, 5 * HEARTBEAT); });
    assert.equal(gets().length, 1);
    assert.equal(gets()[0].url.search, '?sse-heartbeat=event');
    assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/echo')).length), 0);
  });

  test('after a cut fetch resumes, with nothing secret in the URL', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    bridge.cut();
    [...bridge.sessions.values()][0].send('missed');
    await untilSaid(page, 2);
    assert.deepEqual(await said(page), ['open', 'missed']);
    assert.equal(gets()[1].url.search, '');
  });

  test('can be asked for always', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo', [], { transport: 'eventsource' }).then(() => {}));
    bridge.cut();
    [...bridge.sessions.values()][0].send('missed');
    await untilSaid(page, 2);
    assert.match(gets()[1].url.search, /^\?sse-session=.*&sse-cursor=.*-0&sse-heartbeat=event$/);
    bridge.fault('GET', 503, 2);
    bridge.cut();
    [...bridge.sessions.values()][0].send('again');
    await untilSaid(page, 3);
    bridge.forget();
    await untilSaid(page, 5);
    assert.deepEqual(await said(page), ['open', 'missed', 'again', 'error', [1006, '', false]]);
  });

  test('an answer before the first event is honoured by the browser itself', async () => {
    bridge.fault('GET', (request, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('retry: 50\n\n'), 2);
    const page = await newPage();
    bridge.clearFaults();
    bridge.fault('GET', (request, response, url) => (url.pathname === '/echo'
      ? response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('retry: 50\n\n') : 'go on'), 2);
    await page.evaluate(() => open('/echo').then(() => {}));
    assert.deepEqual(await said(page), ['open']);
    assert.equal(gets().length, 3);
  });
});

describe('a page under traffic', () => {
  for (const transport of ['sse', 'eventsource', 'fetch']) {
    test(`${transport}: cuts, stalls, restarts of the port: the counters agree, nothing lost, nothing repeated`, async () => {
      const N = 600;
      const page = await newPage();
      await page.evaluate(async ([n, transport]) => {
        const socket = await open('/echo', [], { transport });
        globalThis.got = [];
        socket.onmessage = ({ data }) => got.push(Number(data));
        let i = 0;
        globalThis.timer = setInterval(() => {
          for (let k = 0; k < 3 && i < n; k++) socket.send(`${i++}`);
        }, 5);
      }, [N, transport]);
      const troubles = [() => bridge.cut(), () => { bridge.down = true; bridge.cut(); setTimeout(() => { bridge.down = false; }, 100); }, () => bridge.cut(),
        () => bridge.stall(), () => bridge.fault('POST', 502), () => bridge.fault('POST', (request) => request.socket.destroy())];
      for (let k = 0; k < 12; k++) {
        await until(() => bridge.streams.size);
        troubles[k % troubles.length]();
        await new Promise((resolve) => { setTimeout(resolve, 60); });
      }
      bridge.down = false;
      await until(async () => await page.evaluate(() => got.length) >= N, 'all echoed', 30_000);
      assert.deepEqual(await page.evaluate(() => got), Array.from({ length: N }, (_, i) => i));
      assert.deepEqual(records('message').map(([, , data]) => Number(data)), Array.from({ length: N }, (_, i) => i));
      assert.deepEqual((await said(page)).filter((each) => typeof each !== 'string'), []);
      assert.ok(gets().length > 5);
    });
  }

  // 1. The page is slow: it has many messages still to show.  2. The stream breaks.  3. If it went on showing before it
  // noticed, its session would wait for as long, and past the lease be lost.
  test('a slow page notices a cut before it has shown all that came', async () => {
    const page = await newPage();
    await page.evaluate(async () => {
      const socket = await open('/echo', [], { transport: 'fetch' });
      socket.shown = [];
      socket.onmessage = ({ data }) => {
        socket.shown.push(Number(data));
        if (data === '1' || data === '300') socket.send(data);
        for (const end = performance.now() + 5; performance.now() < end;);
      };
    });
    const order = [];
    bridge.fault('GET', () => {
      order.push('resumed');
      return 'go on';
    });
    const [session] = bridge.sessions.values();
    session.endpoint = {
      message(_, data) {
        order.push(`shown ${data}`);
        if (data === '1') bridge.cut();
      },
    };
    for (let i = 1; i <= 300; i++) session.send(`${i}`);
    await until(() => order.length === 3);
    assert.deepEqual(order, ['shown 1', 'resumed', 'shown 300']);
    assert.deepEqual(await page.evaluate(() => sockets[0].shown), Array.from({ length: 300 }, (_, i) => i + 1));
  });
});

describe('the network', () => {
  test('offline, then online: resumed at once', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    await page.evaluate(() => { // what waits while offline waits for ever, so that only the news of the network helps
      const native = setTimeout;
      globalThis.waiting = 0;
      globalThis.setTimeout = (run, ...rest) => (navigator.onLine ? native(run, ...rest) : -++waiting);
    });
    await context.setOffline(true);
    bridge.cut(); // what the network does to an open connection, sooner or later
    await page.evaluate(() => sockets[0].send('from the tunnel'));
    [...bridge.sessions.values()][0].send('to the tunnel');
    await until(() => page.evaluate(() => waiting > 1), 'stream and POST have failed');
    await context.setOffline(false);
    await untilSaid(page, 3);
    assert.deepEqual((await said(page)).sort(), ['from the tunnel', 'open', 'to the tunnel']);
  });

  test('another network while the stream seems open: it is replaced at once', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    bridge.stall();
    [...bridge.sessions.values()][0].send('on the old address');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await untilSaid(page, 2);
    assert.deepEqual(await said(page), ['open', 'on the old address']);
  });
});

describe('leaving the page', () => {
  test('closes the session at once, with 1001, behind what was still to send', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    await page.evaluate(() => {
      sockets[0].send('last words');
      location.href = 'about:blank';
    });
    await page.waitForURL('about:blank'); // a context closed in the middle of a navigation may never say that it is
    await until(() => records('close').length);
    assert.deepEqual(bridge.records.map(([what, , ...rest]) => [what, ...rest]), [['open'], ['message', 'last words'], ['close', 1001, '']]);
  });

  test('by closing the tab, too', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    await page.close({ runBeforeUnload: true });
    await until(() => records('close').length);
    assert.equal(records('close')[0][2], 1001);
  });

  test('while a POST is under way: nothing is taken twice', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    bridge.fault('POST', async (request, response) => { // taken, but its answer never comes
      response.writeHead = () => ({ end() {} });
      return 'go on';
    });
    await page.evaluate(() => sockets[0].send('once'));
    await until(() => records('message').length);
    await page.goto('about:blank');
    await until(() => records('close').length);
    assert.deepEqual(records('message').map(([, , data]) => data), ['once']);
    assert.equal(records('close')[0][2], 1001);
  });

  test('with more to send than such a request may carry: the session still closes', async () => {
    const page = await newPage();
    await page.evaluate(() => open('/echo').then(() => {}));
    bridge.fault('POST', (request) => request.socket.destroy(), 100);
    await page.evaluate(() => sockets[0].send('x'.repeat(200_000)));
    await page.goto('about:blank');
    await until(() => records('close').length);
    assert.equal(records('close')[0][2], 1005);
  });
});

describe('the back/forward cache', () => {
  let cached;
  before(async () => { cached = await launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] }); });
  after(() => cached.close());

  for (const transport of ['sse', 'fetch']) {
    test(`a page that comes back goes on where it was (${transport})`, async () => {
      const page = await newPage('/', await cached.newContext());
      await page.evaluate((t) => {
        addEventListener('pageshow', ({ persisted }) => { globalThis.persisted = persisted; });
        return open('/echo', [], { transport: t }).then(() => {});
      }, transport);
      const [session] = bridge.sessions.values();
      await page.goto(`${bridge.origin}/elsewhere`);
      await until(() => !session.stream);
      session.send('while you were away');
      await page.goBack({ waitUntil: 'commit' });
      assert.equal(await page.evaluate(() => globalThis.persisted), true, 'the page must come from the cache');
      await page.evaluate(() => sockets[0].send('back'));
      await untilSaid(page, 3);
      assert.deepEqual(await said(page), ['open', 'while you were away', 'back']);
      assert.equal(records('close').length, 0);
    });
  }

  test('a page that comes back too late sees 1006', async () => {
    const page = await newPage('/', await cached.newContext());
    await page.evaluate(() => open('/echo').then(() => {}));
    await page.goto(`${bridge.origin}/elsewhere`);
    bridge.forget();
    await page.goBack({ waitUntil: 'commit' });
    await untilSaid(page, 3);
    assert.deepEqual(await said(page), ['open', 'error', [1006, '', false]]);
  });

  test('bfcache: false closes at once, and a page that comes back is told', async () => {
    const page = await newPage('/', await cached.newContext());
    await page.evaluate(() => open('/echo', [], { bfcache: false }).then(() => {}));
    await page.goto(`${bridge.origin}/elsewhere`);
    await until(() => records('close').length);
    assert.equal(records('close')[0][2], 1001);
    await page.goBack({ waitUntil: 'commit' });
    await untilSaid(page, 2);
    const [, ...rest] = await said(page);
    assert.equal(rest.at(-1)[0], 1001);
  });
});

describe('many sockets of one page', () => {
  test('share one stream where the server can: ten sockets, one connection', async () => {
    bridge.options.share = true;
    const page = await newPage();
    await page.evaluate(() => Promise.all(Array.from({ length: 10 }, () => open('/echo'))).then(() => {}));
    assert.equal(bridge.streams.size, 1);
    assert.equal(bridge.sessions.size, 10);
    await page.evaluate(() => sockets.forEach((socket, i) => socket.send(`${i}`)));
    for (let i = 0; i < 10; i++) await untilSaid(page, 2, i);
    for (let i = 0; i < 10; i++) assert.deepEqual(await said(page, i), ['open', `${i}`]);
    bridge.cut();
    for (const session of bridge.sessions.values()) session.send('missed');
    for (let i = 0; i < 10; i++) await untilSaid(page, 3, i);
    await until(() => bridge.streams.size === 1);
    await page.evaluate(() => sockets.slice(0, 9).forEach((socket) => socket.close(1000)));
    for (let i = 0; i < 9; i++) await untilSaid(page, 4, i);
    assert.equal(bridge.streams.size, 1, 'the last one keeps it');
    await page.evaluate(() => sockets[9].send('still here'));
    await untilSaid(page, 4, 9);
    await page.evaluate(() => sockets[9].close(1000));
    await untilSaid(page, 5, 9);
    assert.equal(bridge.streams.size, 0);
  });

  test('one that is refused leaves the others as they are', async () => {
    bridge.options.share = true;
    const page = await newPage();
    await page.evaluate(() => Promise.all(['/echo', '/nowhere', '/sub', '/app/a'].map((path) => open(path, path === '/sub' ? ['v2'] : []))).then(() => {}));
    assert.deepEqual(await said(page, 1), ['error', [1006, '', false]]);
    assert.deepEqual(await said(page, 2), ['error', [1006, '', false]]);
    await page.evaluate(() => { sockets[0].send('a'); sockets[3].send('b'); });
    await untilSaid(page, 2, 0);
    await untilSaid(page, 2, 3);
    await until(() => bridge.streams.size === 1);
  });

  test('a session that the server cannot carry there gets a stream of its own, or its end', async () => {
    bridge.options.share = true;
    const page = await newPage();
    await page.evaluate(() => Promise.all([open('/echo'), open('/other')]).then(() => {}));
    const [first, second] = bridge.sessions.values();
    bridge.apart = (session) => session === second;
    bridge.cut();
    first.send('one');
    second.send('two');
    await untilSaid(page, 2, 0);
    await untilSaid(page, 2, 1);
    assert.equal(bridge.streams.size, 2);
    second.vanish();
    bridge.cut();
    await untilSaid(page, 4, 1);
    assert.deepEqual(await said(page, 1), ['open', 'two', 'error', [1006, '', false]]);
    await page.evaluate(() => sockets[0].send('alone'));
    await untilSaid(page, 3, 0);
  });

  test('have streams of their own where the server cannot', async () => {
    const page = await newPage();
    await page.evaluate(() => Promise.all([open('/echo'), open('/echo'), open('/other')]).then(() => {}));
    assert.equal(bridge.streams.size, 3);
    await page.evaluate(() => sockets.forEach((socket, i) => socket.send(`${i}`)));
    for (let i = 0; i < 3; i++) await untilSaid(page, 2, i);
  });

  test('sockets made and closed while others open do not disturb them', async () => {
    bridge.options.share = true;
    const page = await newPage();
    await page.evaluate(async () => {
      const all = [];
      for (let i = 0; i < 12; i++) {
        const socket = watch(new SseSocket('/echo'));
        if (i % 3 === 0) socket.close();
        all.push(new Promise((resolve) => { socket.addEventListener('open', resolve); socket.addEventListener('close', resolve); }));
      }
      await Promise.all(all);
      sockets.forEach((socket) => socket.send('x'));
    });
    for (let i = 0; i < 12; i++) {
      await untilSaid(page, 2, i);
      assert.deepEqual(await said(page, i), i % 3 === 0 ? ['error', [1006, '', false]] : ['open', 'x']);
    }
    await until(() => bridge.streams.size === 1);
  });
});

describe('many tabs', () => {
  const inTab = async (n, prepared = () => {}) => {
    const page = await newPage();
    await page.evaluate(prepared);
    await page.evaluate((i) => open('/echo', [], { share: 'tabs' }).then((socket) => socket.send(`tab ${i}`)), n);
    await untilSaid(page, 2);
    return page;
  };
  test('share one stream; when the leader goes, another takes over and nothing is lost', async () => {
    bridge.options.share = true;
    const tabs = [];
    for (let n = 0; n < 3; n++) tabs.push(await inTab(n));
    assert.equal(bridge.streams.size, 1);
    for (let n = 0; n < 3; n++) assert.deepEqual(await said(tabs[n]), ['open', `tab ${n}`]);
    const sessions = [...bridge.sessions.values()];
    await tabs[0].close({ runBeforeUnload: true });
    sessions[1].send('during');
    sessions[2].send('during');
    for (const tab of tabs.slice(1)) {
      await untilSaid(tab, 3);
      assert.equal((await said(tab))[2], 'during');
    }
    await until(() => bridge.streams.size === 1);
    await until(() => records('close').length === 1);
    for (let i = 0; i < 50; i++) { sessions[1].send(`${i}`); sessions[2].send(`${i}`); if (i % 10 === 0) bridge.cut(); }
    for (const tab of tabs.slice(1)) {
      await untilSaid(tab, 53);
      assert.deepEqual((await said(tab)).slice(3), Array.from({ length: 50 }, (_, i) => `${i}`));
    }
    await tabs[2].evaluate(() => sockets[0].close(3000, 'done'));
    await untilSaid(tabs[2], 54);
    assert.deepEqual((await said(tabs[2])).at(-1), [3000, 'done', true]);
  });

  test('a follower that dies without a word is noticed and its session closed', async () => {
    bridge.options.share = true;
    const leader = await inTab(0);
    const follower = await inTab(1, () => { addEventListener('pagehide', (e) => e.stopImmediatePropagation()); });
    assert.equal(bridge.streams.size, 1);
    await follower.close();
    await until(() => records('close').length === 1);
    await leader.evaluate(() => sockets[0].send('alive'));
    await untilSaid(leader, 3);
  });

  test('a server that cannot share gets a stream for each', async () => {
    const tabs = [await inTab(0), await inTab(1)];
    assert.equal(bridge.streams.size, 2);
    await tabs[1].evaluate(() => sockets[0].send('own'));
    await untilSaid(tabs[1], 3);
  });
});

describe('transport: auto', () => {
  const auto = (page, path = '/echo') => page.evaluate((p) => open(p, [], { transport: 'auto' }).then(() => {}), path);

  test('the server says SSE', async () => {
    const page = await newPage();
    await auto(page);
    assert.match(gets()[0].url.search, /sse-transport=auto/);
    assert.equal(bridge.nativeSockets.size, 0);
  });

  test('the server says WebSocket, and changes its mind for the next one', async () => {
    bridge.options.use = 'websocket';
    const page = await newPage();
    await auto(page);
    assert.equal(bridge.nativeSockets.size, 1);
    assert.equal(bridge.streams.size, 0);
    await page.evaluate(() => {
      const [socket] = sockets;
      socket.binaryType = 'arraybuffer';
      socket.send('text');
      socket.send(new Uint8Array(3));
    });
    await untilSaid(page, 3);
    assert.deepEqual(await page.evaluate(() => sockets[0].said.map((each) => each.byteLength ?? each)), ['open', 'text', 3]);
    await page.evaluate(() => sockets[0].close(3000, 'x'));
    await untilSaid(page, 4);
    assert.deepEqual((await said(page)).at(-1), [3000, 'x', true]);
    bridge.options.use = 'sse';
    await auto(page);
    assert.equal(bridge.nativeSockets.size, 0);
    assert.equal(bridge.streams.size, 1);
  });

  test('where a WebSocket cannot connect it is SSE after all, and remembered for the session', async () => {
    bridge.options.use = 'websocket';
    bridge.options.noUpgrade = true;
    const page = await newPage();
    await auto(page);
    assert.deepEqual(await said(page), ['open']);
    assert.equal(bridge.streams.size, 1);
    const asked = gets().length;
    bridge.options.noUpgrade = false;
    await page.reload();
    await prepare(page);
    await auto(page);
    assert.equal(bridge.nativeSockets.size, 0);
    assert.equal(gets().length, asked + 1);
    assert.doesNotMatch(gets().at(-1).url.search, /auto/);
  });

  test('where there is no bridge it is a WebSocket', async () => {
    bridge.fault('GET', (request, response, url) => (url.pathname === '/echo' ? response.writeHead(404).end() : 'go on'), 100);
    const page = await newPage();
    await auto(page);
    assert.equal(bridge.nativeSockets.size, 1);
    assert.deepEqual(await said(page), ['open']);
  });

  test('where there is neither, it fails once', async () => {
    const page = await newPage();
    await auto(page, '/nowhere');
    assert.deepEqual(await said(page), ['error', [1006, '', false]]);
  });
});

describe('the classic script', () => {
  const kinds = (page, urls) => page.evaluate((all) => all.map((url) => {
    const socket = new WebSocket(url);
    const ours = !/native code/.test(Object.getPrototypeOf(socket).send);
    const is = socket instanceof WebSocket;
    socket.close();
    return [ours, is];
  }), urls);

  test('serves this host and leaves the rest to the browser', async () => {
    const page = await newPage('/classic');
    assert.deepEqual(await kinds(page, ['/echo', `${bridge.ws}/x`, 'ws://localhost:1/x', 'wss://127.0.0.1/x']),
      [[true, true], [true, true], [false, true], [false, true]]);
  });

  test('serves what its tag says', async () => {
    const page = await newPage('/classic-some');
    assert.deepEqual((await kinds(page, ['/echo', '/echo?x', '/app/b', '/other', 'ws://other.example/feed/1', 'ws://other.example/'])).map(([ours]) => ours),
      [true, true, true, false, true, false]);
  });

  test('takes its options from a global too', async () => {
    const page = await newPage('/classic-global');
    assert.deepEqual((await kinds(page, ['/echo', '/other'])).map(([ours]) => ours), [true, false]);
    await page.evaluate(() => new Promise((resolve) => { new WebSocket('/echo').onopen = resolve; }).then(() => {}));
    assert.equal(gets()[0].url.search, '', 'by fetch');
  });

  test('a subclass works for both kinds of URL', async () => {
    const page = await newPage('/classic-some');
    assert.deepEqual(await page.evaluate(async () => {
      class Mine extends WebSocket { shout(text) { this.send(`${text}!`); } }
      const got = [];
      for (const url of ['/echo', '/other']) {
        const socket = new Mine(url);
        await new Promise((resolve) => { socket.onopen = resolve; });
        socket.shout('hey');
        got.push((await new Promise((resolve) => { socket.onmessage = resolve; })).data, socket instanceof Mine, socket instanceof WebSocket);
        socket.close();
      }
      const plain = new WebSocket('/other');
      got.push(plain instanceof Mine);
      plain.close();
      return got;
    }), ['hey!', true, true, 'hey!', true, true, false]);
  });

  test('data-transport is the transport', async () => {
    bridge.options.use = 'websocket';
    const page = await newPage('/classic-auto');
    await page.evaluate(() => new Promise((resolve) => { new WebSocket('/echo').onopen = () => resolve(); }));
    assert.equal(bridge.nativeSockets.size, 1);
  });

  test('its name and its string are those of the native class', async () => {
    const page = await newPage('/classic');
    assert.deepEqual(await page.evaluate(() => [WebSocket.name, String(WebSocket.prototype), Object.getOwnPropertyDescriptor(globalThis, 'WebSocket').enumerable]),
      ['WebSocket', '[object WebSocket]', false]);
  });
});

describe('workers', () => {
  const inWorker = (page, source, options) => page.evaluate(([text, init]) => new Promise((resolve, reject) => {
    const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), init);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (e) => reject(new Error(e.message));
  }), [source, options]);

  test('the module runs in a module worker', async () => {
    const page = await newPage();
    assert.equal(await inWorker(page, `
      const { SseSocket } = await import('${bridge.origin}/ssebridge/sse-socket.js');
      const socket = new SseSocket('${bridge.ws}/echo');
      socket.onopen = () => socket.send('from a worker');
      socket.onmessage = ({ data }) => postMessage(data);
    `, { type: 'module' }), 'from a worker');
  });

  test('the classic script runs in a classic worker', async () => {
    const page = await newPage();
    assert.equal(await inWorker(page, `
      self.ssebridge = { urls: '${bridge.ws}/' };
      importScripts('${bridge.origin}/ssebridge/websocket.js');
      const socket = new WebSocket('${bridge.ws}/echo');
      socket.onopen = () => socket.send('from a worker');
      socket.onmessage = ({ data }) => postMessage(data);
    `), 'from a worker');
    assert.equal(bridge.nativeSockets.size, 0);
  });
});

describe('another origin', () => {
  test('works, with cookies, and its streams cost no preflight', async () => {
    const other = await startBridge(endpoints, { heartbeat: HEARTBEAT });
    const page = await newPage();
    await page.evaluate(async (url) => { (await open(url)).send('far'); }, `${other.ws}/echo`);
    await untilSaid(page, 2);
    other.cut();
    [...other.sessions.values()][0].send('missed');
    await untilSaid(page, 3);
    assert.deepEqual(await said(page), ['open', 'far', 'missed']);
    const methods = other.requests.map(({ method }) => method);
    assert.deepEqual(methods.filter((method) => method === 'OPTIONS').length, 1, 'of the POST');
    await page.goto('about:blank');
    await until(() => other.records.some(([what]) => what === 'close'));
    await other.close();
  });
});

test('headers go with everything, by fetch', async () => {
  const page = await newPage();
  await page.evaluate(async () => { (await open('/echo', [], { headers: { Authorization: 'Bearer x' } })).send('a'); });
  await untilSaid(page, 2);
  bridge.cut();
  await until(() => gets().length === 2);
  await page.goto('about:blank');
  await until(() => records('close').length);
  for (const { headers } of bridge.requests.filter(({ url }) => url.pathname === '/echo')) assert.equal(headers.authorization, 'Bearer x');
});
