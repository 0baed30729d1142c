/*
 * SseSocket: the interface of WHATWG WebSockets §3. What does the work behind it is a bridged connection (below) or a
 * native WebSocket where the server or the options want one: both have the same properties.
 */
import { openLine } from './line.js';
import { attend, isScarce, memory, neglect } from './page.js';
import { inTask } from './tasks.js';
import { openUpstream } from './upstream.js';
import { fromBase64, utf8Length, wellFormed } from './wire.js';

const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;
const CLOSE_TIMEOUT = 20_000, NATIVE_TIMEOUT = 10_000, BUFFER_LIMIT = 1 << 26;

const lines = new Map();    // those that sockets share, by what they must have in common
const handlers = new WeakMap();

/** The browser's own, also when our classic script has taken its place. */
const WS = globalThis.WebSocket;
export const Native = WS?.[Symbol.for('ssebridge.native')] ?? WS;

const fault = (name, message) => new DOMException(message, name);
const need = (args) => {
  if (!args.length) throw new TypeError('1 argument required');
};
/** Node 20 has no CloseEvent. NODE is false in the classic script, a constant of the build. */
const ClosingEvent = !NODE || globalThis.CloseEvent ? CloseEvent : class CloseEvent extends Event {
  constructor(type, init) { Object.assign(super(type), init); }
};

/** As the page sees it: with a ws: or wss: scheme where there was http: or https:. Undefined if it is not a URL. */
export function resolve(url) {
  try {
    return new URL(new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href.replace(/^http/, 'ws'));
  } catch {
    return undefined;
  }
}

function parse(url) {
  const parsed = resolve(url);
  if (!/^wss?:[^#]+$/.test(parsed?.href)) throw fault('SyntaxError', `Invalid URL ${url}`);
  return parsed;
}

function parseProtocols(protocols) {
  const names = Object(protocols) === protocols && protocols[Symbol.iterator] != null ? [...protocols] : [protocols];
  const seen = new Set();
  return names.map((each) => {
    const name = `${each}`;
    const key = name.toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || seen.has(key)) {
      throw fault('SyntaxError', `Invalid subprotocol ${name}`);
    }
    seen.add(key);
    return name;
  });
}

/** @returns a line, or a promise of one */
function chooseLine(options) {
  const { share = 'auto', origin, headers, cross, withCredentials, transport } = options;
  if (share === 'tabs' && !headers && globalThis.navigator?.locks) {
    return import('./tabs.js').then(({ tabLine }) => tabLine(options, openLine)); // few need it: a file of its own
  }
  if (share !== 'page' && (share !== 'auto' || headers || cross || !isScarce())) return openLine(options);
  const key = [origin, withCredentials, transport].join();
  if (!lines.has(key)) lines.set(key, openLine({ ...options, onEmpty: () => lines.delete(key) }));
  return lines.get(key);
}

/**
 * The connection of one socket over the bridge.
 * @param socket where events are dispatched
 * @param become called with what the socket is from now on: this connection, or a native WebSocket
 */
function connect(socket, url, protocols, given, become) {
  const http = new URL(url.href.replace(/^ws/, 'http'));
  http.username = http.password = ''; // fetch refuses them
  const { origin } = http;
  const { headers, transport, withCredentials = true, WebSocket = Native } = given;
  const key = `ssebridge.no-websocket ${origin}`;
  const auto = transport === 'auto' && !memory[key] && WebSocket;
  const options = {
    ...given, origin, withCredentials,
    credentials: withCredentials ? 'include' : 'same-origin',
    transport: headers ? 'fetch' : transport,
    headers: headers && (typeof headers === 'function' ? headers : () => headers),
    cross: globalThis.location && origin !== location.origin,
  };
  let line;
  let timer; // for the close that must come
  let binaryType = 'blob';

  const fire = (event) => socket.dispatchEvent(event);
  const message = (data, from = url.origin) => fire(new MessageEvent('message', { data, origin: from }));

  function end(code, reason = '') {
    if (self.readyState === CLOSED) return;
    self.readyState = CLOSED;
    neglect(page);
    clearTimeout(timer);
    upstream.stop();
    line?.leave(member);
    if (code === 1006) fire(new Event('error'));
    fire(new ClosingEvent('close', { code, reason, wasClean: code !== 1006 }));
  }

  function fail() {
    if (self.readyState !== CLOSED && member.token) upstream.discard();
    end(1006);
  }

  function expectClose() {
    clearTimeout(timer);
    timer = setTimeout(fail, CLOSE_TIMEOUT);
  }

  async function enter(chosen) {
    attend(page);
    line = await chosen;
    if (self.readyState < CLOSING || member.token) line.enter(member);
  }

  /** By the native class: only its failure to connect may be made good here. */
  function goNative(fallBack) {
    const native = new WebSocket(url.href, protocols);
    let opened, failed;
    const nativeTimer = fallBack && setTimeout(() => native.close(), NATIVE_TIMEOUT);
    native.binaryType = binaryType;
    native.onopen = () => {
      opened = true;
      clearTimeout(nativeTimer);
      fire(new Event('open'));
    };
    native.onmessage = (event) => message(event.data, event.origin);
    native.onerror = () => { failed = true; };
    native.onclose = ({ code, reason, wasClean }) => {
      clearTimeout(nativeTimer);
      if (!opened && fallBack) {
        memory[key] = 1;
        become(self);
        member.ask = '';
        member.born = Date.now();
        enter(chooseLine(options));
      } else {
        if (failed) fire(new Event('error'));
        fire(new ClosingEvent('close', { code, reason, wasClean }));
      }
    };
    become(native);
  }

  const upstream = openUpstream(http.href, {
    ...options,
    taken(size) {
      self.bufferedAmount -= size;
      if (timer) expectClose(); // it goes on
    },
    refused: expectClose,
    failed: fail,
  });

  const member = {
    url: http.href, protocols, ask: auto && 'auto', born: Date.now(), token: '', offset: 0,

    opened(open) {
      upstream.opened(member.token, open);
      inTask(() => {
        if (self.readyState !== CONNECTING) return;
        // Fetch, "establish a WebSocket connection": one that was asked for, or none if none was
        const protocol = open.protocol ?? '';
        if (protocols.length ? !protocols.includes(protocol) : protocol) return fail();
        Object.assign(self, { protocol, extensions: open.extensions ?? '', readyState: OPEN });
        fire(new Event('open'));
      });
    },

    take: (type, data) => inTask(() => {
      if (type === 'ws.close') {
        const { code = 1005, reason } = JSON.parse(data);
        if (self.readyState === CLOSING) upstream.settle();
        end(code, reason);
      } else if (type === 'ws.ping') {
        upstream.add('ws.pong', data, 0);
      } else if (type !== 'ws.pong' && type !== 'ws.routes' && self.readyState === OPEN) {
        if (type === 'ws.binary') {
          const { buffer } = fromBase64(data);
          data = binaryType === 'blob' ? new Blob([buffer]) : buffer;
        } else if (type === 'ws.text') {
          data = JSON.parse(data);
          data = data.text ?? data; // with the name of its channel, or alone
        }
        message(data);
      }
    }),

    gone() {
      if (auto && !member.token) goNative();
      else inTask(() => end(1006)); // after what came before
    },

    use: () => goNative(true),
    apart: () => enter(openLine(options)),
  };

  const page = {
    hide(persisted) {
      if (!member.token || persisted && given.bfcache !== false) return;
      upstream.leave();
      expectClose();
    },
    wake: upstream.wake,
  };

  const self = {
    url: url.href, readyState: CONNECTING, bufferedAmount: 0, extensions: '', protocol: '',

    get binaryType() { return binaryType; },
    set binaryType(type) { if (/^(blob|arraybuffer)$/.test(type)) binaryType = type; },

    send(data) {
      const tag = {}.toString.call(data); // right for objects of other frames too
      let size, type = 'ws.binary';
      if (ArrayBuffer.isView(data) || / ArrayB/.test(tag)) {
        data = new Uint8Array(data.buffer ?? data, data.byteOffset, data.byteLength).slice();
        size = data.length;
      } else if (/ (Blob|File)]/.test(tag)) {
        size = data.size;
      } else {
        data = wellFormed(data);
        type = '';
        size = utf8Length(data);
      }
      if (self.readyState === CONNECTING) throw fault('InvalidStateError', 'Connecting');
      self.bufferedAmount += size;
      if (self.readyState !== OPEN) return;
      upstream.add(type, data, size);
      if (self.bufferedAmount > BUFFER_LIMIT) setTimeout(fail);
    },

    close(code, reason) {
      if (code !== undefined) {
        code = Math.min(65535, Math.max(0, +code)) || 0;
        code = Math.round(code) - (code % 2 === 0.5); // WebIDL [Clamp]: half goes to the even
        if (code !== 1000 && (code < 3000 || code > 4999)) {
          throw fault('InvalidAccessError', `Invalid code ${code}`);
        }
      }
      reason = reason === undefined ? '' : wellFormed(reason);
      if (utf8Length(reason) > 123) throw fault('SyntaxError', 'Invalid reason: over 123 bytes');
      const before = self.readyState;
      if (before > OPEN) return;
      self.readyState = CLOSING;
      if (before) {
        if (reason) code ??= 1000;
        upstream.add('ws.close', JSON.stringify(code ? { code, reason } : {}), 0);
        expectClose();
      } else {
        line?.leave(member);
        setTimeout(fail);
      }
    },
  };

  become(self);
  if (transport === 'websocket') goNative();
  else enter(chooseLine(options));
}

/** What the classic script sets for the class that takes the native one's place. */
export const replacement = { serves: () => true, options: {} };

export class SseSocket extends EventTarget {
  #way;

  constructor(url, protocols = [], options = replacement.options) {
    need(arguments);
    if (!replacement.serves(url)) {
      if (new.target === SseSocket) return new Native(url, protocols);
      options = { ...options, transport: 'websocket' };
    }
    super();
    handlers.set(this, {});
    connect(this, parse(wellFormed(url)), parseProtocols(protocols), options, (way) => { this.#way = way; });
  }

  get url() { return this.#way.url; }
  get readyState() { return this.#way.readyState; }
  get bufferedAmount() { return this.#way.bufferedAmount; }
  get extensions() { return this.#way.extensions; }
  get protocol() { return this.#way.protocol; }
  get binaryType() { return this.#way.binaryType; }
  set binaryType(type) { this.#way.binaryType = `${type}`; }

  send(data) {
    need(arguments);
    this.#way.send(data);
  }

  close(code = undefined, reason = undefined) { this.#way.close(code, reason); }
}

const { prototype } = SseSocket;
const define = (on, name, descriptor) => Object.defineProperty(on, name, { enumerable: true, ...descriptor });
for (const name of Object.getOwnPropertyNames(prototype)) if (name !== 'constructor') define(prototype, name);
['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].forEach((name, value) => {
  define(SseSocket, name, { value });
  define(prototype, name, { value });
});
for (const type of ['open', 'error', 'close', 'message']) {
  define(prototype, `on${type}`, {
    configurable: true,
    get() { return handlers.get(this)[type]?.callback ?? null; },
    /** HTML §8.1.8.1: the handler is called where the listener is that its first value added. */
    set(callback) {
      const own = handlers.get(this);
      const before = own[type];
      if (Object(callback) !== callback) {
        this.removeEventListener(type, before ?? null);
        own[type] = undefined;
      } else if (before) {
        before.callback = callback;
      } else {
        const handler = own[type] = {
          callback,
          handleEvent: (event) => typeof handler.callback === 'function' && handler.callback.call(this, event),
        };
        this.addEventListener(type, handler);
      }
    },
  });
}
define(prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true, enumerable: false });
