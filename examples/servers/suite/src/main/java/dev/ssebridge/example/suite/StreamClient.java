package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.ssebridge.EventStreamParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An event stream as a test reads it: every wait has a deadline, and {@link #close} just leaves.
 */
public final class StreamClient implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 20;
  private static final Optional<EventStreamParser.Event> END = Optional.empty();

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Optional<EventStreamParser.Event>> events =
      new LinkedBlockingQueue<>();
  private final BlockingQueue<String> comments = new LinkedBlockingQueue<>();
  private volatile String lastEventId = "";
  private volatile Optional<Duration> retry = Optional.empty();

  private StreamClient(HttpResponse<InputStream> response) {
    this.response = response;
    Thread reader = new Thread(this::read, "stream-client");
    reader.setDaemon(true);
    reader.start();
  }

  /** Opens a stream whatever the status of the answer. */
  public static StreamClient open(HttpClient client, URI uri, String... headers)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return new StreamClient(
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
  }

  private void read() {
    var parser = new EventStreamParser(16 << 20);
    byte[] buffer = new byte[8192];
    try (InputStream in = response.body()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        parser.feed(buffer, 0, count);
        for (var step = parser.next();
            step != EventStreamParser.Stop.NEEDS_INPUT;
            step = parser.next()) {
          if (step instanceof EventStreamParser.Event event) {
            lastEventId = event.lastEventId();
            retry = parser.retry();
            events.add(Optional.of(event));
          } else if (step instanceof EventStreamParser.Comment comment) {
            comments.add(comment.text());
          }
        }
      }
    } catch (IOException cut) {
      // the end is all a test wants to know
    }
    events.add(END);
  }

  public int status() {
    return response.statusCode();
  }

  public HttpHeaders headers() {
    return response.headers();
  }

  /** What a browser would send as {@code Last-Event-ID} now. */
  public String lastEventId() {
    return lastEventId;
  }

  /** How long a browser would wait before it comes back, if it was told. */
  public Optional<Duration> retry() {
    return retry;
  }

  /** The next event. */
  public EventStreamParser.Event next() throws InterruptedException {
    var next = events.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    if (next == null) {
      return fail("no event in time");
    }
    return next.orElseGet(() -> fail("the stream has ended"));
  }

  /** The data of the next events. */
  public List<String> data(int count) throws InterruptedException {
    List<String> data = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      data.add(next().data());
    }
    return data;
  }

  /** Calls back with the id of the event that has this data, if one comes. */
  public void whenData(String data, Consumer<String> found) {
    Thread watcher =
        new Thread(
            () -> {
              try {
                for (var next = events.take(); next.isPresent(); next = events.take()) {
                  if (next.get().data().equals(data)) {
                    found.accept(next.get().lastEventId());
                  }
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stream-watcher");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** The next comment, such as a heartbeat. */
  public String comment() throws InterruptedException {
    String next = comments.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    return next == null ? fail("no comment in time") : next;
  }

  /** Waits for the end of the response, and for nothing before it. */
  public void assertEnd() throws InterruptedException {
    var next = events.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertEquals(END, next, "the end of the stream");
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
