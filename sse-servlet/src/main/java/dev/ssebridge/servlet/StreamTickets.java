package dev.ssebridge.servlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.ssebridge.ChannelSet;
import dev.ssebridge.Interest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tickets for clients that cannot send a header: a page asks for one by an ordinary request, which
 * shows who it is, and puts it into the URL of its {@code EventSource}. A ticket names its owner
 * and channels and says when it ends; it is signed (HMAC-SHA256), not encrypted. A stream ends when
 * its ticket does.
 *
 * <p>A ticket that can be used once is for clients that ask for a new one before each connection;
 * an {@code EventSource} comes back with the same URL, so give it one that expires. What has been
 * used is remembered in this object, so one-time tickets are used once for each node.
 *
 * <p>Threading: safe for concurrent use.
 */
public final class StreamTickets {
  /**
   * A ticket that was found to be genuine and in time.
   *
   * @param owner on whose behalf
   * @param channels what it allows
   * @param expiry when it ends
   */
  public record Ticket(String owner, ChannelSet channels, Instant expiry) {}

  private static final int MIN_KEY_BYTES = 32;
  private static final int NONCE_BYTES = 16;
  private static final int MAX_LENGTH = 8192; // characters of a ticket
  private static final int MAX_USED = 100_000;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final List<byte[]> keys;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private final ReentrantLock lock = new ReentrantLock(); // a leaf

  /** One-time tickets that were used, until they would have ended anyway. */
  @GuardedBy("lock")
  private final Map<String, Instant> used = new HashMap<>();

  private StreamTickets(List<byte[]> keys, InstantSource clock) {
    this.keys = keys.stream().map(byte[]::clone).toList();
    this.clock = clock;
    for (byte[] key : keys) {
      if (key.length < MIN_KEY_BYTES) {
        throw new IllegalArgumentException(
            "a key has at least " + MIN_KEY_BYTES + " bytes: " + key.length);
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("at least one key is needed");
    }
  }

  /**
   * Tickets of this process alone: a restart makes them worthless.
   *
   * @return with a random key
   */
  public static StreamTickets create() {
    byte[] key = new byte[MIN_KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return withKeys(List.of(key), InstantSource.system());
  }

  /**
   * Tickets of several nodes.
   *
   * @param keys of at least 32 bytes; the first one signs, and all are accepted, so that keys can
   *     be changed in turn
   * @param clock what time it is
   * @return with these keys
   * @throws IllegalArgumentException if there is no key or one is too short
   */
  public static StreamTickets withKeys(List<byte[]> keys, InstantSource clock) {
    return new StreamTickets(keys, clock);
  }

  /**
   * A ticket that can be used until it ends.
   *
   * @param owner on whose behalf
   * @param channels what it allows
   * @param lifetime from now; minutes rather than hours, since URLs are written into logs
   * @return text for a URL
   */
  public String issue(String owner, ChannelSet channels, Duration lifetime) {
    return issue(owner, channels, lifetime, false);
  }

  /**
   * A ticket that can be used once, before it ends.
   *
   * @param owner on whose behalf
   * @param channels what it allows
   * @param lifetime from now, also of the stream
   * @return text for a URL
   */
  public String issueOnce(String owner, ChannelSet channels, Duration lifetime) {
    return issue(owner, channels, lifetime, true);
  }

  private String issue(String owner, ChannelSet channels, Duration lifetime, boolean once) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    String content =
        String.join(
            "\n",
            once ? "once" : "until",
            Long.toString(clock.instant().plus(lifetime).toEpochMilli()),
            ENCODER.encodeToString(nonce),
            channels.toString(),
            owner); // last: it may hold anything
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return ENCODER.encodeToString(bytes) + "." + ENCODER.encodeToString(mac(keys.get(0), bytes));
  }

  /**
   * Looks at a ticket, and uses it up if it can be used once only.
   *
   * @param text what came in a URL; anything
   * @return empty if it is none of ours, has ended or has been used
   */
  public Optional<Ticket> redeem(String text) {
    int dot = text.indexOf('.');
    if (dot < 0 || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    byte[] content;
    byte[] mac;
    try {
      content = Base64.getUrlDecoder().decode(text.substring(0, dot));
      mac = Base64.getUrlDecoder().decode(text.substring(dot + 1));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    boolean genuine = false;
    for (byte[] key : keys) {
      genuine |= MessageDigest.isEqual(mac, mac(key, content));
    }
    if (!genuine) {
      return Optional.empty();
    }
    // We have written this ourselves, so it has its parts.
    String[] parts = new String(content, StandardCharsets.UTF_8).split("\n", 5);
    Instant expiry = Instant.ofEpochMilli(Long.parseLong(parts[1]));
    Instant now = clock.instant();
    if (!now.isBefore(expiry) || (parts[0].equals("once") && !useUp(parts[2], expiry, now))) {
      return Optional.empty();
    }
    return Optional.of(
        new Ticket(parts[4], ChannelSet.of(List.of(parts[3].split(",", -1))), expiry));
  }

  /** Returns false if it was used before, or if too many are remembered to tell. */
  private boolean useUp(String nonce, Instant expiry, Instant now) {
    lock.lock();
    try {
      if (used.size() >= MAX_USED) {
        used.values().removeIf(ended -> !now.isBefore(ended));
      }
      return used.size() < MAX_USED && used.putIfAbsent(nonce, expiry) == null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets those in who bring a ticket, to what it allows, until it ends.
   *
   * @param parameter of the URL, such as {@code ticket}
   * @return the policy; who brings none that is good is refused with 401
   */
  public StreamPolicy policy(String parameter) {
    return request ->
        request
            .parameter(parameter)
            .flatMap(this::redeem)
            .map(ticket -> accept(request, ticket).owner(ticket.owner()).until(ticket.expiry()))
            .orElse(StreamPolicy.Refuse.unauthenticated("Ticket"));
  }

  private static StreamPolicy.Decision accept(StreamRequest request, Ticket ticket) {
    return request.channels().isEmpty()
        ? new StreamPolicy.Accept(new Interest(ticket.channels(), request.types()), null, null)
        : request.only(ticket.channels()::contains);
  }

  private static byte[] mac(byte[] key, byte[] content) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
