/*
 * What happens to the page as a whole, told to everything that must know: hide(persisted) when it is left, perhaps
 * for the back/forward cache, and wake(surely) when the page, the machine or the network comes back. In a worker only
 * the network does, in Node nothing.
 */
const live = new Set();
let listening = false;

export function attend(something) {
  live.add(something);
  if (listening) return;
  listening = true;
  const tell = (method, argument) => live.forEach((one) => one[method](argument));
  const listen = (type, listener, target = globalThis) => target.addEventListener?.(type, listener);
  listen('pagehide', (event) => tell('hide', event.persisted));
  listen('pageshow', (event) => event.persisted && tell('wake', true));
  listen('online', () => tell('wake', true));
  listen('visibilitychange', () => document.visibilityState === 'visible' && tell('wake'), globalThis.document);
}

export const neglect = (something) => live.delete(something);

/** Whether the page came over HTTP/1.1, where six streams to one host are all that a browser opens. */
export const isScarce = () => globalThis.document
  && /^http\/1/.test(performance.getEntriesByType('navigation')[0]?.nextHopProtocol);

/** Lasts as long as the browser's tab, where there is one. */
export const memory = (() => {
  try {
    return sessionStorage ?? {};
  } catch { // none here, or forbidden
    return {};
  }
})();
