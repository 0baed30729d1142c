package com.example.tokens;

import dev.ssebridge.servlet.EventStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * {@code GET /direct?prompt=…} is the answer itself: {@code event: delta} for each token, then
 * {@code data: [DONE]}. Nothing is kept, so what a broken connection has missed is gone, and the
 * answer is broken off when its reader has left.
 */
class DirectAnswerServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient Speaker speaker;

  DirectAnswerServlet(Speaker speaker) {
    this.speaker = speaker;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String prompt = request.getParameter("prompt");
    if (prompt == null || speaker.isBusy()) {
      response.sendError(prompt == null ? 400 : 503);
      return;
    }
    EventStream stream = EventStream.open(request, response);
    Speaker.Answer answer =
        speaker.say(
            prompt,
            token -> stream.send("delta", token),
            () -> {
              stream.send("[DONE]");
              stream.end();
            });
    stream.onEnd(why -> answer.cancel());
  }
}
