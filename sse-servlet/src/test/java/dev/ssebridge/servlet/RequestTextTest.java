package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers and queries as clients really send them, which is anyhow. */
class RequestTextTest {
  private final FakeExchange exchange = new FakeExchange();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/event-stream | true",
        "text/event-stream; charset=utf-8; q=0.3 | true",
        "text/html , TEXT/Event-Stream | true",
        "text/* | true",
        "*/* | true",
        "text/html;q=1, */*;q=0.1 | true",
        "text/event-stream;q=abc | true",
        "text/event-stream;q=0 | false",
        "text/event-stream; Q=0.00, text/*, */* | false",
        "text/*;q=0, */* | false",
        "*/*;q=0 | false",
        "text/html;v=\"a, text/event-stream\" | false",
        "text/html;v=\"a\\\", text/event-stream\" | false",
        "application/json | false",
        "text/event-stream2 | false",
        "; , ;;, = | false",
      })
  void acceptSaysWhetherAStreamIsWelcome(String accept, boolean welcome) {
    exchange.requestHeaders.put("Accept", accept);

    assertEquals(welcome, RequestText.acceptsEvents(exchange.request()));
  }

  @Test
  void aRequestWithoutAcceptTakesAnything() {
    assertEquals(true, RequestText.acceptsEvents(exchange.request()));
  }

  @Test
  void theHeadersCursorWinsOverTheUrls() {
    exchange.query = "lastEventId=c&cursor=b"; // the page's own: no cursor
    assertEquals("b", RequestText.cursor(exchange.request()));
    exchange.query = "cursor=e-1&lastEventId=e-2"; // a polyfill has come back
    assertEquals("e-2", RequestText.cursor(exchange.request()));
    exchange.requestHeaders.put("Last-Event-ID", "a");
    assertEquals("a", RequestText.cursor(exchange.request()));
    exchange.requestHeaders.put("Last-Event-ID", "");
    exchange.query = "cursor=&lastEventId=c";
    assertEquals("c", RequestText.cursor(exchange.request()));
    exchange.query = "xcursor=b&cursors=b";
    assertNull(RequestText.cursor(exchange.request()));
    exchange.query = null;
    assertNull(RequestText.cursor(exchange.request()));
  }

  @Test
  void parametersAreDecodedAndBadEscapesAreData() {
    exchange.query = "a=1&a=%32&&=&a&a=%zz&a=%F0%9F&a=x=y&a=1+1";

    assertEquals(
        List.of("1", "2", "%zz", "\uFFFD", "x=y", "1 1"),
        RequestText.parameters(exchange.request(), "a"));
  }
}
