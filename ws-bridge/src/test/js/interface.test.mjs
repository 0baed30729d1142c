/*
 * The same scripts over the browser's own WebSocket and over ours, in Chromium and in Node: what they see must be equal.
 */
import assert from 'node:assert/strict';
import { echo, startBridge } from './fake-bridge.mjs';
import { after, before, describe, launch, test } from './support.mjs';
import { cases } from './interface-cases.js';
import { SseSocket } from '../../main/resources/META-INF/resources/ssebridge/sse-socket.js';

const endpoints = {
  '/echo': echo,
  '/hello': {
    open(session) { session.send('hello'); },
    message(session, data) { session.send(`you said ${data}`); session.close(4000, 'that was all'); },
  },
  '/close': { message(session, data) { session.close(...JSON.parse(data)); } },
  '/count-then-close': { open(session) { session.state.n = 0; }, message(session) { session.state.n++; } },
  '/leaving': { open(session) { session.close(4000, 'not today'); } },
  '/small': { ...echo, maxMessage: 1000 },
  '/refused': { refuse: () => 403 },
  '/sub': { ...echo, protocols: ['superchat', 'chat'] },
  '/pushy': { ...echo, protocols: [''] },
  '/where': { open(session) { session.send(session.url.pathname + session.url.search); } },
};

const CLASSES = {
  'SseSocket over EventSource': `(await import('/ssebridge/sse-socket.js')).SseSocket`,
  'SseSocket over fetch': `class SseSocket extends (await import('/ssebridge/sse-socket.js')).default {
    constructor(...args) { if (!args.length) super(); else super(args[0], args[1], { transport: 'fetch' }); }
  }`,
  'the classic script': 'WebSocket',
};
/** What cannot be the same for a class that is a subclass made for the test. */
const OF_A_SUBCLASS = ['class object', 'attributes and methods', 'constants on class and prototype', 'constructor without new'];

let bridge, browser;
before(async () => {
  bridge = await startBridge(endpoints, {
    pages: { '/': '<!doctype html><title>t</title><body>', '/classic': '<!doctype html><script src="/ssebridge/websocket.js"></script><body>' },
  });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await bridge.close();
});

async function results(path, expression) {
  const page = await browser.newPage();
  await page.goto(bridge.origin + path);
  const found = {};
  for (const name of Object.keys(cases)) {
    found[name] = await page.evaluate(`(async () => {
      const W = ${expression};
      const { cases } = await import('/tests/interface-cases.js');
      return Promise.race([
        Promise.resolve().then(() => cases[${JSON.stringify(name)}](W, ${JSON.stringify(bridge.ws)})).catch((error) => 'failed: ' + error),
        new Promise((resolve) => setTimeout(resolve, 10000, 'never ended')),
      ]);
    })()`);
  }
  await page.close();
  return found;
}

for (const [name, expression] of Object.entries(CLASSES)) {
  describe(name, () => {
    let native, ours;
    before(async () => {
      native = await results('/', 'WebSocket');
      ours = await results(name.includes('classic') ? '/classic' : '/', expression);
    });
    for (const each of Object.keys(cases)) {
      if (name.includes('fetch') && OF_A_SUBCLASS.includes(each)) continue;
      test(each, () => {
        assert.doesNotMatch(JSON.stringify(native[each]), /never ended|failed: /, 'the native class must manage');
        assert.deepEqual(ours[each], native[each]);
      });
    }
  });
}

/**
 * What needs a page: URLs without a scheme, frames, the window's errors, Chromium's own `when` and CloseEvent, and a
 * close that is still under way when the case ends.
 */
const OF_A_PAGE = ['URLs that are refused', 'URLs as they are told', 'nobody there', 'objects of another frame', 'the close event',
  'a handler that throws does not stop the others', 'what for-in finds', 'subprotocols'];

/** The same in Node, where it is the browser's class that ours has to equal: Node's own deviates in a dozen cases. */
describe('SseSocket in Node', () => {
  let native;
  before(async () => { native = await results('/', 'WebSocket'); });
  for (const [name, run] of Object.entries(cases)) {
    if (OF_A_PAGE.includes(name)) continue;
    test(name, async () => {
      assert.deepEqual(await run(SseSocket, bridge.ws), native[name]);
    });
  }
});
