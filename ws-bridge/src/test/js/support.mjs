/* What the tests have in common. */
import { createRequire } from 'node:module';
import * as node from 'node:test';
import assert from 'node:assert/strict';

/** Those of node:test, but none may take for ever: what a browser is asked has no limit of its own. */
const LIMIT = { timeout: 120_000 };
export const { describe } = node;
export const test = (name, run) => node.test(name, LIMIT, run);
export const before = (run) => node.before(run, LIMIT);
export const after = (run) => node.after(run, LIMIT);
export const beforeEach = (run) => node.beforeEach(run, LIMIT);
export const afterEach = (run) => node.afterEach(run, LIMIT);

/** The development dependencies are those of the npm package. */
export const need = createRequire(new URL('../../main/js/package.json', import.meta.url));

/** Waits until a condition holds, looking whenever something may have changed; never a fixed time. */
export async function until(condition, what = condition, limit = 15_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) assert.fail(`never came true: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

export const event = (target, type) => new Promise((resolve) => { target.addEventListener(type, resolve, { once: true }); });

/** All that a socket says, in order, as plain values. */
export function transcript(socket, wait = {}) {
  const said = [];
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, (e) => {
      said.push(type === 'message' ? [type, e.data] : type === 'close' ? [type, e.code, e.reason, e.wasClean] : [type]);
    });
  }
  return said;
}

export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function launch(options = {}) {
  const { chromium } = need('playwright-core');
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: CHROMIUM_ARGS, ...options,
  });
}
