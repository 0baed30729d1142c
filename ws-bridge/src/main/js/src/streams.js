/*
 * One open text/event-stream response, by the browser's EventSource or by fetch. Both return a function that ends it
 * in silence, and report through `on`:
 *   alive()              something came, be it a comment
 *   event(type, data, id)
 *   end({status, soft, wait})  no more will come. status: what was answered if it was not a stream (0: no answer, or
 *                        EventSource would not say), soft: it was a stream, wait: milliseconds the server asks for
 */
import { retryAfter } from './http.js';
import { inTask } from './tasks.js';
import { eventParser } from './wire.js';

const TYPES = 'message,ws.open,ws.close,ws.text,ws.binary,ws.ping,ws.pong,ws.routes,ws.use,ws.apart,sse.hb,sse.goaway'.split(',');

/** How many chunks may wait for a slow page before no more are read; the server then holds the rest back. */
const MOST_CHUNKS = 32;

export function eventSourceStream(url, { withCredentials }, on) {
  const source = new EventSource(url, { withCredentials });
  let opened = false, spoken = false;
  const take = ({ type, data, lastEventId }) => {
    spoken = true;
    on.alive();
    // Routed messages come under their routes' names, which an EventSource must be told.
    if (type === 'ws.open' || type === 'ws.routes') for (const route of JSON.parse(data).routes ?? []) source.addEventListener(route, take);
    on.event(type, data, lastEventId);
  };
  for (const type of TYPES) source.addEventListener(type, take);
  source.onopen = () => {
    opened = true;
    on.alive();
  };
  source.onerror = () => {
    const closed = source.readyState === 2;
    // Ended before its first event: the server is busy and has said when to come again. Only the browser knows.
    if (opened && !spoken && !closed) return;
    source.close();
    on.end({ status: 0, soft: !closed && opened });
  };
  return () => source.close();
}

export function fetchStream(url, { headers, credentials }, on) {
  const abort = new AbortController();
  const { signal } = abort;
  let wait;
  const end = (outcome) => {
    if (!signal.aborted) on.end({ ...outcome, wait: outcome.wait ?? wait });
    abort.abort();
  };
  (async () => {
    const response = await fetch(url, {
      signal,
      cache: 'no-store',
      credentials,
      headers: { Accept: 'text/event-stream', ...await headers() },
    });
    if (response.status !== 200) return end({ status: response.status, wait: retryAfter(response) });
    // a login form, a captive portal: not the bridge, and perhaps not for long
    if (!/^text\/event-stream\s*(;|$)/i.test(response.headers.get('Content-Type'))) return end({ status: 502 });
    const parse = eventParser((...event) => signal.aborted || on.event(...event), (ms) => { wait = ms; });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const shown = []; // of each chunk, the task after those of its events
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (signal.aborted || done) return end({ soft: true });
      on.alive();
      parse(decoder.decode(value, { stream: true }));
      if (shown.push(new Promise(inTask)) > MOST_CHUNKS) await shown.shift();
    }
  })().catch(() => end({ status: 0 }));
  return () => abort.abort();
}
