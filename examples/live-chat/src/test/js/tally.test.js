import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { SETTLE_MS, Tally } from "../../main/webapp/tally.js";

let now;
let tally;

beforeEach(() => {
  now = 0;
  tally = new Tally(["ws", "sse"], () => now);
  tally.connected("ws", true);
  tally.connected("sse", true);
});

function send(sender, count) {
  for (let i = 0; i < count; i++) {
    tally.nextNumber(sender);
  }
}

function receive(pane, sender, ...numbers) {
  numbers.forEach((number) => tally.received(pane, sender, number));
}

function assertReport(pane, expected) {
  const clean = { sent: 0, received: 0, lost: 0, lostUp: 0, lostDown: 0, onTheWay: 0, repeated: 0, outOfOrder: 0 };
  assert.deepEqual(tally.report(pane), { ...clean, ...expected });
}

test("everything received once and in order is clean", () => {
  send("ws", 3);
  receive("ws", "ws", 1, 2, 3);
  receive("sse", "ws", 1, 2, 3);
  now += 10 * SETTLE_MS;
  assertReport("ws", { sent: 3, received: 3 });
  assertReport("sse", { received: 3 });
});

test("a hole is on the way until it has settled, then lost", () => {
  send("sse", 5);
  receive("sse", "sse", 1, 2, 3, 4, 5);
  receive("ws", "sse", 1, 5);
  now += SETTLE_MS - 1;
  assertReport("ws", { received: 2, onTheWay: 3 });
  now += 1;
  assertReport("ws", { received: 2, lost: 3, lostDown: 3 });
  assertReport("sse", { sent: 5, received: 5 });
});

test("what nobody received was lost by its sender", () => {
  send("ws", 4);
  receive("ws", "ws", 1, 4);
  receive("sse", "ws", 1, 4);
  now += SETTLE_MS;
  assertReport("ws", { sent: 4, received: 2, lost: 2, lostUp: 2 });
  assertReport("sse", { received: 2 });
});

test("one pane loses on both ways at once", () => {
  send("ws", 3);
  send("sse", 3);
  receive("sse", "ws", 1, 3);
  receive("sse", "sse", 1, 2, 3);
  receive("ws", "ws", 1, 3);
  receive("ws", "sse", 1, 3);
  now += SETTLE_MS;
  assertReport("ws", { sent: 3, received: 4, lost: 2, lostUp: 1, lostDown: 1 });
  assertReport("sse", { sent: 3, received: 5 });
});

test("the last messages are lost once all is quiet and the pane connected", () => {
  send("sse", 2);
  receive("sse", "sse", 1, 2);
  receive("ws", "sse", 1);
  tally.connected("ws", false);
  now += 10 * SETTLE_MS;
  assertReport("ws", { received: 1, onTheWay: 1 });
  tally.connected("ws", true);
  now += 2 * SETTLE_MS - 1;
  assertReport("ws", { received: 1, onTheWay: 1 });
  now += 1;
  assertReport("ws", { received: 1, lost: 1, lostDown: 1 });
});

test("a repeat is counted as such and not as received", () => {
  send("sse", 2);
  receive("sse", "sse", 1, 2, 2, 1);
  assertReport("sse", { sent: 2, received: 2, repeated: 2 });
});

test("an overtaken message is out of order and not lost", () => {
  send("sse", 3);
  receive("sse", "sse", 1, 3);
  now += SETTLE_MS;
  receive("sse", "sse", 2);
  assertReport("sse", { sent: 3, received: 3, outOfOrder: 1 });
});

test("numbers that nobody here sent are not counted", () => {
  send("ws", 1);
  receive("ws", "ws", 0, 2, 1e12);
  receive("ws", "stranger", 1);
  assert.equal(tally.report("ws").received, 0);
});
