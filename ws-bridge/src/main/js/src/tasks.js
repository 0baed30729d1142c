/*
 * Each of a socket's events is dispatched in a task of its own, as a browser does, so that what a listener awaits comes
 * before the next. A few of the tasks are always asked for: to ask for the next only when one has run would be a round
 * trip through all else that a busy page does, for every message, and to ask for all at once would keep the page from
 * noticing that the stream has ended until it has shown everything.
 */
const ASKED = 16;
const waiting = [];
let channel;

export function inTask(run) {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const run = waiting.shift();
      if (waiting.length >= ASKED) channel.port2.postMessage(0);
      if (!waiting.length) channel.port1.unref?.(); // Node may exit
      run();
    };
  }
  channel.port1.ref?.();
  if (waiting.push(run) <= ASKED) channel.port2.postMessage(0);
}
