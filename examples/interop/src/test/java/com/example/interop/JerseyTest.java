package com.example.interop;

import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Jersey's SseEventSource, which comes back by itself, and takes a block without data for an event.
 */
class JerseyTest extends ClientContract {
  @Override
  AutoCloseable follow(URI stream, Consumer<Received> to) {
    Client client = ClientBuilder.newClient();
    SseEventSource source =
        SseEventSource.target(client.target(stream))
            .reconnectingEvery(50, TimeUnit.MILLISECONDS)
            .build();
    source.register(event -> to.accept(new Received(event.getName(), event.readData())));
    source.open();
    return () -> {
      source.close();
      client.close();
    };
  }

  /** It strips every space, where one is to be stripped (WHATWG HTML §9.2.6). */
  @Override
  String asReported(String text) {
    return text.stripLeading();
  }
}
