package dev.ssebridge.websocket;

import jakarta.websocket.DeploymentException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The path at which an endpoint is deployed: a level-1 URI template whose variables are whole path
 * segments, {@code /rooms/{room}} (Jakarta WebSocket 2.1 §3.1.1).
 *
 * <p>Paths to match are those of the servlet API ({@code servletPath + pathInfo}), that is, already
 * decoded; a value is therefore taken as it stands, never decoded a second time, and never empty.
 * The text of a template may be percent-encoded ({@code /a%20b}) or not. A slash at the end counts:
 * {@code /a/{b}} does not match {@code /a/1/}.
 *
 * <p>Equality is equivalence: {@code /a/{b}} equals {@code /a/{c}}. Immutable.
 */
final class PathTemplate {
  private final String text;
  private final List<Segment> segments;
  private final List<String> names;
  private final boolean slash; // the template ends with one
  private final String shape;

  private record Segment(String text, boolean variable) {}

  private PathTemplate(
      String text, List<Segment> segments, List<String> names, boolean slash, String shape) {
    this.text = text;
    this.segments = List.copyOf(segments);
    this.names = List.copyOf(names);
    this.slash = slash;
    this.shape = shape;
  }

  /**
   * Reads a template.
   *
   * @throws DeploymentException if it does not begin with a slash, has an empty, {@code .} or
   *     {@code ..} segment, a brace that is not around a whole segment, an unnamed variable or the
   *     same variable twice
   */
  static PathTemplate parse(String text) throws DeploymentException {
    if (!text.startsWith("/")) {
      throw invalid(text, "it must begin with a slash");
    }
    List<Segment> segments = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    StringBuilder shape = new StringBuilder();
    List<String> parts = split(text);
    boolean slash = text.length() > 1 && text.endsWith("/");
    for (String part : parts) {
      shape.append('/');
      if (part.isEmpty()) {
        if (parts.size() > 1 || slash) {
          throw invalid(text, "it has an empty segment");
        }
      } else if (part.equals(".") || part.equals("..")) {
        throw invalid(text, "it has a segment " + part);
      } else if (isVariable(part)) {
        String name = part.substring(1, part.length() - 1);
        if (!seen.add(name)) {
          throw invalid(text, "the variable " + name + " appears twice");
        }
        names.add(name);
        segments.add(new Segment(name, true));
        shape.append("{}");
      } else if (part.indexOf('{') >= 0 || part.indexOf('}') >= 0) {
        throw invalid(text, "a variable must be a whole segment, {name}: " + part);
      } else {
        String literal = decode(part);
        segments.add(new Segment(literal, false));
        shape.append(literal);
      }
    }
    if (slash) {
      shape.append('/');
    }
    return new PathTemplate(text, segments, names, slash, shape.toString());
  }

  private static String decode(String part) {
    try {
      String literal = URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
      return literal.matches("[^/{}]*") ? literal : part; // what would change the structure stays
    } catch (IllegalArgumentException e) {
      return part; // a percent sign that encodes nothing is a percent sign
    }
  }

  private static boolean isVariable(String part) {
    return part.length() > 2
        && part.indexOf('{') == 0
        && part.lastIndexOf('{') == 0
        && part.indexOf('}') == part.length() - 1;
  }

  private static DeploymentException invalid(String text, String why) {
    return new DeploymentException("The path \"" + text + "\" is not a valid template: " + why);
  }

  /** The names of the variables, from left to right. */
  List<String> names() {
    return names;
  }

  boolean isExact() {
    return names.isEmpty();
  }

  /** The decoded template with its variables unnamed: equal for equivalent templates. */
  String shape() {
    return shape;
  }

  /** The number of segments; the template matches only paths with as many. */
  int depth() {
    return segments.size();
  }

  /** Whether the segment at this place, from 0, is text rather than a variable. */
  boolean literalAt(int index) {
    return !segments.get(index).variable();
  }

  /** Whether the template itself ends with a slash; if so, it matches only paths that do. */
  boolean endsWithSlash() {
    return slash;
  }

  /**
   * The values of the variables in a path, in the order of the template.
   *
   * @param path a decoded path within the web application, beginning with a slash
   * @return null if the path is not one of this template; empty if the template has no variable
   */
  @Nullable Map<String, String> match(String path) {
    if (isExact()) {
      return shape.equals(path) ? Map.of() : null;
    }
    return match(split(path), path.endsWith("/"));
  }

  /** Like {@link #match(String)}, for a template with variables and a path already split. */
  @Nullable Map<String, String> match(List<String> path, boolean pathEndsWithSlash) {
    if (path.size() != segments.size() || slash != pathEndsWithSlash) {
      return null;
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < path.size(); i++) {
      Segment segment = segments.get(i);
      String value = path.get(i);
      if (segment.variable()) {
        if (value.isEmpty()) {
          return null;
        }
        values.put(segment.text(), value);
      } else if (!segment.text().equals(value)) {
        return null;
      }
    }
    return Collections.unmodifiableMap(values);
  }

  /** The segments of a path; a slash at its end makes no segment. */
  static List<String> split(String path) {
    int start = path.startsWith("/") ? 1 : 0;
    int end = path.length() > start && path.endsWith("/") ? path.length() - 1 : path.length();
    return List.of(path.substring(start, end).split("/", -1));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PathTemplate that && shape.equals(that.shape);
  }

  @Override
  public int hashCode() {
    return shape.hashCode();
  }

  /** The template as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
