package dev.ssebridge;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber wants to see.
 *
 * @param channels of these channels
 * @param types only events of these types; null for all
 */
public record Interest(ChannelSet channels, @Nullable Set<String> types) {
  /** Copies the types. */
  public Interest {
    types = types == null ? null : Set.copyOf(types);
  }

  /**
   * Everything of some channels.
   *
   * @param patterns names and prefixes, as in {@link ChannelSet#of(String...)}
   * @return the interest
   */
  public static Interest in(String... patterns) {
    return new Interest(ChannelSet.of(patterns), null);
  }

  boolean wants(Frame frame) {
    return types == null || (frame.type() != null && types.contains(frame.type()));
  }
}
