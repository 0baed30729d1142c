package com.example.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Clients written in JavaScript, each run by {@code src/test/js/follow.mjs} as it is published. */
class JavaScriptClientTest {
  /** Needs Node and {@code npm ci} in ws-bridge/src/main/js, which bin/test has run. */
  @Tag("browser")
  abstract static class JavaScript extends ClientContract {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String client;

    JavaScript(String client) {
      this.client = client;
    }

    @Override
    AutoCloseable follow(URI stream, Consumer<Received> to) {
      try {
        Process node =
            new ProcessBuilder(
                    "node",
                    "src/test/js/follow.mjs",
                    client,
                    stream.toString(),
                    stream.resolve("/suite/page.html").toString())
                .redirectError(Redirect.INHERIT)
                .start();
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8));
        var reader = new Thread(() -> lines.lines().forEach(line -> to.accept(read(line))), client);
        reader.setDaemon(true);
        reader.start();
        return () -> {
          node.getOutputStream().close();
          node.waitFor();
        };
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Received read(String line) {
      try {
        JsonNode event = JSON.readTree(line);
        return new Received(event.path("type").asText(), event.path("data").asText());
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class NpmEventSource extends JavaScript {
    NpmEventSource() {
      super("eventsource");
    }
  }

  @Nested
  class Undici extends JavaScript {
    Undici() {
      super("undici");
    }
  }

  @Nested
  class EventSourcePolyfill extends JavaScript {
    EventSourcePolyfill() {
      super("event-source-polyfill");
    }
  }

  @Nested
  class FetchEventSource extends JavaScript {
    FetchEventSource() {
      super("fetch-event-source");
    }
  }

  @Nested
  class Htmx extends JavaScript {
    Htmx() {
      super("htmx");
    }
  }
}
