package dev.ssebridge.websocket;

import jakarta.websocket.Extension;
import java.util.ArrayList;
import java.util.List;

/**
 * An extension that a client offers in {@code Sec-WebSocket-Extensions} (RFC 6455 §9.1).
 *
 * @param name as it stands in the header
 * @param parameters in their order; cannot be changed
 */
record RequestedExtension(String name, List<Parameter> parameters) implements Extension {
  private record NameAndValue(String name, String value) implements Parameter {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public String getValue() {
      return value;
    }
  }

  /** The extensions of a header; what has no name is left out. */
  static List<RequestedExtension> parse(String header) {
    List<RequestedExtension> all = new ArrayList<>();
    for (String each : header.split(",", -1)) {
      String[] parts = each.split(";", -1);
      List<Parameter> parameters = new ArrayList<>();
      for (int i = 1; i < parts.length; i++) {
        String[] pair = parts[i].split("=", 2);
        String value = pair.length == 2 ? pair[1].trim().replace("\"", "") : "";
        parameters.add(new NameAndValue(pair[0].trim(), value));
      }
      if (!parts[0].isBlank()) {
        all.add(new RequestedExtension(parts[0].trim(), List.copyOf(parameters)));
      }
    }
    return all;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public List<Parameter> getParameters() {
    return parameters;
  }
}
