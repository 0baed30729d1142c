package dev.ssebridge.example.suite.parity;

import java.io.IOException;
import java.net.URI;

/** How a client reaches an endpoint. */
enum Transport {
  WEBSOCKET(WebSocketClient::open),
  BRIDGE(BridgedClient::open);

  private interface Opening {
    Client open(URI server, Case tested) throws IOException;
  }

  private final Opening opening;

  Transport(Opening opening) {
    this.opening = opening;
  }

  /** Runs a case and returns what was seen. */
  Transcript run(URI server, Case tested) throws Exception {
    Calls.forget();
    try (Client client = opening.open(server, tested)) {
      if (client.refusal() != 0) {
        client.note("refused " + client.refusal());
      } else {
        tested.script.run(client);
        if (!client.isClosed()) {
          client.close(1000, "");
        }
        client.awaitClose();
        if (tested.notesClose() && !Calls.await(call -> call.startsWith("close"))) {
          Calls.heard("no close in time");
        }
      }
      return new Transcript(Calls.all(), client.received());
    }
  }
}
