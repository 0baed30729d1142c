import { Tally } from "./tally.js";

const RECONNECT_MS = 1000;
const MOST_LINES = 200;
const CHATTER = [
  "Deploy of checkout is through",
  "Build 4711 is green",
  "Latency is back to normal",
  "Who takes the next ticket?",
  "Lunch?",
  "The dashboard says 99.98 %",
  "Rolling the canary to ten per cent",
  "Reviewed, two remarks",
];

class Pane {
  #section;
  #url;
  #tally;
  #socket;
  #cuts = 0;
  #unshown = [];

  constructor(section, name, url, tally) {
    this.name = name;
    this.#section = section;
    this.#url = url;
    this.#tally = tally;
    section.append(document.getElementById("pane").content.cloneNode(true));
    section.querySelector(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(event.target.text.value);
      event.target.reset();
    });
    section.querySelector(".cut").addEventListener("click", () => this.#cut());
    this.#connect();
  }

  #connect() {
    this.#state("connecting");
    this.#socket = new WebSocket(this.#url);
    this.#socket.onopen = () => {
      this.#state("open");
      this.#tally.connected(this.name, true);
    };
    this.#socket.onmessage = (event) => this.#receive(event.data);
    this.#socket.onclose = () => {
      this.#state("closed, back in a second");
      this.#tally.connected(this.name, false);
      setTimeout(() => this.#connect(), RECONNECT_MS);
    };
  }

  send(text) {
    const line = `#${this.#tally.nextNumber(this.name)} ${text}`;
    try {
      this.#socket.send(line);
    } catch {
      // A WebSocket that is still connecting throws; one that is closed takes the message and forgets it.
    }
  }

  #receive(line) {
    const [, sender, number, text] = /^([\w-]+): (?:#(\d+) )?(.*)$/s.exec(line) ?? [];
    if (number) {
      this.#tally.received(this.name, sender, Number(number));
    }
    this.#show(sender, number, text ?? line);
  }

  #show(sender, number, text) {
    const item = document.createElement("li");
    item.className = sender ? (sender === this.name ? "own" : "other") : "notice";
    for (const [tag, content] of [["b", sender], ["span", text], ["i", number && `#${number}`]]) {
      if (content) {
        item.appendChild(document.createElement(tag)).textContent = content;
      }
    }
    if (this.#unshown.push(item) === 1) {
      requestAnimationFrame(() => this.#render());
    } else if (this.#unshown.length > MOST_LINES) {
      this.#unshown.shift(); // a tab in the background is not painted for long
    }
  }

  /** Once per frame: where the list ends is known only after a layout, and messages come faster. */
  #render() {
    const list = this.#section.querySelector(".messages");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(...this.#unshown);
    this.#unshown = [];
    while (list.childElementCount > MOST_LINES) {
      list.firstElementChild.remove();
    }
    if (atEnd) {
      list.scrollTop = list.scrollHeight;
    }
  }

  /** The demo's launcher, not the chat, answers this: it resets this pane's TCP connections. */
  async #cut() {
    const answer = await fetch(`demo/cut?client=${this.name}`, { method: "POST" });
    if (answer.ok) {
      const { streams } = await answer.json();
      this.#count("cuts", (this.#cuts += streams));
    } else {
      const button = this.#section.querySelector(".cut");
      button.disabled = true;
      button.textContent = "Only bin/demo can cut";
    }
  }

  #state(text) {
    const state = this.#section.querySelector(".state");
    state.textContent = text;
    state.dataset.state = text.split(",")[0];
  }

  #count(what, value) {
    const output = this.#section.querySelector(`[data-count=${what}]`);
    output.textContent = value;
    output.parentElement.classList.toggle("some", value > 0);
    return output;
  }

  refresh() {
    const { lostUp, lostDown, ...counts } = this.#tally.report(this.name);
    for (const [what, value] of Object.entries(counts)) {
      this.#count(what, value);
    }
    this.#count("lost", counts.lost).title = `${lostDown} on the way down, ${lostUp} on the way up`;
  }

  served({ opens = 0, closes = 0 } = {}) {
    this.#count("opens", opens);
    this.#count("closes", closes);
  }
}

const room = new URLSearchParams(location.search).get("room") ?? "lobby";
document.getElementById("room").textContent = room;

const page = Math.random().toString(36).slice(2, 6);
const names = [`ws-${page}`, `sse-${page}`];
const tally = new Tally(names);

const panes = names.map((name) => {
  const url = new URL(`chat/${encodeURIComponent(room)}?name=${name}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const section = document.querySelector(`[data-pane=${name.split("-")[0]}]`);
  return new Pane(section, name, url.href, tally);
});

let traffic;
document.getElementById("traffic").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  if (traffic) {
    clearInterval(traffic);
    traffic = undefined;
  } else {
    let turn = 0;
    traffic = setInterval(() => {
      panes.forEach((pane, index) => pane.send(CHATTER[(turn * 3 + index) % CHATTER.length]));
      turn++;
    }, 1000 / event.target.rate.value);
  }
  button.textContent = traffic ? "Stop traffic" : "Start traffic";
});

setInterval(() => panes.forEach((pane) => pane.refresh()), 250);

async function askServer() {
  try {
    const stats = await (await fetch(`stats/${encodeURIComponent(room)}`)).json();
    panes.forEach((pane) => pane.served(stats[pane.name]));
  } catch {
    // The server is away; the panes say so themselves.
  }
  setTimeout(askServer, 1000);
}
askServer();
