package dev.ssebridge.websocket;

import dev.ssebridge.StreamOptions;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of a bridge. Immutable; start from {@link #DEFAULTS}. Every one of them can also be
 * set without code, by a context parameter {@code dev.ssebridge.<name>} or a system property of
 * that name, durations in ISO form ({@code PT30S}).
 *
 * @param lease how long a session without a stream waits for its client before {@code @OnClose}
 *     runs with 1006, and how long a closed one can still be read to its end. Default 30 s
 * @param sendTimeout how long {@code getBasicRemote()} waits for a client that reads slowly before
 *     it throws. Default 20 s
 * @param maxMessageBytes the largest message taken from a client, in UTF-8 or decoded bytes, where
 *     the endpoint does not say; larger is 413 and closes with 1009. Default 1 MiB
 * @param maxBatchBytes the largest POST body; larger is 413 and closes with 1009. Default 4 MiB
 * @param maxUnsentBytes bytes of a session not yet written to its stream before {@code
 *     getBasicRemote()} waits. Default 1 MiB
 * @param logMessages messages kept for a client that resumes; when so many were never written, the
 *     session closes with 1006. Default 8192
 * @param logBytes the same in bytes; enough to cover what a kernel may hold when a connection
 *     breaks. Default 8 MiB
 * @param inboxMessages messages taken from a client and not yet handled; when full the answer
 *     waits, then it is 429. Default 1024
 * @param inboxWait how long a POST waits for room in the inbox. Default 5 s
 * @param limits how many sessions there may be; the names of the parts are {@code maxSessions},
 *     {@code maxSessionsPerEndpoint}, {@code maxSessionsPerPrincipal}, {@code
 *     maxSessionsPerAddress} and {@code maxSessionsPerStream}
 * @param stream the times of each stream; {@code retry} 1 s
 * @param routing gives messages to the clients the names of events. Default {@link Routing#NONE}.
 *     As text {@code dev.ssebridge.routing} is a pointer to a JSON field such as {@code /type}, or
 *     a name for every message; {@code dev.ssebridge.endpointRouting} says the same for single
 *     endpoints, {@code /metrics=/type, /chat/{room}=chat}; {@code dev.ssebridge.routes} lists the
 *     only names there may be
 * @param mode which transports lead to the bridge. Default {@link BridgeMode#ROOM}
 * @param endpointModes the same for single endpoints, by the paths they are deployed at; as text
 *     {@code dev.ssebridge.endpointModes} is {@code /chat/{room}=sse, /ticker=off}. Default none
 * @param sessionFile where the sessions wait while the server restarts in good order. As text
 *     {@code dev.ssebridge.sessionFile} is its path; {@code sessionFileBytes}, by default 256 MiB,
 *     and {@code sessionFileWait}, by default 2 s, are its bounds. Default null: an application
 *     that stops closes its sessions
 */
public record BridgeOptions(
    Duration lease,
    Duration sendTimeout,
    int maxMessageBytes,
    int maxBatchBytes,
    long maxUnsentBytes,
    int logMessages,
    long logBytes,
    int inboxMessages,
    Duration inboxWait,
    SessionLimits limits,
    StreamOptions stream,
    Routing routing,
    BridgeMode mode,
    Map<String, BridgeMode> endpointModes,
    @Nullable SessionFile sessionFile) {
  /** The defaults named above. */
  public static final BridgeOptions DEFAULTS =
      new BridgeOptions(
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          1 << 20,
          4 << 20,
          1 << 20,
          8192,
          8 << 20,
          1024,
          Duration.ofSeconds(5),
          SessionLimits.DEFAULTS,
          StreamOptions.DEFAULTS.withRetry(Duration.ofSeconds(1)),
          Routing.NONE,
          BridgeMode.ROOM,
          Map.of(),
          null);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public BridgeOptions {
    requirePositive("lease", lease.toMillis());
    requirePositive("sendTimeout", sendTimeout.toMillis());
    requirePositive("maxMessageBytes", maxMessageBytes);
    requirePositive("maxBatchBytes", maxBatchBytes);
    requirePositive("maxUnsentBytes", maxUnsentBytes);
    requirePositive("logMessages", logMessages);
    requirePositive("logBytes", logBytes);
    requirePositive("inboxMessages", inboxMessages);
    requirePositive("inboxWait", inboxWait.toMillis());
    endpointModes = Map.copyOf(endpointModes);
  }

  /**
   * A copy with another lease.
   *
   * @param value at least 1 ms
   * @return the copy
   */
  public BridgeOptions withLease(Duration value) {
    return copy(value, stream, routing, mode, endpointModes, sessionFile);
  }

  /**
   * A copy with other stream times.
   *
   * @param value the times
   * @return the copy
   */
  public BridgeOptions withStream(StreamOptions value) {
    return copy(lease, value, routing, mode, endpointModes, sessionFile);
  }

  /**
   * A copy with another routing.
   *
   * @param value gives messages their names
   * @return the copy
   */
  public BridgeOptions withRouting(Routing value) {
    return copy(lease, stream, value, mode, endpointModes, sessionFile);
  }

  /**
   * A copy with another mode for the endpoints that have none of their own.
   *
   * @param value the mode
   * @return the copy
   */
  public BridgeOptions withMode(BridgeMode value) {
    return withModes(value, endpointModes);
  }

  /**
   * A copy with another mode for one endpoint.
   *
   * @param path the path at which it is deployed, such as {@code /chat/{room}}
   * @param value the mode
   * @return the copy
   */
  public BridgeOptions withMode(String path, BridgeMode value) {
    Map<String, BridgeMode> modes = new HashMap<>(endpointModes);
    modes.put(path, value);
    return withModes(mode, modes);
  }

  private BridgeOptions withModes(BridgeMode general, Map<String, BridgeMode> byPath) {
    return copy(lease, stream, routing, general, byPath, sessionFile);
  }

  /**
   * A copy with another place where sessions wait while the server restarts.
   *
   * @param value the file, or null for none
   * @return the copy
   */
  public BridgeOptions withSessionFile(@Nullable SessionFile value) {
    return copy(lease, stream, routing, mode, endpointModes, value);
  }

  /** A copy that differs in what the methods above change. */
  private BridgeOptions copy(
      Duration otherLease,
      StreamOptions otherStream,
      Routing otherRouting,
      BridgeMode otherMode,
      Map<String, BridgeMode> otherModes,
      @Nullable SessionFile otherFile) {
    return new BridgeOptions(
        otherLease,
        sendTimeout,
        maxMessageBytes,
        maxBatchBytes,
        maxUnsentBytes,
        logMessages,
        logBytes,
        inboxMessages,
        inboxWait,
        limits,
        otherStream,
        otherRouting,
        otherMode,
        otherModes,
        otherFile);
  }

  /**
   * Reads options from named texts over the defaults.
   *
   * @param lookup answers the text of a name such as {@code dev.ssebridge.lease}, or null
   * @return the options
   * @throws IllegalArgumentException if a text cannot be read, with its name
   */
  public static BridgeOptions from(Function<String, @Nullable String> lookup) {
    BridgeOptions d = DEFAULTS;
    StreamOptions s = d.stream;
    String general = lookup.apply("dev.ssebridge.mode");
    return new BridgeOptions(
        duration(lookup, "lease", d.lease),
        duration(lookup, "sendTimeout", d.sendTimeout),
        (int) number(lookup, "maxMessageBytes", d.maxMessageBytes, Integer.MAX_VALUE / 4),
        (int) number(lookup, "maxBatchBytes", d.maxBatchBytes, Integer.MAX_VALUE / 4),
        number(lookup, "maxUnsentBytes", d.maxUnsentBytes, Long.MAX_VALUE),
        (int) number(lookup, "logMessages", d.logMessages, 1 << 24),
        number(lookup, "logBytes", d.logBytes, Long.MAX_VALUE),
        (int) number(lookup, "inboxMessages", d.inboxMessages, 1 << 24),
        duration(lookup, "inboxWait", d.inboxWait),
        new SessionLimits(
            count(lookup, "maxSessions", d.limits.all()),
            count(lookup, "maxSessionsPerEndpoint", d.limits.perEndpoint()),
            count(lookup, "maxSessionsPerPrincipal", d.limits.perPrincipal()),
            count(lookup, "maxSessionsPerAddress", d.limits.perAddress()),
            count(lookup, "maxSessionsPerStream", d.limits.perStream())),
        new StreamOptions(
            duration(lookup, "heartbeat", s.heartbeat()),
            s.heartbeatEvent(),
            duration(lookup, "writeDeadline", s.writeDeadline()),
            duration(lookup, "maxLifetime", s.maxLifetime()),
            duration(lookup, "retry", s.retry())),
        RoutingText.read(lookup),
        general == null ? d.mode : mode("mode", general),
        endpointModes(lookup),
        sessionFile(lookup));
  }

  private static @Nullable SessionFile sessionFile(Function<String, @Nullable String> lookup) {
    String path = lookup.apply("dev.ssebridge.sessionFile");
    if (path == null || path.isBlank()) {
      return null;
    }
    long bytes =
        number(lookup, "sessionFileBytes", SessionFile.DEFAULT_BYTES, SessionFile.MOST_BYTES);
    try {
      return new SessionFile(
          Path.of(path.trim()),
          bytes,
          duration(lookup, "sessionFileWait", SessionFile.DEFAULT_WAIT));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("dev.ssebridge.sessionFile is no path: " + path, e);
    }
  }

  private static Map<String, BridgeMode> endpointModes(Function<String, @Nullable String> lookup) {
    String text = lookup.apply("dev.ssebridge.endpointModes");
    Map<String, BridgeMode> modes = new HashMap<>();
    if (text != null && !text.isBlank()) {
      for (String each : text.trim().split("\\s*,\\s*|\\s+", -1)) {
        int equals = each.lastIndexOf('=');
        if (equals < 1 || !each.startsWith("/")) {
          throw new IllegalArgumentException(
              "dev.ssebridge.endpointModes must be a list such as /chat=sse, /news=off: " + text);
        }
        modes.put(each.substring(0, equals), mode("endpointModes", each.substring(equals + 1)));
      }
    }
    return modes;
  }

  private static BridgeMode mode(String name, String text) {
    for (BridgeMode mode : BridgeMode.values()) {
      if (mode.name().equalsIgnoreCase(text.trim())) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "dev.ssebridge." + name + " knows off, sse and room: " + text);
  }

  private static Duration duration(
      Function<String, @Nullable String> lookup, String name, Duration ifAbsent) {
    String text = lookup.apply("dev.ssebridge." + name);
    if (text == null) {
      return ifAbsent;
    }
    try {
      return Duration.parse(text.trim());
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException(
          "dev.ssebridge." + name + " must be a duration such as PT30S: " + text, e);
    }
  }

  private static int count(Function<String, @Nullable String> lookup, String name, int ifAbsent) {
    return (int) number(lookup, name, ifAbsent, Integer.MAX_VALUE);
  }

  static long number(
      Function<String, @Nullable String> lookup, String name, long ifAbsent, long most) {
    String text = lookup.apply("dev.ssebridge." + name);
    if (text == null) {
      return ifAbsent;
    }
    try {
      long value = Long.parseLong(text.trim());
      if (value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        "dev.ssebridge." + name + " must be a whole number up to " + most + ": " + text);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
