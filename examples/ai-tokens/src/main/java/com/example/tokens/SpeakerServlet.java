package com.example.tokens;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** {@code GET /speaker} says, as JSON, how many answers are on their way and how others ended. */
class SpeakerServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient Speaker speaker;

  SpeakerServlet(Speaker speaker) {
    this.speaker = speaker;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Speaker.Counts counts = speaker.counts();
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response
        .getWriter()
        .write(
            "{\"speaking\":%d,\"finished\":%d,\"cancelled\":%d}"
                .formatted(counts.speaking(), counts.finished(), counts.cancelled()));
  }
}
