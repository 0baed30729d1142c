package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.ChannelSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tickets in URLs: what is genuine, in time and unused is good, and nothing else. */
class StreamTicketsTest {
  private static final ChannelSet CHANNELS = ChannelSet.of("news", "prices.*");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final StreamTickets tickets = tickets(key(1));

  private StreamTickets tickets(byte[]... keys) {
    return StreamTickets.withKeys(List.of(keys), () -> now);
  }

  private static byte[] key(int fill) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return key;
  }

  @Test
  void aTicketSaysWhoMayWhatUntilWhen() {
    String owner = "Ann\nonce\n\u00fc,\"";
    String text = tickets.issue(owner, CHANNELS, MINUTE);

    assertTrue(text.matches("[A-Za-z0-9_.-]+"), "fits into a URL: " + text);
    Optional<StreamTickets.Ticket> ticket = tickets.redeem(text);
    assertEquals(Optional.of(new StreamTickets.Ticket(owner, CHANNELS, now.plus(MINUTE))), ticket);
    assertEquals(ticket, tickets.redeem(text), "as often as one likes");
  }

  @Test
  void aTicketEnds() {
    String text = tickets.issue("ann", CHANNELS, MINUTE);
    now = now.plus(MINUTE).minusMillis(1);
    assertTrue(tickets.redeem(text).isPresent());
    now = now.plusMillis(1);
    assertFalse(tickets.redeem(text).isPresent());
  }

  @Test
  void aTicketForOnceIsGoodForOnce() {
    String text = tickets.issueOnce("ann", CHANNELS, MINUTE);
    String other = tickets.issueOnce("ann", CHANNELS, MINUTE);

    assertTrue(tickets.redeem(text).isPresent());
    assertFalse(tickets.redeem(text).isPresent());
    assertTrue(tickets.redeem(other).isPresent());
  }

  @Test
  void keysCanBeChangedInTurn() {
    String old = tickets.issue("ann", CHANNELS, MINUTE);
    StreamTickets both = tickets(key(2), key(1));
    StreamTickets next = tickets(key(2));

    assertTrue(both.redeem(old).isPresent());
    assertFalse(next.redeem(old).isPresent());
    assertTrue(next.redeem(both.issue("ann", CHANNELS, MINUTE)).isPresent());
    assertThrows(IllegalArgumentException.class, () -> tickets(new byte[31]));
    assertThrows(IllegalArgumentException.class, () -> tickets());
  }

  @Test
  void whateverElseComesIsNoTicket() {
    String good = tickets.issue("ann", CHANNELS, MINUTE);
    for (String bad :
        List.of("", ".", "a", "a.b", good + "x", "." + good, good.replace('.', '-'))) {
      assertEquals(Optional.empty(), tickets.redeem(bad), bad);
    }
    var random = new Random(7);
    for (int i = 0; i < 5000; i++) { // every change of one character
      char[] text = good.toCharArray();
      int at = random.nextInt(text.length);
      char before = text[at];
      text[at] = (char) random.nextInt(0x100);
      Optional<StreamTickets.Ticket> ticket = tickets.redeem(new String(text));
      // The last character of base64 has bits that mean nothing.
      boolean same = text[at] == before || at == text.length - 1 || at == good.indexOf('.') - 1;
      assertTrue(same || ticket.isEmpty(), "changed at " + at);
    }
    assertEquals(Optional.empty(), tickets.redeem("a".repeat(1 << 20) + "." + "a"));
  }
}
