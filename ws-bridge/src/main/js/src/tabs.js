/*
 * One line for all tabs. A Web Lock decides which tab leads; the leader's line carries its own members and, as guests,
 * those of the other tabs, and passes what comes for them through a BroadcastChannel. A socket's cursor stays in its
 * own tab, so when the leader is gone the next one is told the cursors and nothing is lost or repeated. Going up every
 * tab posts for itself. Each tab also holds a lock of its own: whoever gets it knows that the tab is dead.
 *
 * On the channel:
 *   { lead: true }                       a tab has become the leader: tell it your members
 *   { tab, number, enter: member }       carry this one, from its cursor
 *   { tab, number }                      and now no more
 *   { tab, number, tell: [name, …], token, offset }   the leader to the member of a tab
 */
const OPEN_TIMEOUT = 35_000; // the leader's own is shorter
const tabLines = new Map();

/** @returns a promise of the line of all tabs */
export function tabLine(options, openLine) {
  const { origin } = options;
  if (!tabLines.has(origin)) tabLines.set(origin, openTabLine(options, openLine));
  return tabLines.get(origin);
}

function openTabLine(options, openLine) {
  const name = `ssebridge ${options.origin}`;
  const self = crypto.randomUUID();
  const channel = new BroadcastChannel(name);
  const members = new Map(); // number -> member of this tab
  const guests = new Map();  // tab and number -> member of another tab, if this one leads
  const watched = new Set(); // tabs
  let count = 0;
  let line;                  // if this tab leads

  const say = (message) => channel.postMessage(message);
  const forever = () => new Promise(() => {});
  const ask = (number, { url, protocols, ask: transport, born, token, offset }) => say({
    tab: self, number, enter: { url, protocols, ask: transport, born, token, offset },
  });

  function dismiss(key) {
    const guest = guests.get(key);
    guests.delete(key);
    if (guest) line.leave(guest);
  }

  function invite(key, tab, number, guest) {
    dismiss(key);
    for (const method of ['opened', 'take', 'gone', 'use', 'apart']) {
      guest[method] = (...args) => say({ tab, number, tell: [method, ...args], token: guest.token, offset: guest.offset });
    }
    guests.set(key, guest);
    line.enter(guest);
    if (watched.has(tab)) return;
    watched.add(tab);
    navigator.locks.request(tab, () => {
      for (const [each, { url, token }] of guests) {
        if (!each.startsWith(tab)) continue;
        dismiss(each);
        if (token) fetch(url, { method: 'DELETE', headers: { 'Sse-Session': token } }).catch(() => {});
      }
    });
  }

  function hear({ lead, tab, number, enter, tell, token, offset }) {
    if (lead) {
      for (const [each, member] of members) ask(each, member);
    } else if (tell) {
      const member = tab === self && members.get(number);
      if (!member) return;
      const [method, ...args] = tell;
      if (method === 'take') {
        if (offset <= member.offset) return;
        if (offset > member.offset + 1) {
          ask(number, member);
          return;
        }
        member.offset = offset;
      }
      member.token = token;
      if (method !== 'opened' && method !== 'take') members.delete(number);
      member[method](...args);
    } else if (line) {
      const key = `${tab} ${number}`;
      if (enter) invite(key, tab, number, enter);
      else dismiss(key);
    }
  }

  function leave(member) {
    for (const [number, other] of members) {
      if (other !== member) continue;
      members.delete(number);
      if (line) line.leave(member);
      else say({ tab: self, number });
      return true;
    }
    return false;
  }

  channel.onmessage = ({ data }) => hear(data);
  const held = new Promise((resolve) => {
    navigator.locks.request(self, () => {
      resolve();
      return forever();
    });
  });
  navigator.locks.request(name, () => {
    line = openLine(options);
    for (const member of members.values()) line.enter(member);
    say({ lead: true });
    return forever();
  });

  // Nothing is asked before this tab's own lock is held: the leader would get it and take the tab for dead.
  return held.then(() => ({
    enter(member) {
      members.set(++count, member);
      if (line) line.enter(member);
      else ask(count, member);
      // a leader that is stuck must not keep it waiting for ever
      setTimeout(() => !line && !member.token && leave(member) && member.gone(), OPEN_TIMEOUT);
    },
    leave,
  }));
}
