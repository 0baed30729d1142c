package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.websocket.Upstream.Part;
import jakarta.websocket.CloseReason;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamReaderTest {
  private static Event event(String type, String data) {
    return new Event(type, data, Optional.empty(), "", false);
  }

  private static Upstream read(String type, String data) throws Exception {
    return UpstreamReader.read(event(type, data));
  }

  @Test
  void textsAreTakenAsTheyAre() throws Exception {
    assertEquals(new Upstream.Text(" a\nb", 4, Part.WHOLE), read("", " a\nb"));
    assertEquals(new Upstream.Text("\r\u0000é", 4, Part.WHOLE), read("ws.text", "\"\\r\\u0000é\""));
    assertEquals(new Upstream.Text("part", 4, Part.MORE), read("ws.text+", "\"part\""));
  }

  @Test
  void halfASurrogatePairBecomesAReplacementCharacter() throws Exception {
    assertEquals(
        new Upstream.Text("\uFFFD \uD83D\uDE00", 8, Part.WHOLE),
        read("ws.text", "\"\\ud800 \\ud83d\\ude00\""));
  }

  @Test
  void binaryAndControlAreBase64() throws Exception {
    var binary = (Upstream.Binary) read("ws.binary", "AAEC");
    assertArrayEquals(new byte[] {0, 1, 2}, binary.content);
    assertEquals(Part.WHOLE, binary.part);
    assertEquals(Part.MORE, ((Upstream.Binary) read("ws.binary+", "")).part);
    assertTrue(((Upstream.Control) read("ws.ping", "AA==")).ping);
    assertArrayEquals(new byte[] {0}, ((Upstream.Control) read("ws.pong", "AA==")).content);
  }

  @Test
  void closesCarryACodeAndAReasonOrNothing() throws Exception {
    CloseReason reason =
        ((Upstream.Close) read("ws.close", "{\"code\":4000,\"reason\":\"b\"}")).reason();
    assertEquals(4000, reason.getCloseCode().getCode());
    assertEquals("b", reason.getReasonPhrase());
    assertNull(((Upstream.Close) read("ws.close", "{}")).reason());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "ws.text|unquoted|1007",
        "ws.text|{\"a\":1}|1007",
        "ws.text|~~|1007",
        "ws.text+|1|1007",
        "ws.binary|!!|1007",
        "ws.ping|%|1007",
        "ws.close|[]|1007",
        "ws.close|not json|1007",
        "ws.close|{\"code\":5}|1002",
        "ws.close|{\"code\":1005}|1002",
        "ws.close|{\"code\":1006}|1002",
        "ws.close|{\"code\":1015}|1002",
        "ws.close|{\"code\":2999}|1002",
        "ws.close|{\"code\":\"1000\"}|1002",
        "ws.close|{\"code\":99999999999}|1002",
        "ws.open|{}|1002",
        "anything|x|1002",
      })
  void whatIsMalformedClosesWithItsCode(String type, String data, int code) {
    var refused = assertThrows(UpstreamReader.Malformed.class, () -> read(type, data));
    assertEquals(code, refused.reason().getCloseCode().getCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {999, 1004, 1005, 1006, 1014, 1015, 2500, 2999, 5000})
  void aClientMayNotCloseWithAReservedCode(int code) {
    var refused =
        assertThrows(
            UpstreamReader.Malformed.class, () -> read("ws.close", "{\"code\":" + code + "}"));
    assertEquals(1002, refused.reason().getCloseCode().getCode());
  }

  @Test
  void bytesThatAreNotUtf8CloseWith1007() {
    var bad = new Event("", "\uFFFD", Optional.empty(), "", true);
    var refused = assertThrows(UpstreamReader.Malformed.class, () -> UpstreamReader.read(bad));
    assertEquals(1007, refused.reason().getCloseCode().getCode());
  }

  @Test
  void controlsAndReasonsAreBounded() throws Exception {
    String most = "A".repeat(164) + "AAA="; // 125 bytes
    assertEquals(125, read("ws.ping", most).bytes());
    assertThrows(UpstreamReader.Malformed.class, () -> read("ws.ping", "A".repeat(168)));
    String reason = "x".repeat(124);
    assertThrows(
        UpstreamReader.Malformed.class,
        () -> read("ws.close", "{\"code\":1000,\"reason\":\"" + reason + "\"}"));
  }

  @Test
  void numbersAreDigitsFromOne() throws Exception {
    assertEquals(1, UpstreamReader.number("1"));
    assertEquals(999_999_999_999_999_999L, UpstreamReader.number("9".repeat(18)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "+1", "1x", "٣", "1234567890123456789"})
  void otherNumbersAreRefused(String number) {
    assertThrows(UpstreamReader.Malformed.class, () -> UpstreamReader.number(number));
  }
}
