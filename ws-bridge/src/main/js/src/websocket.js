/*
 * The classic script: from here on `new WebSocket(url)` is an SseSocket wherever the bridge serves the URL, and what it
 * always was elsewhere. The script tag says more: data-urls (what the URLs begin with, separated by spaces; all of
 * this host if there are none), data-transport, data-share, data-bfcache. In a worker,
 * or for headers, set globalThis.ssebridge = { urls, transport, share, headers, … } before.
 */
import { Native, SseSocket, replacement, resolve } from './socket.js';

const { dataset } = globalThis.document?.currentScript ?? {};
const { urls, ...options } = { ...dataset, ...globalThis.ssebridge };
if (options.bfcache === 'false') options.bfcache = false;

const prefixes = `${urls ?? '/'}`.split(/[\s,]+/).map((url) => resolve(url).href);

replacement.options = options;
replacement.serves = (url) => {
  const href = resolve(url)?.href;
  return !href || prefixes.some((prefix) => href.startsWith(prefix)); // what is no URL is said better there
};

const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperties(SseSocket, {
  name: { value: 'WebSocket' },
  [Symbol.for('ssebridge.native')]: { value: Native },
  // `instanceof WebSocket` is true of a native one too; of a subclass nothing changes
  [Symbol.hasInstance]: {
    value(object) { return isInstance.call(this, object) || this === SseSocket && isInstance.call(Native, object); },
  },
});
globalThis.WebSocket = SseSocket;
