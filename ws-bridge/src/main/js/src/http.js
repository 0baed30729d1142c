/* What the streams and the POSTs have in common. */

export const withQuery = (url, query) => url + (query.length ? (url.includes('?') ? '&' : '?') + query.join('&') : '');

/** Whether it would be answered the same again. 401 may be a token that is being renewed, 404 a server that starts. */
export const isFinal = (status) => status >= 400 && status < 500 && ![401, 404, 408, 409, 425, 429].includes(status);

/** Milliseconds, or undefined. */
export function retryAfter(response) {
  const value = response.headers.get('Retry-After');
  return value ? Math.max(0, +value * 1000 || Date.parse(value) - Date.now() || 0) : undefined;
}

/**
 * How long to wait, in milliseconds: what the server asks for and a little more, else longer after each failure and
 * half of it by chance. Clients that lost the same server must not come back in step.
 */
export const delay = (asked, failures) => asked != null ? asked * (1 + Math.random() / 4)
  : failures && Math.min(10_000, 100 * 2 ** failures) * (0.5 + Math.random() / 2);
