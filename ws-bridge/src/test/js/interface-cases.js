/*
 * What a page can ask of a WebSocket class. Each case runs in a page, once with the browser's own class and once with
 * ours, and returns plain values that must be equal. `W` is the class, `base` the ws: origin of the endpoints.
 */
const thrown = (action) => {
  try {
    return { returned: String(action()) };
  } catch (error) {
    return { name: error.name, code: error.code, dom: error instanceof DOMException };
  }
};
const once = (socket, type) => new Promise((resolve) => { socket.addEventListener(type, resolve, { once: true }); });
const open = async (W, url, protocols) => {
  const socket = new W(url, protocols);
  await once(socket, 'open');
  return socket;
};
const closed = ({ type, code, reason, wasClean }) => ({ type, code, reason, wasClean });
const said = (socket) => {
  const log = [];
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, (e) => log.push(type === 'close' ? closed(e) : type === 'message' ? ['message', e.data] : [type]));
  }
  return log;
};
const tick = () => new Promise((resolve) => { setTimeout(resolve); });

export const cases = {
  'constants on class and prototype': (W) => [W, W.prototype].map((on) => ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']
    .map((name) => [on[name], Object.getOwnPropertyDescriptor(on, name)])),

  'attributes and methods': (W) => Object.fromEntries(Object.getOwnPropertyNames(W.prototype).sort()
    .map((name) => {
      const { value, get, set, enumerable, configurable, writable } = Object.getOwnPropertyDescriptor(W.prototype, name);
      return [name, {
        value: typeof value, length: value?.length, get: typeof get, set: typeof set, enumerable, configurable, writable,
      }];
    })),

  'class object': (W) => [W.length, typeof W, Object.getPrototypeOf(W) === EventTarget,
    Object.getPrototypeOf(W.prototype) === EventTarget.prototype, W.prototype.constructor === W,
    Object.prototype.toString.call(W.prototype), Object.getOwnPropertyDescriptor(W, 'prototype').writable],

  'brand checks': (W) => ['url', 'readyState', 'bufferedAmount', 'onopen', 'binaryType'].map((name) => thrown(() => W.prototype[name]))
    .concat(thrown(() => W.prototype.send.call({}, 'x')), thrown(() => W.prototype.close.call({}))),

  'constructor without new': (W) => thrown(() => W('ws://localhost/')),
  'constructor without arguments': (W) => thrown(() => new W()),

  'URLs that are refused': (W) => ['ws://', 'wss:// a', 'ws://foo bar/', 'mailto:a@b', 'about:blank', 'ftp://a/', 'javascript:1',
    'ws://127.0.0.1/#', 'ws://127.0.0.1/#frag', '/echo#', 'ws://127.0.0.1:99999/', 'ws:///', 'blob:x', 'wss://a b/', '//', 'ws:?'].map((url) => [url, thrown(() => new W(url))]),

  'URLs as they are told': (W, base) => [`${base}/echo`, '/echo', 'echo?a=b', '//127.0.0.1:1/x', `${base.replace('ws', 'http')}/echo`,
    `${base.toUpperCase()}/echo`, `${base}/a/../echo`, `${base}/e%20c?x=%zz`, `${base}/ü`, `${base}`, undefined, null, 7,
    { toString: () => '/obj' }, `  ${base}/trim\n`, `${base}/\uD800`, 'https://127.0.0.1:1/x', 'wss://127.0.0.1:443/', 'ws://127.0.0.1:80/'].map((url) => {
    const socket = new W(url);
    socket.onerror = () => {};
    const { url: told } = socket;
    socket.close();
    return told;
  }),

  'URL as an object that throws': (W) => thrown(() => new W({ toString() { throw new RangeError('mine'); } })),
  'URL as a symbol': (W) => thrown(() => new W(Symbol('s'))),

  'subprotocols that are refused': (W, base) => ['', ' ', 'a b', 'a,b', 'a/b', 'ä', '\t', 'a\n', '(a)', '"', '{', '}', '\x7f', '\0', ['a', ''],
    ['a', 'a'], ['a', 'b', 'a'], ['ok', 'not ok'], {}, null, 5, [undefined, 'undefined'], Symbol('s'), [Symbol('s')], new Set(['x', 'y', 'x']),
    true, [[]], [['a', 'b']], 'a=b', 'a?b', 'a@b', 'a[b', 'a\\b', 'a:b', 'a;b', 'a<b'].map((protocols) => thrown(() => {
    const socket = new W(`${base}/echo`, protocols);
    socket.close();
    return 'made';
  })),

  'the state of a new socket': (W, base) => {
    const socket = new W(`${base}/echo`);
    const state = [socket.readyState, socket.bufferedAmount, socket.protocol, socket.extensions, socket.binaryType, socket.url,
      socket.onopen, socket.onmessage, socket.onerror, socket.onclose];
    socket.close();
    return state;
  },

  'attributes cannot be written': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const names = ['url', 'readyState', 'bufferedAmount', 'protocol', 'extensions', 'OPEN'];
    const results = names.map((name) => [name, thrown(() => { 'use strict'; socket[name] = 'x'; }).name, socket[name]]);
    const removed = names.map((name) => delete socket[name]);
    socket.close();
    return [results, removed];
  },

  'what for-in finds': (W, base) => {
    const socket = new W(`${base}/echo`);
    const names = [];
    for (const name in socket) names.push(name);
    socket.close();
    return names.sort();
  },

  'toString and instanceof': (W, base) => {
    const socket = new W(`${base}/echo`);
    socket.close();
    return [String(socket), socket instanceof W, socket instanceof EventTarget, Object.keys(socket)];
  },

  'subclasses': async (W, base) => {
    class Mine extends W {
      constructor(path) { super(base + path); this.extra = 1; }
      send(data) { super.send(`<${data}>`); }
      get twice() { return this.readyState * 2; }
    }
    const socket = new Mine('/echo');
    await once(socket, 'open');
    socket.send('x');
    const { data } = await once(socket, 'message');
    const { twice } = socket;
    socket.close();
    return [data, twice, socket.extra, socket instanceof Mine, socket instanceof W];
  },

  'events in order': async (W, base) => {
    const socket = new W(`${base}/hello`);
    const log = said(socket);
    await once(socket, 'open');
    socket.send('bye');
    await once(socket, 'close');
    return log;
  },

  'readyState in each event': async (W, base) => {
    const socket = new W(`${base}/hello`);
    const states = [socket.readyState];
    for (const type of ['open', 'message', 'error', 'close']) socket.addEventListener(type, () => states.push([type, socket.readyState]));
    await once(socket, 'open');
    await once(socket, 'message');
    socket.close();
    states.push(socket.readyState);
    await once(socket, 'close');
    return states;
  },

  'the open event': async (W, base) => {
    const socket = new W(`${base}/echo`);
    let phase;
    socket.onopen = ({ eventPhase }) => { phase = eventPhase; };
    const e = await once(socket, 'open');
    const { type, bubbles, cancelable, composed, defaultPrevented } = e;
    socket.close();
    return [phase, type, bubbles, cancelable, composed, defaultPrevented, e.target === socket, e.constructor === Event, socket.readyState];
  },

  'the message event': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    socket.send('x');
    const e = await once(socket, 'message');
    socket.close();
    return [e.type, e.data, e.origin, e.lastEventId, e.source, e.ports.length, e.bubbles, e.cancelable, e instanceof MessageEvent, e.target === socket];
  },

  'the close event': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    socket.close(3333, 'why');
    const e = await once(socket, 'close');
    return [closed(e), e.bubbles, e.cancelable, e instanceof CloseEvent, e.constructor === CloseEvent, socket.readyState];
  },

  'this and the argument of a handler': async (W, base) => {
    const socket = new W(`${base}/echo`);
    const got = await new Promise((resolve) => {
      socket.onopen = function handler(...args) { resolve([this === socket, args.length, args[0].currentTarget === socket]); };
    });
    socket.close();
    return got;
  },

  'values of a handler': (W, base) => {
    const socket = new W(`${base}/echo`);
    const f = () => {};
    const object = { handleEvent() {} };
    const got = [f, object, null, 1, 'x', undefined, Symbol('s'), class {}].map((value) => {
      socket.onmessage = value;
      return socket.onmessage === value ? 'kept' : String(socket.onmessage);
    });
    socket.close();
    return got;
  },

  'handlers take their first place among listeners': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const order = [];
    const add = (n) => socket.addEventListener('message', () => order.push(n));
    add(1);
    socket.onmessage = () => order.push('old');
    add(2);
    socket.onmessage = () => order.push('handler');
    add(3);
    socket.send('x');
    await once(socket, 'message');
    socket.onmessage = null;
    socket.send('x');
    await once(socket, 'message');
    socket.onmessage = () => order.push('last');
    socket.send('x');
    await once(socket, 'message');
    await tick();
    socket.close();
    return order;
  },

  'a handler that throws does not stop the others': async (W, base) => {
    const errors = [];
    const note = (e) => { errors.push(e.message); e.preventDefault(); };
    addEventListener('error', note);
    const socket = await open(W, `${base}/echo`);
    socket.onmessage = () => { throw new Error('mine'); };
    socket.send('x');
    socket.send('y');
    const got = [(await once(socket, 'message')).data, (await once(socket, 'message')).data];
    await tick();
    removeEventListener('error', note);
    socket.close();
    return [got, errors];
  },

  'what a listener awaits comes before the next message': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const order = [];
    const done = new Promise((resolve) => {
      socket.onmessage = async ({ data }) => {
        order.push(data);
        for (let i = 0; i < 10; i++) await null;
        order.push(`${data}'`);
        if (data === 'c') resolve();
      };
    });
    for (const text of 'abc') socket.send(text);
    await done;
    socket.close();
    return order;
  },

  'send while connecting': (W, base) => {
    const socket = new W(`${base}/echo`);
    const results = [thrown(() => socket.send('x')), thrown(() => socket.send(new Blob(['x']))), thrown(() => socket.send(new ArrayBuffer(1))),
      thrown(() => socket.send()), thrown(() => socket.send(Symbol('s'))), socket.bufferedAmount];
    socket.close();
    return results;
  },

  'texts, exactly': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const texts = ['', ' ', '\n', '\r', '\r\n', '\n\n', 'a\r', '\0', 'a\0b', '\uFEFF', '\uFEFFa', '\uD800', '\uDC00\uD800', 'a\uD83Db', '😀', '\u2028',
      'data: x\n\nid: 5', ':', ' x', '\tx', 'x\n'.repeat(50), 'x\ny', 'é'.repeat(70_000), '"\\u0000"', '{}', 'null'];
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(data);
        if (got.length === texts.length) resolve();
      };
    });
    for (const text of texts) socket.send(text);
    await done;
    socket.close();
    return got;
  },

  'values that become texts': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const values = [null, undefined, 1, -0, NaN, true, {}, [], [1, 2], { toString: () => 'mine' }, 10n, new Date(0).getTime(), () => 1, new URL('http://a/'),
      new Response('x'), new FormData(), new URLSearchParams('a=b')];
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(data);
        if (got.length === values.length) resolve();
      };
    });
    for (const value of values) socket.send(value);
    await done;
    socket.close();
    return got;
  },

  'binary of every kind': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    socket.binaryType = 'arraybuffer';
    const { buffer } = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values = [buffer, new ArrayBuffer(0), new Uint8Array(buffer), new Uint8Array(buffer, 3, 4), new Int16Array(buffer, 2, 3), new Float64Array(buffer, 8, 1),
      new DataView(buffer, 100, 10), new Uint8ClampedArray(buffer, 250), new BigInt64Array(buffer, 0, 1), new Blob([]), new Blob(['abc', buffer]),
      new File(['file'], 'name.txt'), new Uint8Array(70_000)];
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push([data instanceof ArrayBuffer, data.byteLength, [...new Uint8Array(data)].slice(0, 300).join()]);
        if (got.length === values.length) resolve();
      };
    });
    for (const value of values) socket.send(value);
    await done;
    socket.close();
    return got;
  },

  'objects of another frame': async (W, base) => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const { contentWindow: other } = frame;
    const socket = await open(W, `${base}/echo`);
    socket.binaryType = 'arraybuffer';
    const got = [];
    for (const value of [new other.ArrayBuffer(3), new other.Uint8Array(4), new other.Blob(['12345']), new other.String('text')]) {
      socket.send(value);
      const { data } = await once(socket, 'message');
      got.push(typeof data === 'string' ? data : data.byteLength);
    }
    frame.remove();
    socket.close();
    return got;
  },

  'binaryType': async (W, base) => {
    const socket = new W(`${base}/echo`);
    const values = ['arraybuffer', 'blob', 'Blob', '', null, undefined, 'arraybuffer ', 'arraybuffer'].map((value) => {
      socket.binaryType = value;
      return socket.binaryType;
    });
    await once(socket, 'open');
    socket.send(Uint8Array.of(1, 2, 3));
    const first = (await once(socket, 'message')).data;
    socket.binaryType = 'blob';
    socket.send(Uint8Array.of(1, 2, 3));
    const second = (await once(socket, 'message')).data;
    socket.close();
    return [values, String(first), first.byteLength, String(second), second.size, second.type];
  },

  'bufferedAmount': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const amounts = [socket.bufferedAmount];
    for (const value of ['', 'a', 'ä', '😀', '\uD800', new ArrayBuffer(10), new Uint8Array(20).subarray(5), new Blob(['xyz']), new DataView(new ArrayBuffer(8), 4)]) {
      socket.send(value);
      amounts.push(socket.bufferedAmount);
    }
    while (socket.bufferedAmount) await tick();
    socket.close();
    amounts.push(socket.bufferedAmount);
    socket.send('abc');
    amounts.push(socket.bufferedAmount);
    socket.send(new ArrayBuffer(7));
    amounts.push(socket.bufferedAmount);
    await once(socket, 'close');
    amounts.push(socket.bufferedAmount);
    socket.send(new Blob(['12']));
    amounts.push(socket.bufferedAmount);
    await tick();
    amounts.push(socket.bufferedAmount);
    return amounts;
  },

  'close codes that are refused': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const codes = [0, 1, 500, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 65536, 66536, -1, NaN, Infinity, -Infinity, null, '', 'x', 'string', {}, [], false, true,
      999.4, 2999.4, 1001.5, 10n, Symbol('s'), '1001'];
    const results = codes.map((code) => thrown(() => socket.close(code)));
    results.push(socket.readyState);
    socket.close();
    return results;
  },

  'close codes that are taken': async (W, base) => {
    const got = [];
    for (const code of [1000, 3000, 3500, 4999, '1000', 1000.4, 1000.5, 4999.4, [3001], { valueOf: () => 4000 }, undefined]) {
      const socket = await open(W, `${base}/echo`);
      socket.close(code);
      got.push(closed(await once(socket, 'close')));
    }
    return got;
  },

  'close reasons': async (W, base) => {
    const got = [];
    for (const reason of ['', 'why', 'x'.repeat(123), 'ä'.repeat(61), null, undefined, 7, '\uD800', 'a\nb\r\0c', '😀'.repeat(30)]) {
      const socket = await open(W, `${base}/echo`);
      socket.close(1000, reason);
      got.push(closed(await once(socket, 'close')));
    }
    const socket = await open(W, `${base}/echo`);
    got.push(...['x'.repeat(124), 'ä'.repeat(62), '\uD800'.repeat(42), '😀'.repeat(31), Symbol('s')].map((reason) => thrown(() => socket.close(1000, reason))));
    got.push(thrown(() => socket.close(999, 'x'.repeat(200))), socket.readyState);
    socket.close();
    return got;
  },

  'close, again and again': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const log = said(socket);
    socket.close(3000, 'first');
    socket.close(3001, 'second');
    socket.close();
    const bad = thrown(() => socket.close(1));
    await once(socket, 'close');
    socket.close(3002);
    await tick();
    return [log, bad, thrown(() => socket.close(1)), socket.readyState];
  },

  'close while connecting': async (W, base) => {
    const socket = new W(`${base}/echo`);
    const log = said(socket);
    const bad = thrown(() => socket.close(1));
    socket.close(3000, 'changed my mind');
    const at = socket.readyState;
    socket.close();
    const sync = log.length;
    const sent = thrown(() => socket.send('x'));
    await once(socket, 'close');
    await tick();
    return [bad, at, sync, sent, log, socket.readyState, socket.bufferedAmount];
  },

  'what is sent before close arrives before it': async (W, base) => {
    const socket = await open(W, `${base}/count-then-close`);
    for (let i = 0; i < 50; i++) socket.send(`${i}`);
    socket.send(new Blob(['blob']));
    socket.close(3000);
    return closed(await once(socket, 'close'));
  },

  'messages after close() are not shown': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const log = said(socket);
    socket.send('x');
    socket.close();
    await once(socket, 'close');
    return log;
  },

  'close in the open event': async (W, base) => {
    const socket = new W(`${base}/echo`);
    const log = said(socket);
    socket.onopen = () => socket.close(3000, 'at once');
    await once(socket, 'close');
    return log;
  },

  'close in a message event': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const log = said(socket);
    socket.onmessage = () => socket.close(3000, 'enough');
    for (let i = 0; i < 5; i++) socket.send(`${i}`);
    await once(socket, 'close');
    return log;
  },

  'the server closes': async (W, base) => {
    const got = [];
    for (const args of ['[1000,"done"]', '[1001,"away"]', '[1008]', '[1011,"oops"]', '[4321,"ä\\n\\r"]', '[]']) {
      const socket = await open(W, `${base}/close`);
      const log = said(socket);
      socket.send(args);
      await once(socket, 'close');
      got.push(log);
    }
    return got;
  },

  'the server closes at once': async (W, base) => {
    const socket = new W(`${base}/leaving`);
    const log = said(socket);
    await once(socket, 'close');
    return log;
  },

  'a message that is too big': async (W, base) => {
    const socket = await open(W, `${base}/small`);
    const log = said(socket);
    socket.send('x'.repeat(2000));
    await once(socket, 'close');
    return log;
  },

  'nobody there': async (W) => {
    const got = [];
    for (const url of ['ws://127.0.0.1:9/', 'ws://does-not-exist.invalid/', 'wss://127.0.0.1:9/', 'ws://127.0.0.1:25/', '/nowhere', '/refused']) {
      const socket = new W(url);
      const log = said(socket);
      await once(socket, 'close');
      got.push([log, socket.readyState, socket.protocol, socket.extensions]);
    }
    return got;
  },

  'subprotocols': async (W, base) => {
    const got = [];
    for (const protocols of ['chat', ['chat'], ['none', 'chat'], ['superchat', 'chat'], ['none'], undefined, []]) {
      const socket = new W(`${base}/sub`, protocols);
      const log = said(socket);
      await Promise.race([once(socket, 'open'), once(socket, 'close')]);
      got.push([log, socket.protocol]);
      socket.close();
    }
    const socket = new W(`${base}/pushy`);
    const log = said(socket);
    await Promise.race([once(socket, 'open'), once(socket, 'close')]);
    socket.close();
    return [...got, log];
  },

  'the endpoint sees path and query as they were': async (W, base) => {
    const got = [];
    for (const query of ['', '?', '?a=b&c', '?x=%20+%2B&ü', '?a?b&&']) {
      const socket = await open(W, `${base}/where${query}`);
      got.push((await once(socket, 'message')).data);
      socket.close();
    }
    return got;
  },

  'many messages each way stay in order': async (W, base) => {
    const socket = await open(W, `${base}/echo`);
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(data);
        if (got.length === 1000) resolve();
      };
    });
    for (let i = 0; i < 1000; i++) {
      socket.send(`${i}`);
      if (i % 100 === 0) await tick();
    }
    await done;
    socket.close();
    return got.every((data, i) => data === `${i}`);
  },

  'a page can dispatch events of its own on it': (W, base) => {
    const socket = new W(`${base}/echo`);
    const got = [];
    socket.onmessage = (e) => got.push(e.type, e.data);
    socket.addEventListener('mine', (e) => got.push(e.type));
    socket.dispatchEvent(new MessageEvent('message', { data: 'fake' }));
    socket.dispatchEvent(new Event('mine'));
    socket.close();
    return got;
  },
};
