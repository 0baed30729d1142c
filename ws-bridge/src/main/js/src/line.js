/*
 * A line is one physical stream and the sessions that are on it: usually one, or many when sockets share (on HTTP/1.1
 * a browser opens six connections to a host and no more). The id of every event names its session, so sharing needs no
 * envelope. Only members know what they have taken: whenever the line breaks it resumes from their cursors, and
 * whatever two streams both deliver while one takes over from the other is taken once.
 *
 * A member is { url, protocols, ask, born, token, offset } and is told
 *   opened(open)      what ws.open says; `open.resumed` if again
 *   take(type, data)  an event of its session, each offset once and in order
 *   gone(status)      there is no such session, or none could be opened
 *   use()             the server wants this client on a native WebSocket
 *   apart()           the server cannot carry it on this line; the session may live
 */
import { attend, neglect } from './page.js';
import { delay, isFinal, withQuery } from './http.js';
import { eventSourceStream, fetchStream } from './streams.js';

const OPEN_TIMEOUT = 30_000, RESUME_TIMEOUT = 15_000;

/** @param options transport, withCredentials, headers (function), cross (another origin), onEmpty */
export function openLine(options) {
  const members = new Map(); // token -> member
  let entering = [];         // members without a session; the first one's is being opened
  let stream;                // { stop, lead, goneAway }: carries the members
  let trial;                 // likewise: being opened, takes over every member at once
  let again = false;         // another trial is wanted when this one is decided
  let timer;                 // until the next trial
  let trialTimer, watchdog;
  let heartbeat = 15_000, lease = 60_000;
  let seen = Date.now();     // when the stream last said anything
  let failures = 0;          // since the line last proved itself, by an event that was new or a heartbeat
  let parked = false;
  let shares = false;        // whether the server can carry several sessions on one stream

  const line = {
    enter(member) {
      attend(line);
      if (member.token) {
        members.set(member.token, member);
        timer ??= setTimeout(connect, 20); // many may come at once
      } else if (members.size && !shares) {
        member.apart();
      } else if (entering.push(member) === 1) { // the others' turn comes
        connect();
      }
    },

    leave(member) {
      const leads = entering[0] === member;
      entering = entering.filter((other) => other !== member);
      if (members.get(member.token) === member) members.delete(member.token);
      if (!entering.length && !members.size) {
        quiet();
        neglect(line);
        options.onEmpty?.();
      } else if (leads) {
        drop();
        if (again || entering.length || !stream) connect();
      }
    },

    /** The page goes to sleep (back/forward cache): no stream, but the sessions stay. */
    hide(persisted) {
      if (persisted) quiet();
      parked = persisted;
    },

    /** The page, the machine or the network woke up. What was open may be dead: surely, or if it has been silent. */
    wake(surely) {
      const doubtful = surely || timer || Date.now() - seen > 1.5 * heartbeat;
      if (parked || doubtful && members.size) connect();
      parked = false;
    },
  };

  function part(member) {
    line.leave(member);
    member.apart();
  }

  /** Forgets the trial. */
  function drop() {
    trial?.stop();
    clearTimeout(trialTimer);
    clearTimeout(timer);
    trial = timer = undefined;
  }

  function quiet() {
    drop();
    stream?.stop();
    stream = undefined;
    clearTimeout(watchdog);
  }

  function connect() {
    again = trial && !trial.lead.token; // a session that is being opened would be opened twice
    if (again) return;
    drop();
    const { transport, headers, cross } = options;
    const [lead, ...others] = [...entering.slice(0, 1), ...members.values()];
    const cursor = (member) => `${member.token}-${member.offset}`;
    // An EventSource opens. It cannot tell a 410 and has the session's secret in its URL, so that fetch resumes.
    const native = transport !== 'fetch' && globalThis.EventSource
      && (transport === 'eventsource' ? failures < 2 : !lead.token && !others.length);
    const inQuery = native || cross; // headers of our own would cost a preflight
    const query = [], named = {};
    const say = (header, parameter, value) => {
      if (!value) return;
      if (inQuery || !header) query.push(`${parameter}=${encodeURIComponent(value)}`);
      else named[header] = value;
    };
    if (lead.token) {
      say('Sse-Session', 'sse-session', lead.token);
      say('Last-Event-ID', 'sse-cursor', cursor(lead));
    } else {
      say('', 'sse-protocols', lead.protocols.join());
      say('', 'sse-transport', lead.ask);
    }
    say('Sse-Also', 'sse-also', others.map(cursor).join());
    say('', 'sse-heartbeat', native && 'event'); // comments are invisible to an EventSource
    const opening = trial = { lead };
    opening.stop = (native ? eventSourceStream : fetchStream)(withQuery(lead.url, query), {
      ...options,
      headers: async () => ({ ...await headers?.(), ...named }),
    }, {
      alive: () => opening === stream && alive(),
      event: (...event) => take(opening, ...event),
      end: (outcome) => ended(opening, outcome),
    });
    trialTimer = setTimeout(() => {
      opening.stop();
      ended(opening, {});
    }, lead.token ? RESUME_TIMEOUT : Math.max(1000, lead.born + OPEN_TIMEOUT - Date.now()));
  }

  function take(from, type, data, id) {
    const cut = id.lastIndexOf('-');
    const token = id.slice(0, cut), offset = +id.slice(cut + 1);
    const member = members.get(token);
    if (type === 'sse.hb') {
      failures = 0;
    } else if (type === 'sse.goaway') {
      from.goneAway = data ? JSON.parse(data).retry : 1000 * Math.random();
    } else if (type === 'ws.use') {
      line.leave(from.lead);
      from.lead.use();
    } else if (type === 'ws.open') {
      opened(from, token, JSON.parse(data));
    } else if (type === 'ws.apart') {
      if (member) part(member);
    } else if (member && !type.startsWith('sse.') && offset > member.offset) {
      if (offset > member.offset + 1) return lose(); // a hole is never passed over in silence
      failures = 0;
      member.offset = offset;
      member.take(type, data);
    }
  }

  function opened(from, token, open) {
    const { lead } = from;
    const first = from === trial;
    heartbeat = open.heartbeat ?? heartbeat;
    lease = open.lease ?? lease;
    shares = open.share;
    if (first) {
      stream?.stop();
      stream = from;
      trial = undefined;
      clearTimeout(trialTimer);
      if (!lead.token) {
        lead.token = token;
        entering.shift();
        members.set(token, lead);
      }
      alive();
    }
    members.get(token)?.opened(open);
    if (!shares) for (const other of [...entering, ...members.values()]) if (other !== lead) part(other);
    if (first && !trial && (again || entering.length)) connect();
  }

  function ended(from, { status = 0, soft, wait }) {
    const { lead } = from;
    if (from === stream) {
      lose(from.goneAway); // not `retry`: that is for those who cannot tell a cut
    } else if (from === trial) {
      drop();
      const refused = lead.token
        ? status === 204 || isFinal(status)
        : !soft || Date.now() - lead.born > OPEN_TIMEOUT;
      const over = !stream && failures > 2 && Date.now() - seen > lease; // the server has given up meanwhile
      if (!refused && !over) return resume(wait);
      for (const member of refused ? [lead] : members.values()) {
        line.leave(member);
        member.gone(status);
      }
      if (!stream && !trial && !timer && members.size) connect();
    }
  }

  function lose(wait) {
    stream?.stop();
    stream = undefined;
    clearTimeout(watchdog);
    if (!trial && !timer) resume(wait);
  }

  /** Connects again: at once if the line has proved itself since the last time, else ever more slowly. */
  function resume(wait) {
    clearTimeout(timer);
    timer = setTimeout(connect, delay(wait, failures++));
  }

  function alive() {
    seen = Date.now();
    clearTimeout(watchdog);
    if (!heartbeat) return;
    // in two steps: after a long task or a sleep the first is late, and what has come meanwhile is read in the second
    const half = (then) => { watchdog = setTimeout(then, 1.25 * heartbeat); };
    half(() => half(lose));
  }

  return line;
}
