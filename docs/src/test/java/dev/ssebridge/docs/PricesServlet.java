package dev.ssebridge.docs;

// [whole]
import dev.ssebridge.SseHub;
import dev.ssebridge.servlet.EventStream;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

@WebServlet(urlPatterns = "/prices", asyncSupported = true)
public class PricesServlet extends HttpServlet {
  private final transient SseHub hub = SseHub.create();

  protected void doGet(HttpServletRequest request, HttpServletResponse response) {
    EventStream.open(request, response, hub, "prices");
  }

  protected void doPost(HttpServletRequest request, HttpServletResponse response) {
    hub.publish("prices", String.valueOf(request.getParameter("price")));
  }
}
// [/whole]
