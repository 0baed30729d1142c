package com.example.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokensTest {
  @Test
  void samePromptHasTheSameAnswer() {
    assertEquals(Tokens.answer("why?"), Tokens.answer("why?"));
    assertNotEquals(Tokens.answer("why?"), Tokens.answer("how?"));
  }

  @Test
  void tokensBeginWithTheirSpaceAndMakeTheText() {
    List<String> tokens = Tokens.answer("why?");
    String text = String.join("", tokens);

    assertTrue(tokens.stream().anyMatch(token -> token.startsWith(" ")), tokens::toString);
    assertTrue(text.contains("\n\n") && text.endsWith("."), text);
    assertTrue(tokens.size() > 100, () -> "long enough to be cut: " + tokens.size());
    assertEquals(-1, text.indexOf("  "), text);
  }
}
