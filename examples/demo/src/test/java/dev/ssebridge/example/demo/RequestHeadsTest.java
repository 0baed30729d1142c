package dev.ssebridge.example.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestHeadsTest {
  private static final String GET = "GET /a?name=ann HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String POST =
      "POST /b HTTP/1.1\r\ncontent-length: 28\r\n\r\nGET /no HTTP/1.1\r\nHost: h\r\n\r\n"
          .replace("28", Integer.toString("GET /no HTTP/1.1\r\nHost: h\r\n\r\n".length()));
  private static final String UPGRADE = "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";

  private final List<String> heads = new ArrayList<>();

  @Test
  void findsEachHeadAndTakesNoBodyForOneWhereverTheBytesAreSplit() {
    String sent = GET + POST + GET + UPGRADE + GET;
    for (int size = 1; size <= sent.length(); size++) {
      heads.clear();
      assertEquals(sent, pass(sent, size, ""), "in pieces of " + size);
      assertEquals(List.of("GET /a", "POST /b", "GET /a", "GET /ws"), heads);
    }
  }

  @Test
  void aRequestKeptBackLeavesTheOthersWhole() {
    for (int size = 1; size <= (GET + POST + GET).length(); size++) {
      assertEquals(GET + GET, pass(GET + POST + GET, size, "POST /b"), "in pieces of " + size);
    }
  }

  @Test
  void aHeadThatNeverEndsPasses() {
    String endless = "GET /" + "a".repeat(100_000);
    assertEquals(endless, pass(endless, 1000, ""));
  }

  private String pass(String sent, int size, String keptBack) {
    RequestHeads reader =
        new RequestHeads(
            head -> {
              heads.add(head.substring(0, head.indexOf(' ') + 1) + head.split("[ ?]")[1]);
              return !heads.get(heads.size() - 1).equals(keptBack);
            });
    StringBuilder passed = new StringBuilder();
    for (int at = 0; at < sent.length(); at += size) {
      byte[] piece =
          sent.substring(at, Math.min(sent.length(), at + size))
              .getBytes(StandardCharsets.ISO_8859_1);
      passed.append(new String(reader.take(piece), StandardCharsets.ISO_8859_1));
    }
    return passed.toString();
  }
}
