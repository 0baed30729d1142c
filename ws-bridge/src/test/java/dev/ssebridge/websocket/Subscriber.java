package dev.ssebridge.websocket;

import dev.ssebridge.FrameSink;
import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.Subscription;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A stream that follows channels of a hub with a manual pump, and notes what it is sent. */
final class Subscriber implements FrameSink {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final SseHub hub;

  Subscriber(SseHub hub, String... channels) {
    this.hub = hub;
    Subscription subscription = hub.subscribe(Interest.in(channels), null);
    hub.pump().attach(this, subscription, subscription.start(), StreamOptions.DEFAULTS, end -> {});
    hub.pump().runPending();
  }

  /** Everything so far without the {@code id:} lines, whose epoch is random. */
  String text() {
    hub.pump().runPending();
    return sent.toString(StandardCharsets.UTF_8).replaceAll("(?m)^id: .*\n", "");
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    sent.write(bytes, from, count);
  }

  @Override
  public void flush() {}

  @Override
  public void end(StreamEnd why) {}
}
