package dev.ssebridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** JSON by Jackson, where the application has it. */
final class Json {
  private Json() {}

  static String write(Object value) {
    try {
      return Jackson.write(value);
    } catch (NoClassDefFoundError missing) {
      throw new IllegalStateException(
          "publishing JSON needs jackson-databind on the class path; publish text instead",
          missing);
    }
  }

  /** Loaded at the first use only. */
  private static final class Jackson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static String write(Object value) {
      try {
        return MAPPER.writeValueAsString(value);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("Jackson cannot write " + value.getClass().getName(), e);
      }
    }
  }
}
