package dev.ssebridge.servlet;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a POST or PUT asks to follow: {@code {"channels":["a","b.*"],"filter":{"types":["t"]}}}.
 *
 * @param channels valid, at least one
 * @param types null for all
 */
record SubscriptionBody(List<String> channels, @Nullable Set<String> types) {
  private static final int MAX_TYPES = 100;
  private static final int MAX_TYPE_LENGTH = 200;

  /** A body that is none. The message is a fixed text, not to repeat what came from outside. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads a body.
   *
   * @throws Malformed if it is not what this record describes
   * @throws NoClassDefFoundError if the application has no jackson-databind
   */
  static SubscriptionBody parse(byte[] json) throws Malformed {
    return Jackson.parse(json);
  }

  /** Loaded at the first use only. */
  private static final class Jackson {
    /** Strict, since two readers of a sloppy body could understand two things. */
    private static final ObjectMapper MAPPER =
        new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    static SubscriptionBody parse(byte[] json) throws Malformed {
      JsonNode body;
      try {
        body = MAPPER.readTree(json);
      } catch (IOException e) {
        throw new Malformed("the body is not JSON");
      }
      if (body == null || !body.isObject()) {
        throw new Malformed("the body is not a JSON object");
      }
      requireFields(body, Set.of("channels", "filter"));
      List<String> channels = texts(body.path("channels"), "channels");
      if (channels.isEmpty()) {
        throw new Malformed("channels must not be empty");
      }
      try {
        StreamRequest.requireValid(channels);
      } catch (IllegalArgumentException e) {
        throw new Malformed("a channel's name is not valid");
      }
      JsonNode filter = body.path("filter");
      if (filter.isMissingNode() || filter.isNull()) {
        return new SubscriptionBody(channels, null);
      }
      if (!filter.isObject()) {
        throw new Malformed("filter must be an object");
      }
      requireFields(filter, Set.of("types")); // a filter we do not know must not be ignored
      if (!filter.has("types")) {
        return new SubscriptionBody(channels, null);
      }
      List<String> types = texts(filter.path("types"), "filter.types");
      if (types.isEmpty() || types.size() > MAX_TYPES) {
        throw new Malformed("filter.types must have 1 to " + MAX_TYPES + " entries");
      }
      return new SubscriptionBody(channels, new LinkedHashSet<>(types));
    }

    private static void requireFields(JsonNode object, Set<String> known) throws Malformed {
      for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
        if (!known.contains(names.next())) {
          throw new Malformed("there is a field other than channels and filter.types");
        }
      }
    }

    private static List<String> texts(JsonNode array, String name) throws Malformed {
      if (!array.isArray()) {
        throw new Malformed(name + " must be an array");
      }
      List<String> texts = new ArrayList<>();
      for (JsonNode one : array) {
        if (!one.isTextual() || one.textValue().length() > MAX_TYPE_LENGTH) {
          throw new Malformed(name + " must hold texts of at most " + MAX_TYPE_LENGTH);
        }
        texts.add(one.textValue());
      }
      return texts;
    }
  }
}
