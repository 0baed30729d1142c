/**
 * Counts what became of the messages that the panes of this page sent each other. Every sender numbers its messages
 * from 1, and every pane, the sender's own too, should receive every number once, in order.
 *
 * A number that has not come is lost once a later one of its sender came and SETTLE_MS have passed; or, when no later
 * one can come, once the pane has been connected and everything has been quiet for twice as long. Nothing is final:
 * a message that was counted as lost and comes after all is counted as received, and out of order if it was overtaken.
 */
export const SETTLE_MS = 2000;

export class Tally {
  #clock;
  #sent;
  #views;
  #lastSent = 0;

  /** @param names the panes', @param clock answers the time in milliseconds */
  constructor(names, clock = () => performance.now()) {
    this.#clock = clock;
    this.#sent = new Map(names.map((name) => [name, 0]));
    this.#views = new Map(names.map((name) => [name, new View(names)]));
  }

  /** Numbers the next message of a sender. */
  nextNumber(name) {
    const number = this.#sent.get(name) + 1;
    this.#sent.set(name, number);
    this.#lastSent = this.#clock();
    return number;
  }

  /** A pane received a message. Numbers that no pane of this page sent are not counted. */
  received(name, sender, number) {
    if (number >= 1 && number <= (this.#sent.get(sender) ?? 0)) {
      this.#views.get(name).accept(sender, number, this.#clock());
    }
  }

  connected(name, isConnected) {
    this.#views.get(name).connectedSince = isConnected ? this.#clock() : Infinity;
  }

  /**
   * What a pane's transport did. Lost on the way down are messages that another pane has; lost on the way up are
   * messages of its own that nobody has. What another pane lost on its way up is not held against this one.
   */
  report(name) {
    const view = this.#views.get(name);
    let lostDown = 0;
    let onTheWay = 0;
    for (const [sender, numbers] of this.#missing(view)) {
      for (const [number, isFinal] of numbers) {
        if (!isFinal) {
          onTheWay++;
        } else if (this.#isKnown(sender, number)) {
          lostDown++;
        }
      }
    }
    const lostUp = this.#lostUp(name);
    return {
      sent: this.#sent.get(name),
      received: view.received,
      lost: lostDown + lostUp,
      lostDown,
      lostUp,
      onTheWay,
      repeated: view.repeated,
      outOfOrder: view.outOfOrder,
    };
  }

  #lostUp(sender) {
    const lost = new Set();
    for (const view of this.#views.values()) {
      for (const [number, isFinal] of this.#missing(view).get(sender)) {
        if (isFinal && !this.#isKnown(sender, number)) {
          lost.add(number);
        }
      }
    }
    return lost.size;
  }

  #isKnown(sender, number) {
    return [...this.#views.values()].some((view) => view.has(sender, number));
  }

  /** By sender, the numbers that a pane has not received, each with whether it is final. */
  #missing(view) {
    const now = this.#clock();
    const quietSince = Math.max(this.#lastSent, view.lastReceived, view.connectedSince);
    const tailIsFinal = now - quietSince >= 2 * SETTLE_MS;
    return new Map(
      [...this.#sent].map(([sender, sent]) => {
        const { highest, holes } = view.sequence(sender);
        const numbers = [...holes].map(([number, since]) => [number, now - since >= SETTLE_MS]);
        for (let number = highest + 1; number <= sent; number++) {
          numbers.push([number, tailIsFinal]);
        }
        return [sender, numbers];
      }),
    );
  }
}

/** What one pane has seen: of each sender the highest number, and the holes below it with the time they were noticed. */
class View {
  #sequences;
  received = 0;
  repeated = 0;
  outOfOrder = 0;
  lastReceived = 0;
  connectedSince = Infinity;

  constructor(senders) {
    this.#sequences = new Map(senders.map((sender) => [sender, { highest: 0, holes: new Map() }]));
  }

  sequence(sender) {
    return this.#sequences.get(sender);
  }

  has(sender, number) {
    const { highest, holes } = this.sequence(sender);
    return number <= highest && !holes.has(number);
  }

  accept(sender, number, now) {
    this.lastReceived = now;
    if (this.has(sender, number)) {
      this.repeated++;
      return;
    }
    this.received++;
    const sequence = this.sequence(sender);
    if (number < sequence.highest) {
      sequence.holes.delete(number);
      this.outOfOrder++;
      return;
    }
    for (let hole = sequence.highest + 1; hole < number; hole++) {
      sequence.holes.set(hole, now);
    }
    sequence.highest = number;
  }
}
