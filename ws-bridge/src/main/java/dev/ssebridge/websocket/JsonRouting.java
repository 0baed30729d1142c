package dev.ssebridge.websocket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.filter.FilteringParserDelegate;
import com.fasterxml.jackson.core.filter.JsonPointerBasedFilter;
import com.fasterxml.jackson.core.filter.TokenFilter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Routes messages by a field of their JSON, with a parser that goes no further than the field. */
final class JsonRouting implements Routing {
  /** Field names come from messages: interned, they would stay for good. */
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  private final TokenFilter filter;

  JsonRouting(String pointer) {
    JsonPointer compiled = JsonPointer.compile(pointer);
    if (compiled.matches()) {
      throw new IllegalArgumentException("a pointer to a field begins with /: " + pointer);
    }
    filter = new JsonPointerBasedFilter(compiled);
  }

  @Override
  public @Nullable String route(String path, String text) {
    if (!mayBeJson(text)) {
      return null;
    }
    try (JsonParser parser =
        new FilteringParserDelegate(
            JSON.createParser(text), filter, TokenFilter.Inclusion.ONLY_INCLUDE_ALL, false)) {
      JsonToken found = parser.nextToken();
      boolean name = found == JsonToken.VALUE_STRING || found == JsonToken.VALUE_NUMBER_INT;
      return name ? parser.getText() : null;
    } catch (IOException notJson) {
      return null;
    }
  }

  /** Whether a text begins as an object or array does: most that is not JSON stops here. */
  private static boolean mayBeJson(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        return c == '{' || c == '[';
      }
    }
    return false;
  }
}
