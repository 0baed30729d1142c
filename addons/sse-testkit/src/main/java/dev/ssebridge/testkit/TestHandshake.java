package dev.ssebridge.testkit;

import java.security.Principal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link TestClient} shows of itself, in its handshake and in every later request. */
public final class TestHandshake {
  private final TestBridge bridge;
  private final String target;
  private final Map<String, List<String>> headers = new LinkedHashMap<>();
  private @Nullable Principal user;

  TestHandshake(TestBridge bridge, String target) {
    this.bridge = bridge;
    this.target = target;
    header("Host", "localhost");
  }

  private TestHandshake(TestHandshake other) {
    this(other.bridge, other.target);
    other.headers.forEach((name, values) -> headers.put(name, new ArrayList<>(values)));
    user = other.user;
  }

  /**
   * Adds a header.
   *
   * @param name its name
   * @param value its value
   * @return this
   */
  public TestHandshake header(String name, String value) {
    headers.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
    return this;
  }

  /**
   * Asks for subprotocols.
   *
   * @param names the preferred first
   * @return this
   */
  public TestHandshake subprotocols(String... names) {
    return header("Sec-WebSocket-Protocol", String.join(", ", names));
  }

  /**
   * Sets the user, as the container would have authenticated them.
   *
   * @param name of the principal
   * @return this
   */
  public TestHandshake user(String name) {
    user = () -> name;
    return this;
  }

  /**
   * Opens a session.
   *
   * @return its client
   * @throws RefusedException if the handshake is refused
   */
  public TestClient open() {
    return TestClient.open(bridge, new TestHandshake(this));
  }

  TestHandshake with(String name, String value) {
    return new TestHandshake(this).header(name, value);
  }

  String target() {
    return target;
  }

  Map<String, List<String>> headers() {
    return headers;
  }

  @Nullable Principal user() {
    return user;
  }
}
