package com.example.tokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes the tokens of an answer: always the same ones for the same prompt. There is no model. */
final class Tokens {
  private static final List<String> OPENINGS =
      List.of(
          "That is a good question, and it has a short answer and a long one.",
          "Let us take it apart and look at the pieces one by one.",
          "Nobody has asked me that before, so let me think aloud.");
  private static final List<String> SUBJECTS =
      List.of("A stream", "The reader", "Every token", "A careful server", "The network");
  private static final List<String> VERBS =
      List.of("carries", "remembers", "waits for", "never loses", "sooner or later meets");
  private static final List<String> OBJECTS =
      List.of(
          "the next word",
          "a broken connection",
          "its place in the sentence",
          "exactly what was said",
          "somebody in a tunnel");
  private static final List<String> ENDINGS =
      List.of(
          "even when nobody is looking",
          "without being asked twice",
          "and goes on from there",
          "which is rather the point",
          "as far as anybody can tell");
  private static final int SENTENCES = 12;

  private Tokens() {}

  /**
   * The answer to a prompt. Every token but the first of a paragraph begins with its space, as the
   * tokens of language models do: put together as they are, they are the text.
   */
  static List<String> answer(String prompt) {
    Random random = new Random(prompt.hashCode());
    List<String> tokens = new ArrayList<>();
    addSentence(tokens, pick(OPENINGS, random));
    for (int i = 1; i <= SENTENCES; i++) {
      if (i % 4 == 0) {
        tokens.add("\n\n");
      }
      addSentence(
          tokens,
          "%s %s %s, %s."
              .formatted(
                  pick(SUBJECTS, random),
                  pick(VERBS, random),
                  pick(OBJECTS, random),
                  pick(ENDINGS, random)));
    }
    return tokens;
  }

  private static void addSentence(List<String> tokens, String sentence) {
    boolean begins = tokens.isEmpty() || tokens.get(tokens.size() - 1).equals("\n\n");
    String text = begins ? sentence : " " + sentence;
    tokens.addAll(Arrays.asList(text.split("(?=[ ,.])")));
  }

  private static String pick(List<String> phrases, Random random) {
    return phrases.get(random.nextInt(phrases.size()));
  }
}
