package dev.ssebridge.servlet;

import dev.ssebridge.ChannelSet;
import dev.ssebridge.Interest;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request for a stream as a {@link StreamPolicy} sees it: what is asked for, and what says who
 * asks.
 *
 * <p>Threading: the request's thread.
 */
public final class StreamRequest {
  private final HttpServletRequest http;
  private final List<String> channels;
  private final @Nullable Set<String> types;

  StreamRequest(HttpServletRequest http, List<String> channels, @Nullable Set<String> types) {
    this.http = http;
    this.channels = List.copyOf(channels);
    this.types = types == null ? null : Set.copyOf(types);
  }

  /**
   * Reads what a GET asks for: channels behind the servlet's path and in {@code ?channel=} or
   * {@code ?channels=}, types of events in {@code ?type=} or {@code ?types=}, each separated by
   * commas or repeated.
   *
   * @throws IllegalArgumentException if a channel's name is not valid
   */
  static StreamRequest of(HttpServletRequest http) {
    List<String> channels = new ArrayList<>();
    String path = http.getPathInfo();
    if (path != null && path.length() > 1) {
      addAll(channels, path.substring(1));
    }
    RequestText.parameters(http, "channel").forEach(text -> addAll(channels, text));
    RequestText.parameters(http, "channels").forEach(text -> addAll(channels, text));
    List<String> types = new ArrayList<>();
    RequestText.parameters(http, "type").forEach(text -> addAll(types, text));
    RequestText.parameters(http, "types").forEach(text -> addAll(types, text));
    requireValid(channels);
    return new StreamRequest(http, channels, types.isEmpty() ? null : new LinkedHashSet<>(types));
  }

  private static void addAll(List<String> to, String text) {
    Arrays.stream(text.split(",", -1)).filter(part -> !part.isEmpty()).forEach(to::add);
  }

  static void requireValid(List<String> channels) {
    if (!channels.isEmpty()) {
      ChannelSet.of(channels);
    }
  }

  /**
   * The request itself.
   *
   * @return as the servlet got it
   */
  public HttpServletRequest http() {
    return http;
  }

  /**
   * The channels that are asked for.
   *
   * @return valid names and prefixes, as in {@link ChannelSet#of(String...)}; empty if the request
   *     names none
   */
  public List<String> channels() {
    return channels;
  }

  /**
   * The types of events that are asked for.
   *
   * @return null for all
   */
  public @Nullable Set<String> types() {
    return types;
  }

  /**
   * The token of {@code Authorization: Bearer} (RFC 6750 §2.1), which clients that use {@code
   * fetch} can send and {@code EventSource} cannot.
   *
   * @return as it stands there, to be verified
   */
  public Optional<String> bearer() {
    String header = http.getHeader("Authorization");
    if (header == null || !header.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
      return Optional.empty();
    }
    String token = header.substring("bearer ".length()).trim();
    return token.isEmpty() ? Optional.empty() : Optional.of(token);
  }

  /**
   * A cookie, which {@code EventSource} sends to its own origin, and elsewhere with {@code
   * withCredentials}.
   *
   * @param name of the cookie
   * @return its value, to be verified
   */
  public Optional<String> cookie(String name) {
    Cookie[] cookies = http.getCookies();
    return cookies == null
        ? Optional.empty()
        : Arrays.stream(cookies)
            .filter(cookie -> cookie.getName().equals(name))
            .map(Cookie::getValue)
            .findFirst();
  }

  /**
   * A parameter of the URL. URLs are written into logs, so only what is good for a moment belongs
   * there, such as a {@linkplain StreamTickets ticket}.
   *
   * @param name of the parameter
   * @return its first value, to be verified
   */
  public Optional<String> parameter(String name) {
    return Optional.ofNullable(RequestText.parameter(http, name));
  }

  /**
   * Accepts everything that is asked for.
   *
   * @return the decision; forbidden if nothing is asked for
   */
  public StreamPolicy.Decision all() {
    return only(channel -> true);
  }

  /**
   * Accepts what is allowed of what is asked for.
   *
   * @param allowed answers for a channel's name, or for a prefix with its star
   * @return the decision; forbidden if nothing remains
   */
  public StreamPolicy.Decision only(Predicate<String> allowed) {
    List<String> rest = channels.stream().filter(allowed).toList();
    return rest.isEmpty()
        ? StreamPolicy.Refuse.forbidden()
        : new StreamPolicy.Accept(new Interest(ChannelSet.of(rest), types), null, null);
  }
}
