package com.example.chat;

import com.example.chat.Attendance.Calls;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code GET /stats/lobby} says, as JSON, how often the chat's endpoint was called for each member
 * of the lobby.
 */
@WebServlet("/stats/*")
public class AttendanceServlet extends HttpServlet {

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getPathInfo();
    Map<String, Calls> members = path == null ? Map.of() : Attendance.of(path.substring(1));
    response.setContentType("application/json");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-store");
    // Names are letters, digits and hyphens, so there is nothing to escape.
    response
        .getWriter()
        .write(
            members.entrySet().stream()
                .map(
                    member ->
                        "\"%s\":{\"opens\":%d,\"closes\":%d,\"messages\":%d}"
                            .formatted(
                                member.getKey(),
                                member.getValue().opens(),
                                member.getValue().closes(),
                                member.getValue().messages()))
                .collect(Collectors.joining(",", "{", "}")));
  }
}
