/*
 * SSE Bridge: a WebSocket-shaped client over Server-Sent Events and POST.
 * SPDX-License-Identifier: Apache-2.0
 */
const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;
const OPEN_TIMEOUT = 30_000, POST_TIMEOUT = 30_000, CLOSE_TIMEOUT = 10_000;
const CONTROL = ['ws.open', 'ws.close', 'ws.text', 'ws.binary', 'ws.ping', 'ws.pong', 'sse.hb', 'sse.goaway'];

const utf8 = new TextEncoder();
const clock = () => Date.now();
const backOff = (failures) => Math.min(10_000, 250 * 2 ** failures) * (0.5 + Math.random() / 2);
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, '\uFFFD');

function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** An event-stream block; what `data:` lines cannot carry exactly goes as a JSON string. */
function frame(number, type, data) {
  if (!type && (data.includes('\r') || data.split('\n', 9).length > 8)) {
    type = 'ws.text';
    data = JSON.stringify(data);
  }
  return `id: ${number}\n${type ? `event: ${type}\n` : ''}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`;
}

function closeEvent(init) {
  if (typeof CloseEvent === 'function') return new CloseEvent('close', init);
  return Object.assign(new Event('close'), init);
}

class SseSocket extends EventTarget {
  #url;                 // what the page sees, ws: or wss:
  #http;                // where it really goes
  #protocols;
  #options;
  #state = CONNECTING;
  #protocol = '';
  #extensions = '';
  #binaryType = 'blob';
  #buffered = 0;
  #handlers = {};

  #source = null;       // the open EventSource
  #token = '';          // set by ws.open; the session this object is
  #offset = 0;          // last event of the session taken
  #opening;             // timer
  #resuming;            // timer
  #failures = 0;        // of the stream, since it last proved itself
  #seen = 0;            // when the stream last said anything
  #heartbeat = 15_000;
  #watchdog;

  #number = 0;          // last message number given out
  #queue = [];          // {number, type, data, size, sending}; Blobs are read when their turn comes
  #posting = false;
  #abort = null;
  #muted = false;       // the server takes nothing more; only its ws.close is awaited
  #wake = null;

  constructor(url, protocols = [], options = {}) {
    if (!arguments.length) throw new TypeError('1 argument required, but only 0 present.');
    super();
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    let parsed;
    try { parsed = new URL(`${url}`, base); } catch { throw new DOMException(`The URL '${url}' is invalid.`, 'SyntaxError'); }
    if (parsed.protocol === 'http:') parsed.protocol = 'ws:';
    if (parsed.protocol === 'https:') parsed.protocol = 'wss:';
    if (!/^wss?:$/.test(parsed.protocol)) {
      throw new DOMException(`The URL's scheme must be 'ws', 'wss', 'http' or 'https'; '${parsed.protocol}' is not allowed.`, 'SyntaxError');
    }
    if (parsed.href.includes('#')) throw new DOMException(`The URL '${url}' contains a fragment identifier.`, 'SyntaxError');
    const names = Object(protocols) === protocols && protocols[Symbol.iterator] ? Array.from(protocols, String) : [`${protocols}`];
    for (const name of names) {
      if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) throw new DOMException(`The subprotocol '${name}' is invalid.`, 'SyntaxError');
    }
    if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
      throw new DOMException('A subprotocol is duplicated.', 'SyntaxError');
    }
    this.#url = parsed;
    this.#http = new URL(parsed.href.replace(/^ws/, 'http'));
    this.#http.username = this.#http.password = '';
    this.#protocols = names;
    this.#options = options;
    this.#connect();
    this.#opening = setTimeout(() => this.#fail(), OPEN_TIMEOUT);
    if (typeof addEventListener === 'function') {
      addEventListener('pagehide', this.#onPageHide);
      addEventListener('pageshow', this.#onWake);
      addEventListener('online', this.#onWake);
    }
    globalThis.document?.addEventListener('visibilitychange', this.#onWake);
  }

  get url() { return this.#url.href; }
  get readyState() { return this.#state; }
  get bufferedAmount() { return this.#buffered; }
  get protocol() { return this.#protocol; }
  get extensions() { return this.#extensions; }
  get binaryType() { return this.#binaryType; }
  set binaryType(type) { if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type; }

  send(data) {
    if (!arguments.length) throw new TypeError('1 argument required, but only 0 present.');
    let size, type = 'ws.binary';
    if (typeof Blob === 'function' && data instanceof Blob) {
      size = data.size;
    } else if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) {
      data = data instanceof ArrayBuffer ? new Uint8Array(data.slice(0))
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      size = data.length;
    } else {
      data = wellFormed(`${data}`);
      type = '';
      size = utf8.encode(data).length;
    }
    if (this.#state === CONNECTING) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    this.#buffered += size;
    if (this.#state === OPEN) this.#enqueue(type, data, size);
  }

  close(code, reason) {
    if (code !== undefined) {
      code = Math.min(65535, Math.max(0, Math.round(Number(code) || 0)));
      if (code !== 1000 && (code < 3000 || code > 4999)) {
        throw new DOMException(`The code must be either 1000, or between 3000 and 4999. ${code} is neither.`, 'InvalidAccessError');
      }
    }
    reason = reason === undefined ? undefined : wellFormed(`${reason}`);
    if (reason && utf8.encode(reason).length > 123) {
      throw new DOMException('The close reason must not be greater than 123 UTF-8 bytes.', 'SyntaxError');
    }
    if (this.#state === CONNECTING) {
      this.#state = CLOSING;
      setTimeout(() => this.#fail());
    } else if (this.#state === OPEN) {
      this.#state = CLOSING;
      this.#enqueue('ws.close', JSON.stringify(code === undefined ? reason ? { code: 1000, reason } : {} : { code, reason: reason ?? '' }), 0);
    }
  }

  // Downstream

  #connect() {
    this.#source?.close();
    clearTimeout(this.#resuming);
    const url = new URL(this.#http);
    const add = (name, value) => { url.search += `${url.search ? '&' : '?'}${name}=${encodeURIComponent(value)}`; };
    add('sse-heartbeat', 'event');
    if (this.#token) {
      add('sse-session', this.#token);
      add('sse-cursor', `${this.#token}-${this.#offset}`);
    } else if (this.#protocols.length) {
      add('sse-protocols', this.#protocols.join());
    }
    const source = this.#source = new EventSource(url, { withCredentials: this.#options.withCredentials ?? true });
    const take = (event) => { if (source === this.#source) this.#take(event); };
    for (const type of CONTROL) source.addEventListener(type, take);
    source.onmessage = take;
    source.onopen = () => this.#alive();
    source.onerror = () => {
      if (source !== this.#source) return;
      if (source.readyState === EventSource.CONNECTING && !this.#token) return; // a soft refusal: the browser knows the server's retry
      this.#token ? this.#resume() : this.#fail();
    };
    this.#alive();
  }

  /** The stream broke: the first time since it proved itself at once, then ever more slowly. */
  #resume() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#resuming);
    clearTimeout(this.#watchdog);
    this.#resuming = setTimeout(() => this.#connect(), this.#failures ? backOff(this.#failures) : 0);
    this.#failures++;
  }

  #alive() {
    this.#seen = clock();
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#token && this.#resume(), 2.5 * this.#heartbeat);
  }

  #onWake = () => {
    if (document.visibilityState === 'hidden' || !this.#token || this.#state === CLOSED) return;
    if (!this.#source || clock() - this.#seen > 1.5 * this.#heartbeat) this.#connect();
    this.#wake?.();
  };

  #onPageHide = (event) => {
    if (!this.#token || this.#state === CLOSED) return;
    this.#source?.close();
    this.#source = null;
    if (event.persisted) return; // the back/forward cache: the session waits for pageshow
    const batch = this.#muted ? '' : this.#queue.map((m) => m.data instanceof Blob ? '' : this.#encode(m)).join('');
    const last = frame(this.#number + 1, 'ws.close', '{"code":1001}');
    const url = new URL(this.#http);
    url.search += `${url.search ? '&' : '?'}sse-session=${this.#token}`;
    navigator.sendBeacon(url, new Blob([batch.length < 30_000 ? batch + last : last], { type: 'text/event-stream' }));
  };

  #take({ type, data, lastEventId }) {
    this.#alive();
    if (type === 'sse.hb') { this.#failures = 0; return; }
    if (type === 'ws.open') { this.#opened(JSON.parse(data)); return; }
    if (type.startsWith('sse.')) return;
    const offset = Number(lastEventId.slice(lastEventId.lastIndexOf('-') + 1));
    if (offset <= this.#offset) return;
    this.#offset = offset;
    this.#failures = 0;
    if (type === 'ws.close') {
      const { code = 1005, reason = '' } = JSON.parse(data);
      this.#closed(code, reason, code !== 1006);
    } else if (type === 'ws.ping') {
      if (this.#state === OPEN) this.#enqueue('ws.pong', data, 0);
    } else if (type === 'ws.binary') {
      const bytes = fromBase64(data);
      this.#message(this.#binaryType === 'blob' ? new Blob([bytes]) : bytes.buffer);
    } else if (type === 'ws.text') {
      const text = JSON.parse(data);
      this.#message(text.text ?? text);
    } else if (type !== 'ws.pong') {
      this.#message(data);
    }
  }

  #opened(open) {
    this.#heartbeat = open.heartbeat || this.#heartbeat;
    for (const route of open.routes ?? []) this.#source.addEventListener(route, this.#source.onmessage);
    this.#wake?.();
    if (this.#token) { // resumed, unless the session is another one
      if (open.session !== this.#token) this.#fail();
      return;
    }
    this.#token = open.session;
    if (this.#state !== CONNECTING) return; // close() came first
    this.#protocol = open.protocol ?? '';
    this.#extensions = open.extensions ?? '';
    if (this.#protocols.length ? !this.#protocols.includes(this.#protocol) : this.#protocol) { this.#fail(); return; }
    clearTimeout(this.#opening);
    this.#state = OPEN;
    this.dispatchEvent(new Event('open'));
  }

  #message(data) {
    if (this.#state === OPEN) this.dispatchEvent(new MessageEvent('message', { data, origin: this.#url.origin }));
  }

  // Upstream

  #enqueue(type, data, size) {
    this.#queue.push({ number: ++this.#number, type, data, size });
    if (!this.#posting) { this.#posting = true; queueMicrotask(() => this.#post()); }
  }

  #encode({ number, type, data }) {
    return frame(number, type, data instanceof Uint8Array ? toBase64(data) : data);
  }

  /** One POST at a time until the queue is empty; what is not acknowledged is sent again under the same numbers. */
  async #post() {
    let failures = 0;
    while (this.#queue.length && this.#state !== CLOSED && !this.#muted) {
      let body = '', status = 0, received, wait = 0;
      for (const message of this.#queue) {
        if (typeof Blob === 'function' && message.data instanceof Blob) message.data = new Uint8Array(await message.data.arrayBuffer());
        const next = this.#encode(message);
        if (body && body.length + next.length > 256 * 1024) break;
        body += next;
      }
      this.#abort = new AbortController();
      const timer = setTimeout(() => this.#abort.abort(), POST_TIMEOUT + body.length / 8);
      try {
        const response = await fetch(this.#http, {
          method: 'POST', body, signal: this.#abort.signal, redirect: 'error',
          credentials: this.#options.withCredentials ?? true ? 'include' : 'same-origin',
          headers: { 'Content-Type': 'text/event-stream', 'Sse-Session': this.#token },
        });
        status = response.status;
        received = response.headers.get('Sse-Received');
        wait = Number(response.headers.get('Retry-After')) * 1000 || 0;
      } catch { /* no answer: the same numbers again */ }
      clearTimeout(timer);
      const before = this.#queue.length;
      if (received !== null && received !== undefined) {
        while (this.#queue.length && this.#queue[0].number <= received) this.#buffered -= this.#queue.shift().size;
      }
      if (this.#queue.length < before) failures = 0;
      if ([400, 410, 413].includes(status)) {
        this.#muted = true; // the stream says why
        this.#opening = setTimeout(() => this.#fail(), CLOSE_TIMEOUT);
      } else if (status >= 400 && ![408, 409, 429].includes(status) && status < 500) {
        this.#fail();
      } else if (status !== 204 || !received) {
        await new Promise((resolve) => {
          this.#wake = resolve;
          setTimeout(resolve, wait ? wait * (1 + Math.random() / 4) : backOff(failures++));
        });
        this.#wake = null;
      }
    }
    this.#posting = false;
  }

  // The end

  #fail() {
    if (this.#state === CLOSED) return;
    if (this.#token) {
      fetch(this.#http, { method: 'DELETE', keepalive: true, credentials: 'include', headers: { 'Sse-Session': this.#token } }).catch(() => {});
    }
    this.#closed(1006, '', false, true);
  }

  #closed(code, reason, wasClean, error = !wasClean) {
    if (this.#state === CLOSED) return;
    this.#source?.close();
    this.#source = null;
    this.#abort?.abort();
    this.#wake?.();
    for (const timer of [this.#opening, this.#resuming, this.#watchdog]) clearTimeout(timer);
    if (typeof removeEventListener === 'function') {
      removeEventListener('pagehide', this.#onPageHide);
      removeEventListener('pageshow', this.#onWake);
      removeEventListener('online', this.#onWake);
    }
    globalThis.document?.removeEventListener('visibilitychange', this.#onWake);
    this.#state = CLOSED;
    if (error) this.dispatchEvent(new Event('error'));
    this.dispatchEvent(closeEvent({ code, reason, wasClean }));
  }

  static {
    for (const type of ['open', 'message', 'error', 'close']) {
      Object.defineProperty(this.prototype, `on${type}`, {
        configurable: true, enumerable: true,
        get() { return this.#handlers[type]?.callback ?? null; },
        set(callback) {
          if (Object(callback) !== callback) callback = null;
          const handler = this.#handlers[type];
          if (handler && callback) {
            handler.callback = callback;
          } else if (handler) {
            this.removeEventListener(type, handler.listener);
            delete this.#handlers[type];
          } else if (callback) {
            const added = { callback, listener: (event) => typeof added.callback === 'function' && added.callback.call(this, event) };
            this.#handlers[type] = added;
            this.addEventListener(type, added.listener);
          }
        },
      });
    }
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
      for (const on of [this, this.prototype]) Object.defineProperty(on, name, { value, enumerable: true });
    }
  }
}

export { SseSocket, SseSocket as default };
