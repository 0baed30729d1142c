package dev.ssebridge.servlet;

import dev.ssebridge.Cursor;
import dev.ssebridge.StreamOptions;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request says, read without the container's help where that would answer an error page or
 * read the body: whatever a client sends is data.
 */
final class RequestText {
  private static final String EVENTS = "text/event-stream";

  private RequestText() {}

  /**
   * Where the client wants to go on: {@code Last-Event-ID}, else {@code ?lastEventId=}, with which
   * some polyfills come back, else {@code ?cursor=}. What a client adds when it comes back is newer
   * than what a page once wrote into the URL; a {@code lastEventId} that is no cursor may be the
   * page's.
   *
   * @return null or empty if the client has nothing yet
   */
  static @Nullable String cursor(HttpServletRequest request) {
    String header = request.getHeader("Last-Event-ID");
    if (header != null && !header.isEmpty()) {
      return header;
    }
    String ours = parameter(request, "cursor");
    String theirs = parameter(request, "lastEventId");
    boolean isNewer = theirs != null && Cursor.parse(theirs).isPresent();
    return isNewer || ours == null || ours.isEmpty() ? theirs : ours;
  }

  /**
   * The times of a stream whose client may have asked for heartbeats that scripts can see, by
   * {@code ?sse-heartbeat=event}.
   */
  static StreamOptions heartbeat(HttpServletRequest request, StreamOptions times) {
    return "event".equals(parameter(request, "sse-heartbeat"))
        ? times.withHeartbeatEvent(true)
        : times;
  }

  /** The first value of a parameter of the query, or null. */
  static @Nullable String parameter(HttpServletRequest request, String name) {
    List<String> values = parameters(request, name);
    return values.isEmpty() ? null : values.get(0);
  }

  /** All values of a parameter of the query. An escape that is none stays as it is. */
  static List<String> parameters(HttpServletRequest request, String name) {
    String query = request.getQueryString();
    List<String> values = new ArrayList<>();
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        if (pair.startsWith(name) && pair.startsWith("=", name.length())) {
          values.add(decode(pair.substring(name.length() + 1)));
        }
      }
    }
    return values;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException badEscape) {
      return text;
    }
  }

  /**
   * Whether {@code Accept} admits an event stream: the most specific range that covers it decides
   * (RFC 9110 §12.5.1). A request without the header takes anything.
   */
  static boolean acceptsEvents(HttpServletRequest request) {
    Enumeration<String> headers = request.getHeaders("Accept");
    if (headers == null || !headers.hasMoreElements()) {
      return true;
    }
    int best = 0;
    boolean accepted = false;
    while (headers.hasMoreElements()) {
      for (String range : split(headers.nextElement(), ',')) {
        List<String> parts = split(range, ';');
        int specific = specificity(parts.get(0).trim().toLowerCase(Locale.ROOT));
        if (specific > best) {
          best = specific;
          accepted = !isRefused(parts);
        } else if (specific == best && specific > 0) {
          accepted |= !isRefused(parts);
        }
      }
    }
    return accepted;
  }

  private static int specificity(String range) {
    return switch (range) {
      case EVENTS -> 3;
      case "text/*" -> 2;
      case "*/*" -> 1;
      default -> 0;
    };
  }

  /** Whether there is {@code q=0}; a weight that is none is no refusal. */
  private static boolean isRefused(List<String> parts) {
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      if (equals > 0 && part.substring(0, equals).trim().equalsIgnoreCase("q")) {
        String weight = part.substring(equals + 1).trim();
        return weight.startsWith("0") && weight.chars().allMatch(c -> c == '0' || c == '.');
      }
    }
    return false;
  }

  /** Splits at a character that stands outside of quotes. At least one part. */
  private static List<String> split(String text, char at) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == at && !quoted) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}
