/*
 * The way up: one POST at a time. What is sent while one is under way goes together in the next, every message has a
 * number, and a POST without an answer is sent again under the same numbers, so that the server takes each message
 * once and in order. Answers say in Sse-Received how far the server has come; no other answer counts as one.
 */
import { delay, isFinal, retryAfter } from './http.js';
import { frame, toBase64, utf8Length } from './wire.js';

const POST_TIMEOUT = 15_000, LARGE = 8192, FAREWELL_LIMIT = 60_000;

const isBlob = (data) => data.arrayBuffer;

const encode = ({ number, type, data }) => frame(number, type, typeof data === 'string' ? data : toBase64(data));

/** @param options withCredentials, headers (function), taken(size), refused(): nothing more is taken, failed() */
export function openUpstream(url, options) {
  const queue = []; // { number, type, data: string | Uint8Array | Blob, size }
  let number = 0;   // the last one given out
  let token, maxBatch, lease;
  let busy = false, stopped = false;
  let abort;        // the POST under way
  let endPause;

  const { credentials, headers: ownHeaders } = options;

  const headers = () => ({ 'Content-Type': 'text/event-stream', 'Sse-Session': token });

  async function farewell(method, body) {
    // in a page that is left there is time for a microtask, no more
    fetch(url, {
      credentials, method, body, keepalive: true, headers: { ...await ownHeaders?.(), ...headers() },
    }).catch(() => {});
  }

  async function post() {
    let body = '', bytes = 0;
    const named = headers();
    for (const message of queue) {
      if (isBlob(message.data)) message.data = new Uint8Array(await message.data.arrayBuffer());
      const { data } = message;
      if (message.type === 'ws.binary' && data.length > LARGE) { // as it is, and alone: base64 costs a third
        if (bytes) break;
        body = data;
        named['Content-Type'] = 'application/octet-stream';
        named['Sse-Number'] = message.number;
        break;
      }
      const next = encode(message);
      const length = utf8Length(next);
      if (bytes && bytes + length > maxBatch) break;
      body += next;
      bytes += length;
    }
    if (stopped) return {};
    abort = new AbortController();
    const { signal } = abort;
    const timer = setTimeout(() => abort.abort(), POST_TIMEOUT + body.length / 8); // a slow mobile's 8 KB/s
    try {
      const response = await fetch(url, {
        credentials, method: 'POST', body, signal, headers: { ...await ownHeaders?.(), ...named },
      });
      await response.text(); // or the connection is not free
      const received = response.headers.get('Sse-Received');
      return { status: response.status, received: received ? +received : undefined, wait: retryAfter(response) };
    } catch {
      return {};
    } finally {
      clearTimeout(timer);
    }
  }

  async function run() {
    let failures = 0, since = Date.now(); // of the last answer
    while (queue.length && !stopped) {
      const { status, received, wait } = await post();
      if (stopped) break;
      while (queue[0]?.number <= received) {
        options.taken(queue.shift().size);
        failures = 0;
      }
      if (received != null) since = Date.now();
      if ([400, 410, 413].includes(status)) { // the session is closing: the stream says why
        stopped = true;
        options.refused();
      } else if (isFinal(status)
        || failures > 3 && Date.now() - since > lease) {
        options.failed();
      } else if (received == null || status !== 204) {
        await new Promise((resolve) => {
          endPause = resolve;
          setTimeout(resolve, delay(wait, ++failures));
        });
      }
    }
    busy = false;
  }

  const upstream = {
    opened(session, open) {
      token = session;
      maxBatch = open.maxBatch ?? 256 * 1024;
      lease = open.lease ?? 60_000;
      endPause?.(); // the way is free again
    },

    add(type, data, size) {
      queue.push({ number: ++number, type, data, size });
      if (!busy) {
        busy = true;
        queueMicrotask(run); // what the same task sends goes together
      }
    },

    /** The network may be back. A POST that was under way on the old one will not be answered. */
    wake(surely) {
      if (surely) abort?.abort();
      endPause?.();
    },

    /** The server's close has answered ours, so that it has taken all before it, whatever the POST may say. */
    settle() {
      if (abort && !stopped) for (const { size } of queue) options.taken(size);
    },

    stop() {
      stopped = true;
      upstream.wake(true);
    },

    /** The page is left, now: all that was not acknowledged, and a close, in one request that outlives the page. */
    leave() {
      upstream.stop();
      const rest = [...queue, { number: number + 1, type: 'ws.close', data: '{"code":1001}' }];
      const body = rest.some(({ data }) => isBlob(data)) ? '' : rest.map(encode).join('');
      if (body && utf8Length(body) < FAREWELL_LIMIT) farewell('POST', body);
      else farewell('DELETE');
    },

    /** Nobody waits for the session any more. */
    discard() {
      upstream.stop();
      farewell('DELETE');
    },
  };
  return upstream;
}
