import uPlot from "uplot";

const MOST_POINTS = 240;
const MOST_ALERTS = 8;

const name = `dashboard-${Math.random().toString(36).slice(2, 6)}`;
const counts = { opens: 0, cuts: 0, points: 0, missed: 0, repeated: 0, gaps: 0 };

function count(what, more = 1) {
  counts[what] += more;
  document.querySelector(`[data-count=${what}]`).textContent = counts[what];
}

class Chart {
  #plot;
  #element;

  constructor(id, lines) {
    this.#element = document.getElementById(id);
    const ink = getComputedStyle(document.body).getPropertyValue("--muted");
    const grid = { stroke: getComputedStyle(document.body).getPropertyValue("--line"), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        series: [{}, ...lines.map(([label, stroke]) => ({ label, stroke, fill: `${stroke}22`, width: 2 }))],
        axes: [axis, axis],
        legend: { live: false },
        scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] } },
      },
      [[], ...lines.map(() => [])],
      this.#element,
    );
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(this.#element);
  }

  #size() {
    return { width: this.#element.clientWidth, height: 210 };
  }

  show(...columns) {
    this.#plot.setData(columns);
  }
}

const requests = new Chart("requests", [["requests/s", "#4c6fff"]]);
const latency = new Chart("latency", [["p95", "#e07a1f"], ["p50", "#12a06a"]]);

let points = [];
let drawing = false;

function addPoint(point) {
  const last = points.at(-1)?.n;
  if (last !== undefined && point.n <= last) {
    count("repeated");
    return;
  }
  if (last !== undefined && point.n > last + 1) {
    count("missed", point.n - last - 1);
  }
  count("points");
  points.push(point);
  points = points.slice(-MOST_POINTS);
  if (!drawing) {
    drawing = true; // a replay brings many points at once: one drawing for all
    requestAnimationFrame(draw);
  }
}

function draw() {
  drawing = false;
  const column = (what) => points.map((point) => point[what]);
  requests.show(column("time"), column("requests"));
  latency.show(column("time"), column("p95"), column("p50"));
}

function item(id, key, parts) {
  const list = document.getElementById(id);
  let element = [...list.children].find((child) => child.dataset.key === key);
  if (!element) {
    element = document.createElement("li");
    element.dataset.key = key;
    list.prepend(element);
  }
  element.replaceChildren(
    ...parts.map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text })),
  );
  return element;
}

function showAlert({ n, time, level, text }) {
  item("alerts", `${n}`, [["span", text], ["time", new Date(time * 1000).toLocaleTimeString()]]).dataset.level = level;
  const list = document.getElementById("alerts");
  while (list.childElementCount > MOST_ALERTS) {
    list.lastElementChild.remove();
  }
}

function showBuild({ project, number, state, percent }) {
  const element = item("builds", project, [["b", project], ["span", `#${number}`], ["progress", ""], ["i", state]]);
  element.dataset.state = state;
  Object.assign(element.querySelector("progress"), { max: 100, value: percent });
}

function state(text) {
  const element = document.querySelector(".state");
  element.textContent = text;
  element.dataset.state = text;
}

const source = new EventSource(`events/metrics,alerts,builds?name=${name}`);

source.onopen = () => {
  state("open");
  count("opens");
};
// The browser reconnects by itself, and the server goes on behind the last event id.
source.onerror = () => state(source.readyState === EventSource.CLOSED ? "closed" : "reconnecting");

const shown = { metrics: addPoint, alerts: showAlert, builds: showBuild };
for (const [channel, show] of Object.entries(shown)) {
  source.addEventListener(channel, (event) => {
    show(JSON.parse(event.data));
    document.getElementById("last-event-id").textContent = event.lastEventId || "none";
  });
}
source.addEventListener("sse.gap", () => {
  count("gaps"); // what follows is a snapshot: begin anew
  points = [];
});

/** The demo's launcher, not the dashboard, answers this: it resets this page's connection. */
document.getElementById("cut").addEventListener("click", async ({ currentTarget: button }) => {
  const answer = await fetch(`demo/cut?client=${name}`, { method: "POST" });
  if (answer.ok) {
    count("cuts", (await answer.json()).streams);
  } else {
    button.disabled = true;
    button.textContent = "Only bin/demo can cut";
  }
});
