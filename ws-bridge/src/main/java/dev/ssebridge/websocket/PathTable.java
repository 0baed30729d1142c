package dev.ssebridge.websocket;

import jakarta.websocket.DeploymentException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is deployed at which path. An exact path wins over a template; between templates, the one
 * whose text reaches further to the left: for {@code /b/d}, {@code /b/{x}} wins over {@code
 * /{x}/d}.
 *
 * <p>Safe for concurrent use: endpoints may be added while requests are matched.
 *
 * @param <T> what stands at a path
 */
final class PathTable<T> {
  private final ConcurrentMap<String, Entry<T>> exact = new ConcurrentHashMap<>();
  private final ConcurrentNavigableMap<PathTemplate, Entry<T>> templates =
      new ConcurrentSkipListMap<>(BEST_FIRST);

  private record Entry<T>(PathTemplate template, T target) {}

  /**
   * What a path leads to.
   *
   * @param parameters the values of the template's variables, decoded
   */
  record Match<T>(T target, PathTemplate template, Map<String, String> parameters) {}

  /** The first in this order that matches is the best; equivalent templates compare as equal. */
  private static final Comparator<PathTemplate> BEST_FIRST =
      (a, b) -> {
        int byDepth = Integer.compare(a.depth(), b.depth());
        if (byDepth != 0) {
          return byDepth;
        }
        for (int i = 0; i < a.depth(); i++) {
          int byLiteral = Boolean.compare(b.literalAt(i), a.literalAt(i));
          if (byLiteral != 0) {
            return byLiteral;
          }
        }
        int bySlash = Boolean.compare(b.endsWithSlash(), a.endsWithSlash());
        return bySlash != 0 ? bySlash : a.shape().compareTo(b.shape());
      };

  /**
   * Adds an endpoint.
   *
   * @throws DeploymentException if there is one at the same or an equivalent path
   */
  void add(PathTemplate template, T target) throws DeploymentException {
    Entry<T> added = new Entry<>(template, target);
    Entry<T> earlier =
        template.isExact()
            ? exact.putIfAbsent(template.shape(), added)
            : templates.putIfAbsent(template, added);
    if (earlier != null) {
      throw new DeploymentException(
          "Two endpoints have the same path: "
              + earlier.target()
              + " at "
              + earlier.template()
              + " and "
              + target
              + " at "
              + template);
    }
  }

  /** Removes an endpoint from its path, if it is there. */
  void remove(PathTemplate template, T target) {
    Entry<T> entry = template.isExact() ? exact.get(template.shape()) : templates.get(template);
    if (entry != null && entry.target() == target) {
      if (template.isExact()) {
        exact.remove(template.shape(), entry);
      } else {
        templates.remove(template, entry);
      }
    }
  }

  /** Whether there is an endpoint at the same or an equivalent path. */
  boolean has(PathTemplate template) {
    return template.isExact()
        ? exact.containsKey(template.shape())
        : templates.containsKey(template);
  }

  /** Everything deployed. */
  List<T> all() {
    return Stream.concat(exact.values().stream(), templates.values().stream())
        .map(Entry::target)
        .toList();
  }

  /**
   * The endpoint for a request.
   *
   * @param path {@code servletPath + pathInfo}: decoded, within the web application
   * @return null if nothing is deployed there
   */
  @Nullable Match<T> find(String path) {
    Entry<T> at = exact.get(path);
    if (at != null) {
      return new Match<>(at.target(), at.template(), Map.of());
    }
    if (templates.isEmpty()) {
      return null;
    }
    List<String> segments = PathTemplate.split(path);
    boolean slash = path.endsWith("/");
    for (Entry<T> entry : templates.values()) {
      Map<String, String> parameters = entry.template().match(segments, slash);
      if (parameters != null) {
        return new Match<>(entry.target(), entry.template(), parameters);
      }
    }
    return null;
  }
}
