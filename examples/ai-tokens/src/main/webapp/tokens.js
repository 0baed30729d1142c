class Pane {
  #section;
  #name;
  #open;
  #source;
  #counts;

  /** @param open begins an answer to a prompt, and promises the EventSource that brings it */
  constructor(id, open) {
    this.#section = document.querySelector(`[data-pane=${id}]`);
    this.#section.append(document.getElementById("pane").content.cloneNode(true));
    this.#name = `${id}-${Math.random().toString(36).slice(2, 6)}`;
    this.#open = open;
    this.#section.querySelector(".cut").addEventListener("click", (event) => this.#cut(event.target));
  }

  async ask(prompt) {
    this.#source?.close();
    this.#counts = { tokens: 0, cuts: 0 };
    this.#count("tokens", 0);
    this.#count("cuts", 0);
    const text = this.#section.querySelector(".answer");
    text.textContent = "";
    this.#state("asking");
    const source = await this.#open(prompt, this.#name);
    this.#source = source;
    source.onopen = () => this.#state("answering");
    source.addEventListener("delta", ({ data }) => {
      text.append(data); // with its leading space, as it came
      this.#count("tokens");
    });
    source.onmessage = ({ data }) => {
      if (data === "[DONE]") {
        source.close(); // or the browser would come back for more
        this.#state("complete");
      }
    };
    source.onerror = () => this.#broken(source);
  }

  #broken(source) {
    if (source.resumes && source.readyState === EventSource.CONNECTING) {
      this.#state("resuming"); // the browser does it, with the last event id
    } else {
      source.close(); // coming back would begin another answer
      this.#state("broken off");
    }
  }

  /** The demo's launcher, not the application, answers this: it resets this pane's connection. */
  async #cut(button) {
    const answer = await fetch(`demo/cut?client=${this.#name}`, { method: "POST" });
    if (answer.ok) {
      this.#count("cuts", (await answer.json()).streams);
    } else {
      button.disabled = true;
      button.textContent = "Only bin/demo can cut";
    }
  }

  #count(what, more = 1) {
    this.#counts[what] += more;
    this.#section.querySelector(`[data-count=${what}]`).textContent = this.#counts[what];
  }

  #state(text) {
    const state = this.#section.querySelector(".state");
    state.textContent = text;
    state.dataset.state = text;
  }
}

const direct = new Pane("direct", async (prompt, name) => {
  return new EventSource(`direct?${new URLSearchParams({ prompt, name })}`);
});

const resumable = new Pane("resumable", async (prompt, name) => {
  const begun = await fetch("answers", { method: "POST", body: new URLSearchParams({ prompt }) });
  const url = new URL(begun.headers.get("Location"), begun.url);
  url.searchParams.set("name", name);
  return Object.assign(new EventSource(url), { resumes: true });
});

document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const prompt = event.target.prompt.value;
  direct.ask(prompt);
  resumable.ask(prompt);
});
