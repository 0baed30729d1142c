package dev.ssebridge.websocket;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Answers that say no. */
final class Refusal {
  private Refusal() {}

  /** A line of text, not {@code sendError}: nobody wants the container's error page here. */
  static void write(HttpServletResponse response, int status, @Nullable String why)
      throws IOException {
    response.setStatus(status);
    response.setContentType("text/plain;charset=UTF-8");
    response.setHeader("Cache-Control", "no-store");
    response
        .getOutputStream()
        .write(
            (Objects.requireNonNullElse(why, "refused") + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
