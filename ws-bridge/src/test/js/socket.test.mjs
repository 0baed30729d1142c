/* SseSocket in Node, where the stream is read by fetch: what it sends, what it survives, how it ends. */
import assert from 'node:assert/strict';
import { SseSocket } from '../../main/resources/META-INF/resources/ssebridge/sse-socket.js';
import { echo, startBridge } from './fake-bridge.mjs';
import { after, afterEach, before, beforeEach, describe, event, test, transcript, until } from './support.mjs';

const HEARTBEAT = 200;
let bridge, sockets;

const endpoints = {
  '/echo': echo,
  '/count': { message(session, data) { for (let i = 1; i <= Number(data); i++) session.send(`${i}`); } },
  '/sub': { ...echo, protocols: ['chat.v2', 'chat.v1'] },
  '/closing': { message(session, data) { session.close(...JSON.parse(data)); } },
  '/small': { ...echo, maxMessage: 100 },
  '/refused': { refuse: () => 403 },
  '/hello': { open(session) { session.send('hello'); session.send('again'); } },
  '/leaving': { open(session) { session.close(4000, 'not today'); } },
  '/routes': { message(session, data) { session.route('news', data); session.route('news', `${data}\r`); } },
  '/new-route': { message(session, data) { session.route('weather', data); } },
  '/ping': { message(session, data) { session.ping(data); } },
};

const connect = (path, protocols, options) => {
  const socket = new SseSocket(bridge.ws + path, protocols, options);
  socket.binaryType = 'arraybuffer';
  sockets.push(socket);
  return socket;
};
const opened = async (...args) => {
  const socket = connect(...args);
  await event(socket, 'open');
  return socket;
};
const next = async (socket) => (await event(socket, 'message')).data;
const posts = () => bridge.requests.filter(({ method }) => method === 'POST');
const gets = () => bridge.requests.filter(({ method }) => method === 'GET');

beforeEach(async () => {
  sockets = [];
  bridge = await startBridge(endpoints, { heartbeat: HEARTBEAT, lease: 5000, routes: ['news'] });
});
afterEach(async () => {
  bridge.down = false;
  for (const socket of sockets) if (socket.readyState < 2) socket.close();
  await bridge.close();
});

describe('messages', () => {
  const texts = {
    empty: '', 'a leading space': ' a', 'two leading spaces': '  a', 'a tab': '\ta', LF: 'a\nb', 'only LF': '\n', 'LF at both ends': '\na\n\n',
    CR: 'a\rb', CRLF: 'a\r\nb', NUL: 'a\0b', 'a colon': ':a', 'a field': 'data: a\nid: 7\nevent: ws.close', BOM: '\uFEFFa',
    'line separators': 'a\u2028b\u2029c\u0085d\vf\f', emoji: '👩‍👩‍👧', 'many lines': 'x\n'.repeat(100), 'a megabyte': 'ä'.repeat(500_000),
    'quotes and backslashes': '"\\\n\\u0000"\r',
  };
  for (const [name, text] of Object.entries(texts)) {
    test(`a text with ${name} comes back as it went`, async () => {
      const socket = await opened('/echo');
      socket.send(text);
      const got = await next(socket);
      assert.equal(got.length, text.length);
      assert.ok(got === text);
    });
  }

  test('lone surrogates become U+FFFD, pairs stay', async () => {
    const socket = await opened('/echo');
    socket.send('\uD800a\uDC00b😀\uD83D\r');
    assert.equal(await next(socket), '\uFFFDa\uFFFDb😀\uFFFD\r');
  });

  test('binary of every kind comes back byte for byte', async () => {
    const socket = await opened('/echo');
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const large = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    const view = new DataView(all.buffer, 10, 5);
    const sent = [all, all.buffer, view, new Uint16Array(all.buffer, 2, 3), new Blob([all]), new Uint8Array(), large, new Blob([large])];
    const got = [];
    socket.onmessage = ({ data }) => got.push(Buffer.from(data).toString('hex'));
    for (const data of sent) socket.send(data);
    await until(() => got.length === sent.length);
    const hex = (data) => Buffer.from(data.buffer ?? data, data.byteOffset, data.byteLength).toString('hex');
    assert.deepEqual(got, [hex(all), hex(all), hex(view), hex(new Uint16Array(all.buffer, 2, 3)), hex(all), '', hex(large), hex(large)]);
    assert.ok(posts().some(({ headers }) => headers['content-type'] === 'application/octet-stream' && headers['sse-number'] === '7'));
  });

  test('binary arrives as a Blob unless arraybuffer is asked for', async () => {
    const socket = await opened('/echo');
    socket.binaryType = 'blob';
    socket.binaryType = 'nonsense';
    assert.equal(socket.binaryType, 'blob');
    socket.send(Uint8Array.of(1, 2));
    const blob = await next(socket);
    assert.ok(blob instanceof Blob);
    assert.equal(blob.type, '');
    assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), Uint8Array.of(1, 2));
  });

  test('what is sent is what was there when it was sent', async () => {
    const socket = await opened('/echo');
    const bytes = Uint8Array.of(1, 2, 3);
    socket.send(bytes);
    bytes.fill(9);
    assert.deepEqual(new Uint8Array(await next(socket)), Uint8Array.of(1, 2, 3));
  });

  test('a Blob that is slow to read does not lose its place', async () => {
    const socket = await opened('/echo');
    const got = [];
    socket.onmessage = ({ data }) => got.push(typeof data === 'string' ? data : Buffer.from(data).toString());
    socket.send('1');
    socket.send(new Blob(['2']));
    socket.send('3');
    await until(() => got.length === 3);
    assert.deepEqual(got, ['1', '2', '3']);
  });

  test('messages of a routed channel are messages, with or without their name in the data', async () => {
    const socket = await opened('/routes');
    const said = transcript(socket);
    socket.send('flash');
    await until(() => said.length === 2);
    assert.deepEqual(said, [['message', 'flash'], ['message', 'flash\r']]);
  });

  test('a route that is new is listened to, and its announcement is no message', async () => {
    const socket = await opened('/new-route');
    const said = transcript(socket);
    socket.send('rain');
    await until(() => said.length === 1);
    socket.send('sun');
    await until(() => said.length === 2);
    assert.deepEqual(said, [['message', 'rain'], ['message', 'sun']]);
  });

  test('each message has a task of its own', async () => {
    const socket = await opened('/count');
    const order = [];
    socket.onmessage = ({ data }) => {
      order.push(data);
      (async () => { for (let i = 0; i < 20; i++) await null; order.push(`after ${data}`); })();
    };
    socket.send('3');
    await until(() => order.length === 6);
    assert.deepEqual(order, ['1', 'after 1', '2', 'after 2', '3', 'after 3']);
  });

  test('a ping is answered, and the page does not see it', async () => {
    const socket = await opened('/ping');
    const said = transcript(socket);
    socket.send('are you there');
    await until(() => bridge.records.some(([what]) => what === 'pong'));
    assert.equal(bridge.records.find(([what]) => what === 'pong')[2].toString(), 'are you there');
    assert.deepEqual(said, []);
  });
});

describe('upstream', () => {
  test('what one task sends goes in one POST, what comes meanwhile in the next', async () => {
    const socket = await opened('/echo');
    for (let i = 0; i < 100; i++) socket.send(`${i}`);
    await next(socket);
    assert.equal(posts().length, 1);
    assert.match(posts()[0].headers['content-type'], /^text\/event-stream/);
  });

  test('batches keep to the size the server takes', async () => {
    bridge.options.maxBatch = 1000;
    const socket = await opened('/echo');
    let got = 0;
    socket.onmessage = () => { got++; };
    for (let i = 0; i < 30; i++) socket.send('x'.repeat(300));
    await until(() => got === 30);
    for (const { headers } of posts()) assert.ok(Number(headers['content-length']) <= 1000);
  });

  test('bufferedAmount counts bytes of UTF-8 and falls when the server has them', async () => {
    const socket = await opened('/echo');
    socket.send('äö');
    socket.send(new Uint8Array(10));
    socket.send(new Blob(['abc']));
    assert.equal(socket.bufferedAmount, 17);
    await until(() => socket.bufferedAmount === 0);
  });

  for (const [name, act] of Object.entries({
    'is lost before the server has it': (request) => request.socket.destroy(),
    'is answered 503': 503, 'is answered 500': 500, 'is answered 408': 408, 'is answered 425': 425,
    'is answered 404, by a server that is starting': 404,
    'gets a login page': (request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<form>'),
  })) {
    test(`a POST that ${name} is sent again under its numbers`, async () => {
      const socket = await opened('/echo');
      const said = transcript(socket);
      bridge.fault('POST', act, 2);
      socket.send('once');
      socket.send('twice');
      await until(() => said.length === 2);
      assert.deepEqual(said, [['message', 'once'], ['message', 'twice']]);
      assert.equal(posts().length, 3);
    });
  }

  test('a POST whose answer is lost is not taken twice', async () => {
    const socket = await opened('/echo');
    const said = transcript(socket);
    bridge.fault('POST', async (request, response) => {
      response.writeHead = () => ({ end: () => request.socket.destroy() });
      return 'go on';
    }, 2);
    socket.send('a');
    await until(() => posts().length > 2 && socket.bufferedAmount === 0);
    socket.send('b');
    await until(() => said.length > 1);
    assert.deepEqual(said, [['message', 'a'], ['message', 'b']]);
  });

  test('a part that was taken before an error is not sent again', async () => {
    const socket = await opened('/echo');
    const said = transcript(socket);
    bridge.fault('POST', async (request, response) => {
      const { writeHead } = response;
      response.writeHead = (status, headers) => writeHead.call(response, 429, { ...headers, 'Retry-After': '0' });
      return 'go on';
    });
    socket.send('a');
    await until(() => socket.bufferedAmount === 0);
    socket.send('b');
    await until(() => said.length === 2);
    assert.deepEqual(said.map(([, data]) => data), ['a', 'b']);
  });

  test('Retry-After is waited for', async () => {
    const socket = await opened('/echo');
    bridge.fault('POST', (request, response) => response.writeHead(429, { 'Retry-After': '1', 'Sse-Received': '0' }).end());
    const start = Date.now();
    socket.send('a');
    await next(socket);
    assert.ok(Date.now() - start >= 1000);
  });

  test('there is never more than one POST in flight, and failures slow it down', async () => {
    const socket = await opened('/echo');
    let flying = 0, most = 0;
    bridge.fault('POST', async (request, response) => {
      most = Math.max(most, ++flying);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      flying--;
      response.writeHead(503).end();
    }, 3);
    for (let i = 0; i < 20; i++) {
      socket.send(`${i}`);
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    await until(() => socket.bufferedAmount === 0);
    assert.equal(most, 1);
    assert.ok(posts().length < 10, `${posts().length} POSTs`);
  });

  test('a POST that cannot succeed ends the socket with 1006', async () => {
    const socket = await opened('/echo');
    const said = transcript(socket);
    bridge.fault('POST', 403);
    socket.send('a');
    await until(() => said.length === 2);
    assert.deepEqual(said, [['error'], ['close', 1006, '', false]]);
    await until(() => bridge.records.some(([what]) => what === 'close'), 'the session is discarded');
  });
});

describe('opening', () => {
  test('the first message may come right behind the open', async () => {
    const socket = connect('/hello');
    const said = transcript(socket);
    await until(() => said.length === 3);
    assert.deepEqual(said, [['open'], ['message', 'hello'], ['message', 'again']]);
  });

  test('a subprotocol is the one the server chose', async () => {
    assert.equal((await opened('/sub', ['chat.v1', 'chat.v2'])).protocol, 'chat.v2');
    assert.equal((await opened('/echo')).protocol, '');
  });

  for (const [name, path, protocols, fault] of [
    ['answers 403', '/refused'], ['has no such endpoint', '/nowhere'], ['chooses no subprotocol', '/sub', ['other']],
    ['answers 503', '/echo', [], 503], ['hangs up', '/echo', [], (request) => request.socket.destroy()],
    ['answers a page', '/echo', [], (request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>')],
  ]) {
    test(`a server that ${name} fails the connection: error, close 1006`, async () => {
      if (fault) bridge.fault('GET', fault);
      const socket = connect(path, protocols);
      const said = transcript(socket);
      await until(() => said.length === 2);
      assert.deepEqual(said, [['error'], ['close', 1006, '', false]]);
      assert.equal(socket.readyState, 3);
    });
  }

  test('a busy server that says when to come again is asked again then', async () => {
    bridge.fault('GET', (request, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('retry: 100\n\n'), 2);
    await opened('/echo');
    assert.equal(gets().length, 3);
  });

  test('the query of the endpoint stays its own', async () => {
    await opened('/echo?room=a%20b&x');
    assert.equal(bridge.records[0][1].url.search, '?room=a%20b&x');
    assert.equal(gets()[0].url.search, '?room=a%20b&x');
  });

  test('headers are sent with every request, asked for each time', async () => {
    let n = 0;
    const socket = await opened('/echo', [], { headers: async () => ({ Authorization: `Bearer ${++n}` }) });
    socket.send('a');
    await next(socket);
    assert.equal(gets()[0].headers.authorization, 'Bearer 1');
    assert.equal(posts()[0].headers.authorization, 'Bearer 2');
  });
});

describe('survival', () => {
  const ticking = async (options) => {
    const socket = await opened('/echo', [], options);
    const got = [];
    socket.onmessage = ({ data }) => got.push(data);
    return { socket, got, said: transcript(socket) };
  };

  test('a cut is resumed at once, without an event', async () => {
    bridge.options.retry = 600_000; // for those who cannot tell a cut from an end
    const { socket, got, said } = await ticking();
    const [session] = bridge.sessions.values();
    bridge.cut();
    session.send('while away');
    await until(() => got.length === 1);
    assert.deepEqual(said, [['message', 'while away']]);
    const last = gets().at(-1);
    assert.equal(last.headers['sse-session'], session.token);
    assert.equal(last.headers['last-event-id'], `${session.token}-0`);
    assert.equal(last.url.search, '', 'no secret in the URL');
    assert.equal(socket.readyState, 1);
  });

  for (const [name, act] of Object.entries({
    503: 503, 'an HTML page': (request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Busy</h1>'),
    'no answer': (request) => request.socket.destroy(), 401: 401, 404: 404,
    'a stream that ends': (request, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(':\n'),
  })) {
    test(`${name} in place of the stream is tried again until it comes`, async () => {
      const { got } = await ticking();
      bridge.fault('GET', act, 2);
      bridge.cut();
      [...bridge.sessions.values()][0].send('still here');
      await until(() => got.length === 1);
      assert.equal(gets().length, 4);
    });
  }

  test('a stream that is open but dead is replaced when heartbeats are missed', async () => {
    const { got } = await ticking();
    bridge.stall();
    [...bridge.sessions.values()][0].send('into the void');
    await until(() => got.length === 1);
    assert.deepEqual(got, ['into the void']);
  });

  test('heartbeats keep an idle stream, over and over', async () => {
    await ticking();
    await new Promise((resolve) => { setTimeout(resolve, 6 * HEARTBEAT); });
    assert.equal(gets().length, 1);
  });

  test('a planned end is obeyed: the client comes back when told', async () => {
    const { got } = await ticking();
    const start = Date.now();
    bridge.goAway(300);
    [...bridge.sessions.values()][0].send('next');
    await until(() => got.length === 1);
    assert.ok(Date.now() - start >= 300);
  });

  test('a hole in the numbers is never passed over', async () => {
    const { got } = await ticking();
    const [session] = bridge.sessions.values();
    const { stream } = session;
    session.stream = null;
    session.send('first');
    session.stream = stream;
    session.send('second');
    await until(() => got.length === 2);
    assert.deepEqual(got, ['first', 'second']);
  });

  test('a session the server has forgotten ends with 1006, once', async () => {
    const { socket, said } = await ticking();
    bridge.forget();
    await until(() => said.length === 2);
    assert.deepEqual(said, [['error'], ['close', 1006, '', false]]);
    socket.send('nobody');
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    assert.equal(said.length, 2);
    assert.equal(bridge.sessions.size, 0);
  });

  test('a server that stays away for longer than the lease is given up', async () => {
    bridge.options.lease = 600;
    const { said } = await ticking();
    bridge.down = true;
    bridge.cut();
    await until(() => said.length === 2);
    assert.deepEqual(said, [['error'], ['close', 1006, '', false]]);
  });

  test('cuts, stalls, refusals and lost answers in both directions: nothing lost, nothing repeated', async () => {
    const N = 2000;
    const socket = await opened('/echo');
    const got = [];
    socket.onmessage = ({ data }) => got.push(Number(data));
    const lose = (request) => request.socket.destroy();
    const loseAnswer = (request, response) => {
      response.writeHead = () => ({ end: () => request.socket.destroy() });
      return 'go on';
    };
    const troubles = [
      () => bridge.cut(), () => bridge.fault('POST', loseAnswer), () => bridge.cut(), () => bridge.fault('POST', lose),
      () => bridge.cut(), () => bridge.stall(), () => bridge.fault('POST', 500), () => { bridge.fault('GET', 503); bridge.cut(); },
    ];
    for (let i = 0; i < N; i++) {
      socket.send(`${i}`);
      if (i % 5 === 0) await new Promise((resolve) => { setImmediate(resolve); });
      if (i % 20 === 0) {
        bridge.clearFaults(); // one trouble at a time, or back-off would make the test long
        await until(() => bridge.streams.size);
        troubles[(i / 20) % troubles.length]();
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
    }
    bridge.clearFaults();
    await until(() => got.length >= N, `${N} messages`, 30_000);
    assert.deepEqual(got, Array.from({ length: N }, (_, i) => i));
    assert.ok(gets().length > 40, `${gets().length} streams`);
  });
});

describe('closing', () => {
  test('by the page: what was sent goes first, then the close, clean', async () => {
    const socket = await opened('/echo');
    const said = transcript(socket);
    socket.send('last words');
    socket.close(3001, 'bye');
    assert.equal(socket.readyState, 2);
    await event(socket, 'close');
    assert.deepEqual(said, [['close', 3001, 'bye', true]]);
    assert.equal(socket.bufferedAmount, 0);
    const whats = bridge.records.map(([what, , ...rest]) => [what, ...rest]);
    assert.deepEqual(whats, [['open'], ['message', 'last words'], ['close', 3001, 'bye']]);
  });

  test('without a code: 1005, clean', async () => {
    const socket = await opened('/echo');
    const said = transcript(socket);
    socket.close();
    await event(socket, 'close');
    assert.deepEqual(said, [['close', 1005, '', true]]);
  });

  // This and the next: where the standard and Chromium's own class differ, so that interface.test.mjs cannot compare.
  test('a subprotocol that is repeated in another case is refused', () => {
    assert.throws(() => new SseSocket(`${bridge.ws}/echo`, ['a', 'A']), { name: 'SyntaxError' });
  });

  test('a code is clamped and rounded to the nearest, half to the even; a reason alone means 1000', async () => {
    const socket = await opened('/echo');
    for (const code of [1000.6, 2999.4, 4999.5, 1e9, -Infinity, NaN]) {
      assert.throws(() => socket.close(code), { name: 'InvalidAccessError' }, `${code}`);
    }
    socket.close(999.5);
    assert.equal((await event(socket, 'close')).code, 1000);
    const other = await opened('/echo');
    other.close(undefined, 'why');
    const { code, reason } = await event(other, 'close');
    assert.deepEqual([code, reason], [1000, 'why']);
  });

  for (const args of [[1000, 'done'], [4999], [1001, 'moving'], [1011, 'ä'.repeat(60)]]) {
    test(`by the server with ${JSON.stringify(args)}`, async () => {
      const socket = await opened('/closing');
      const said = transcript(socket);
      socket.send(JSON.stringify(args));
      await event(socket, 'close');
      assert.deepEqual(said, [['close', args[0], args[1] ?? '', true]]);
    });
  }

  test('by the server in its @OnOpen: the page sees open, then close', async () => {
    const socket = connect('/leaving');
    const said = transcript(socket);
    await event(socket, 'close');
    assert.deepEqual(said, [['open'], ['close', 4000, 'not today', true]]);
  });

  test('a message that is too big closes with 1009', async () => {
    const socket = await opened('/small');
    const said = transcript(socket);
    socket.send('x'.repeat(101));
    await event(socket, 'close');
    assert.deepEqual(said, [['close', 1009, '', true]]);
    assert.equal(posts().length, 1);
  });

  test('a close that was under way when the stream broke arrives', async () => {
    const socket = await opened('/echo');
    bridge.fault('GET', 503, 2);
    bridge.cut();
    const said = transcript(socket);
    socket.close(3000, 'through the cut');
    await event(socket, 'close');
    assert.deepEqual(said, [['close', 3000, 'through the cut', true]]);
  });

  test('while connecting: CLOSING at once, then error and close 1006', async () => {
    const socket = connect('/echo');
    const said = transcript(socket);
    socket.close();
    assert.equal(socket.readyState, 2);
    assert.deepEqual(said, []);
    await event(socket, 'close');
    assert.deepEqual(said, [['error'], ['close', 1006, '', false]]);
  });

  test('what comes after close() is not shown, what is sent after it only counts', async () => {
    const socket = await opened('/count');
    const said = transcript(socket);
    socket.send('1000');
    await next(socket);
    const before = said.length;
    socket.close();
    socket.send('abc');
    await event(socket, 'close');
    assert.equal(said.length, before + 1);
    assert.equal(socket.bufferedAmount, 3);
    socket.send('de');
    assert.equal(socket.bufferedAmount, 5);
    socket.close();
    assert.equal(said.length, before + 1);
  });
});
