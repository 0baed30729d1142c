package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ssebridge.ChannelSet;

/** Any bytes as what a POST asks to follow: valid channels, or malformed, and nothing worse. */
class SubscriptionBodyFuzzTest {
  @FuzzTest(maxDuration = "15s")
  void aBodyIsValidOrMalformed(byte[] json) {
    SubscriptionBody body;
    try {
      body = SubscriptionBody.parse(json);
    } catch (SubscriptionBody.Malformed refused) {
      return;
    }
    ChannelSet set = ChannelSet.of(body.channels()); // throws if one is not valid
    assertTrue(set.size() <= body.channels().size());
    if (body.types() != null) {
      assertTrue(!body.types().isEmpty() && body.types().size() <= 100);
      assertTrue(body.types().stream().allMatch(type -> type.length() <= 200));
    }
  }
}
