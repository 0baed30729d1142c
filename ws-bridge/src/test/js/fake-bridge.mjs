/*
 * A bridge server in one file, for the client's tests: the wire protocol of docs/protocol.md and nothing else, plus
 * what goes wrong on real networks, on demand. It also serves the same endpoints to native WebSockets, so that one
 * page script can be run over both.
 *
 * An endpoint is { protocols, maxMessage, open(session), message(session, data), close(session, code, reason) } where data
 * is a string or a Buffer, and a session has send(data), ping(bytes), close(code, reason), url, protocol, native.
 */
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { need } from './support.mjs';

/** What is served under these names: the shipped files, the tests' own, those of the libraries that are tried. */
const FILES = {
  ssebridge: new URL('../../main/resources/META-INF/resources/ssebridge/', import.meta.url),
  tests: new URL('./', import.meta.url),
  node_modules: new URL('../../main/js/node_modules/', import.meta.url),
};
const { WebSocketServer } = need('ws');
const TYPES = { js: 'text/javascript', mjs: 'text/javascript', html: 'text/html', css: 'text/css' };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const dataLines = (text) => text.split('\n').map((line) => `data: ${line}\n`).join('');

export const echo = {
  message(session, data) { session.send(data); },
};

class BridgeSession {
  constructor(bridge, endpoint, url, protocol, headers) {
    Object.assign(this, { bridge, endpoint, url, protocol, headers });
    this.token = randomBytes(16).toString('base64url');
    this.offset = 0;      // of the newest event in the log
    this.log = [];        // {offset, text}; the oldest goes when there are too many
    this.received = 0;    // highest message number taken
    this.parts = null;
    this.stream = null;   // the response that carries it now
    this.closed = false;
    this.state = {};      // for the endpoint
  }

  send(data) {
    if (this.closed) return;
    if (typeof data !== 'string') return this.append('ws.binary', Buffer.from(data).toString('base64'));
    data = data.replace(/\p{Surrogate}/gu, '\uFFFD');
    if (data.includes('\r') || data.split('\n').length > 8) return this.append('ws.text', JSON.stringify(data));
    this.append('', data);
  }

  /** A message with a route: the name stands in the event line, and before its first one the client is told. */
  route(name, text) {
    const { routes } = this.bridge.options;
    if (!routes.includes(name)) this.append('ws.routes', JSON.stringify({ routes: routes.concat(name) }));
    if (text.includes('\r')) return this.append('ws.text', JSON.stringify({ name, text }));
    this.append(name, text);
  }

  ping(bytes = '') { this.append('ws.ping', Buffer.from(bytes).toString('base64')); }

  close(code, reason = '') {
    if (this.closed) return;
    this.append('ws.close', code ? JSON.stringify({ code, reason }) : '{}');
    this.closed = true;
    this.leave(code ?? 1005, reason);
    if (this.stream) this.stream.ended(this);
  }

  leave(code, reason) {
    if (this.left) return;
    this.left = { code, reason };
    this.bridge.record('close', this, code, reason);
    this.endpoint.close?.(this, code, reason);
  }

  append(type, data) {
    const offset = ++this.offset;
    const text = `id: ${this.token}-${offset}\n${type ? `event: ${type}\n` : ''}${dataLines(data)}\n`;
    this.log.push({ offset, text });
    if (this.log.length > this.bridge.options.logSize) this.log.shift();
    this.stream?.write(text);
  }

  opening(id, extra) {
    const { maxMessage, maxBatch, heartbeat, lease, routes, share } = this.bridge.options;
    const open = { session: this.token, protocol: this.protocol, extensions: '', maxMessage, maxBatch, heartbeat, lease, routes, share, ...extra };
    return `retry: ${this.bridge.options.retry}\nid: ${id}\nevent: ws.open\ndata: ${JSON.stringify(open)}\n\n`;
  }

  /** False if the log no longer has what follows the offset, or never had. */
  covers(offset) {
    return offset <= this.offset && (offset === this.offset || this.log[0].offset <= offset + 1);
  }

  attach(stream, from, opening) {
    this.stream?.drop(this);
    clearTimeout(this.lease);
    this.stream = stream;
    stream.sessions.add(this);
    stream.write(opening);
    for (const { offset, text } of this.log) if (offset > from) stream.write(text);
    if (this.closed) stream.ended(this);
  }

  detached() {
    this.stream = null;
    clearTimeout(this.lease);
    if (this.bridge.options.lease) {
      this.lease = setTimeout(() => this.vanish(), this.bridge.options.lease);
      this.lease.unref();
    }
  }

  /** Gone without a word: the end of its lease, or a restart that forgot it. */
  vanish() {
    this.closed = true;
    this.bridge.sessions.delete(this.token);
    this.leave(1006, '');
  }
}

class Stream {
  constructor(bridge, request, response, heartbeat) {
    Object.assign(this, { bridge, request, response });
    this.sessions = new Set();
    this.stalled = false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream;charset=UTF-8', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no',
    });
    response.write(':\n');
    bridge.streams.add(this);
    this.timer = setInterval(() => this.write(heartbeat === 'event' ? 'event: sse.hb\ndata:\n\n' : ':\n'), bridge.options.heartbeat);
    this.timer.unref();
    response.on('close', () => this.end());
  }

  write(text) {
    if (!this.stalled && !this.response.destroyed) this.response.write(text);
  }

  drop(session) {
    this.sessions.delete(session);
    if (!this.sessions.size) this.end();
  }

  ended(session) {
    session.stream = null;
    this.drop(session);
  }

  end() {
    clearInterval(this.timer);
    this.bridge.streams.delete(this);
    for (const session of this.sessions) if (session.stream === this) session.detached();
    this.sessions.clear();
    this.response.end();
  }

  cut() {
    this.response.destroy();
    this.end();
  }
}

export class FakeBridge {
  constructor(endpoints, options) {
    this.endpoints = endpoints;
    this.options = {
      heartbeat: 15_000, lease: 30_000, retry: 1000, maxMessage: 1 << 20, maxBatch: 1 << 18, logSize: 10_000, routes: [], ...options,
    };
    this.sessions = new Map();
    this.streams = new Set();
    this.records = [];      // [what, session, ...]
    this.requests = [];     // {method, url, headers, status}
    this.faults = [];       // {method, path, times, act}
    this.down = false;      // every connection is hung up on
    this.apart = null;      // which sessions cannot be carried on a shared stream
    this.nativeSockets = new Set();
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => this.handle(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    }));
    this.native = new WebSocketServer({ noServer: true, handleProtocols: () => false });
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.origin = `http://127.0.0.1:${this.port}`;
    this.ws = `ws://127.0.0.1:${this.port}`;
    return this;
  }

  async close() {
    for (const session of this.sessions.values()) clearTimeout(session.lease);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  record(what, session, ...rest) { this.records.push([what, session, ...rest]); }

  // What goes wrong

  /** The next requests of a method (or all) are answered by the given function, or status. */
  fault(method, act, times = 1) { this.faults.push({ method, act, times }); }
  clearFaults() { this.faults = []; }
  cut() { for (const stream of [...this.streams]) stream.cut(); }
  stall() { for (const stream of this.streams) stream.stalled = true; }
  forget() {
    for (const session of [...this.sessions.values()]) session.vanish();
    this.cut();
  }
  /** Planned: the streams end with a word, the sessions stay. */
  goAway(retry = 200) {
    for (const stream of [...this.streams]) {
      stream.write(`retry: ${retry}\nevent: sse.goaway\ndata: {"retry":${retry}}\n\n`);
      stream.end();
    }
  }

  // HTTP

  async handle(request, response) {
    const url = new URL(request.url, this.origin);
    const entry = { method: request.method, url, headers: request.headers, response };
    this.requests.push(entry);
    if (this.down) return request.socket.destroy();
    const served = this.options.pages?.[url.pathname];
    if (served !== undefined) return response.writeHead(200, { 'Content-Type': 'text/html;charset=UTF-8' }).end(served);
    const [, folder] = url.pathname.split('/');
    if (FILES[folder]) return this.file(FILES[folder], url.pathname.slice(folder.length + 2), response);
    const endpoint = this.endpoints[url.pathname];
    const origin = request.headers.origin;
    if (origin && origin !== this.origin && this.options.cors !== false) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Allow-Credentials', 'true');
      response.setHeader('Access-Control-Expose-Headers', 'Sse-Received, Retry-After');
      if (request.method === 'OPTIONS') {
        return response.writeHead(204, {
          'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Access-Control-Max-Age': '600',
          'Access-Control-Allow-Headers': 'Content-Type, Authorization, Last-Event-ID, Sse-Session, Sse-Number, Sse-Also',
        }).end();
      }
    }
    const fault = this.faults.find((f) => f.times > 0 && (!f.method || f.method === request.method));
    if (fault) {
      fault.times--;
      if (typeof fault.act === 'number') return response.writeHead(fault.act).end();
      if (await fault.act(request, response, url) !== 'go on') return;
    }
    if (!endpoint) return response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Not found</h1>');
    if (request.method === 'GET') return this.get(endpoint, url, request, response);
    const token = request.headers['sse-session'] ?? url.searchParams.get('sse-session');
    const session = this.sessions.get(token);
    if (request.method === 'DELETE') {
      if (session && !session.closed) { session.append('ws.close', '{}'); session.closed = true; session.leave(1005, ''); session.stream?.ended(session); }
      return response.writeHead(204).end();
    }
    if (request.method === 'POST') return this.post(session, request, response);
    response.writeHead(405).end();
  }

  async file(folder, path, response) {
    try {
      const body = await readFile(new URL(path, folder));
      response.writeHead(200, { 'Content-Type': TYPES[path.split('.').pop()] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  get(endpoint, url, request, response) {
    if (!/text\/event-stream/.test(request.headers.accept ?? '')) return response.writeHead(406).end();
    const query = url.searchParams;
    if (query.get('sse-transport') === 'auto' && this.options.use === 'websocket') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      return response.end('event: ws.use\ndata: websocket\n\n');
    }
    const resumeOnly = request.headers['sse-session'] ?? query.get('sse-session');
    const cursor = request.headers['last-event-id'] ?? query.get('sse-cursor') ?? '';
    const [token, offset] = this.split(cursor);
    let session = this.sessions.get(resumeOnly ?? token);
    if (session && (session.token !== token || !session.covers(offset))) { session.vanish(); session = undefined; }
    if (resumeOnly && !session) return response.writeHead(410).end();
    const refused = !session && endpoint.refuse?.(request);
    if (refused) return response.writeHead(refused).end();
    if (session?.closed && offset === session.offset) return response.writeHead(204).end();
    const also = (request.headers['sse-also'] ?? query.get('sse-also') ?? '').split(',').filter(Boolean);
    const stream = new Stream(this, request, response, query.get('sse-heartbeat'));
    if (session) {
      session.attach(stream, offset, session.opening(cursor, { resumed: true }));
    } else {
      const wanted = (request.headers['sec-websocket-protocol'] ?? query.get('sse-protocols') ?? '').split(',').map((p) => p.trim());
      url = new URL(url);
      url.search = url.search.slice(1).split('&').filter((each) => !each.startsWith('sse-')).join('&');
      const opened = new BridgeSession(this, endpoint, url, endpoint.protocols?.find((p) => wanted.includes(p)) ?? '', request.headers);
      this.sessions.set(opened.token, opened);
      opened.attach(stream, 0, opened.opening(`${opened.token}-0`, cursor ? { lost: true } : {}));
      this.record('open', opened);
      endpoint.open?.(opened);
    }
    for (const other of also) {
      const [key, from] = this.split(other);
      const joined = this.sessions.get(key);
      if (!joined?.covers(from) || this.apart?.(joined)) stream.write(`id: ${other}\nevent: ws.apart\ndata:\n\n`);
      else joined.attach(stream, from, joined.opening(other, { resumed: true }));
    }
  }

  split(cursor) {
    const at = cursor.lastIndexOf('-');
    return [cursor.slice(0, at), Number(cursor.slice(at + 1))];
  }

  async post(session, request, response) {
    const chunks = [];
    try { for await (const chunk of request) chunks.push(chunk); } catch { return; }
    const body = Buffer.concat(chunks);
    if (!session) return response.writeHead(410).end();
    const type = (request.headers['content-type'] ?? '').split(';')[0];
    const number = Number(request.headers['sse-number']) || undefined;
    let status;
    if (type === 'text/plain') status = this.takeOne(session, number ?? session.received + 1, '', body.toString());
    else if (type === 'application/octet-stream') status = this.takeOne(session, number ?? session.received + 1, 'ws.binary', body.toString('base64'));
    else if (type === 'text/event-stream') status = this.takeBatch(session, body);
    else status = 415;
    response.writeHead(status, { 'Sse-Received': String(session.received) }).end();
  }

  takeBatch(session, body) {
    let text;
    try { text = utf8.decode(body); } catch { session.close(1007); return 400; }
    if (!text.endsWith('\n\n')) return 400;
    let number;
    for (const block of text.slice(0, -2).split('\n\n')) {
      let type = '';
      const data = [];
      let id;
      for (const line of block.split(/\r\n|\r|\n/)) {
        const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (field === 'id') id = Number(value);
        if (field === 'event') type = value;
        if (field === 'data') data.push(value);
      }
      number = id ?? number + 1;
      if (!(number > 0)) { session.close(1002); return 400; }
      const status = this.takeOne(session, number, type, data.join('\n'));
      if (status !== 204) return status;
    }
    return 204;
  }

  takeOne(session, number, type, data) {
    if (number <= session.received) return 204;
    if (session.closed) return 410;
    if (number > session.received + 1) return 409;
    let message = data;
    try {
      if (type === 'ws.text') message = JSON.parse(data);
      if (/^ws\.(binary|ping|pong)$/.test(type)) message = Buffer.from(data, 'base64');
      if (type === 'ws.close') message = JSON.parse(data);
    } catch { session.close(1007); return 400; }
    if (type !== 'ws.close' && Buffer.byteLength(message) > (session.endpoint.maxMessage ?? this.options.maxMessage)) { session.close(1009); return 413; }
    session.received = number;
    if (type === 'ws.close') {
      session.append('ws.close', JSON.stringify(message));
      session.closed = true;
      session.leave(message.code ?? 1005, message.reason ?? '');
      session.stream?.ended(session);
    } else if (type === 'ws.ping') {
      session.append('ws.pong', data);
    } else if (type === 'ws.pong') {
      this.record('pong', session, message);
    } else {
      this.record('message', session, message);
      session.endpoint.message?.(session, message);
    }
    return 204;
  }

  // Native WebSocket, the same endpoints

  upgrade(request, socket, head) {
    const url = new URL(request.url, this.ws);
    const endpoint = this.endpoints[url.pathname];
    if (!endpoint || this.down || this.options.noUpgrade) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    const refused = endpoint.refuse?.(request);
    if (refused) return socket.end(`HTTP/1.1 ${refused} Refused\r\n\r\n`);
    const wanted = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim());
    const protocol = endpoint.protocols?.find((p) => wanted.includes(p)) ?? '';
    this.native.options.handleProtocols = () => protocol || false;
    this.native.handleUpgrade(request, socket, head, (ws) => {
      this.nativeSockets.add(ws);
      const session = {
        native: true, url, protocol, state: {}, endpoint, headers: request.headers,
        send: (data) => ws.send(data), route: (name, text) => ws.send(text), ping: (bytes) => ws.ping(bytes),
        close: (code, reason) => ws.close(code, reason),
      };
      this.record('open', session);
      ws.on('pong', (data) => this.record('pong', session, data));
      ws.on('message', (data, binary) => {
        const message = binary ? data : data.toString();
        if (data.length > (endpoint.maxMessage ?? this.options.maxMessage)) return ws.close(1009);
        this.record('message', session, message);
        endpoint.message?.(session, message);
      });
      ws.on('close', (code, reason) => {
        this.nativeSockets.delete(ws);
        this.record('close', session, code, reason.toString());
        endpoint.close?.(session, code, reason.toString());
      });
      endpoint.open?.(session);
    });
  }
}

export const startBridge = (endpoints = { '/echo': echo }, options = {}) => new FakeBridge(endpoints, options).listen();
