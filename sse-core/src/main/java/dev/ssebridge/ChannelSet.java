package dev.ssebridge;

import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The channels that a stream follows: names, and prefixes such as {@code prices.*}, which stands
 * for every channel whose name begins with {@code prices.}; {@code *} alone stands for all.
 *
 * <p>Threading: immutable.
 */
public final class ChannelSet {
  /** The longest name. */
  public static final int MAX_NAME_LENGTH = 200;

  private static final Set<String> TAKEN = Set.of("open", "error", "message");

  private final Set<String> names;
  private final Set<String> prefixes; // without the star

  private ChannelSet(Set<String> names, Set<String> prefixes) {
    this.names = names;
    this.prefixes = prefixes;
  }

  /**
   * Makes a set.
   *
   * @param patterns names and prefixes
   * @return the set
   * @throws IllegalArgumentException if there is none, or one is not valid
   */
  public static ChannelSet of(String... patterns) {
    return of(Arrays.asList(patterns));
  }

  /**
   * Makes a set.
   *
   * @param patterns names and prefixes
   * @return the set
   * @throws IllegalArgumentException if there is none, or one is not valid
   */
  public static ChannelSet of(Collection<String> patterns) {
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException("a stream follows at least one channel");
    }
    Set<String> names = new TreeSet<>();
    Set<String> prefixes = new TreeSet<>();
    for (String pattern : patterns) {
      if (pattern.equals("*")) {
        prefixes.add("");
      } else if (pattern.endsWith(".*")) {
        String prefix = pattern.substring(0, pattern.length() - 1);
        requireCharacters(prefix);
        prefixes.add(prefix);
      } else {
        names.add(requireName(pattern));
      }
    }
    return new ChannelSet(names, prefixes);
  }

  /**
   * Checks a channel's name: 1 to {@value #MAX_NAME_LENGTH} visible ASCII characters without comma,
   * star, quote or backslash. Refused are {@code open}, {@code error} and {@code message}, whose
   * events an {@code EventSource} would mix up with its own, and the prefixes {@code sse.} and
   * {@code ws.}, which are the library's.
   *
   * @param name to check
   * @return the name
   * @throws IllegalArgumentException if it is not valid
   */
  public static String requireName(String name) {
    requireCharacters(name);
    if (isReserved(name)) {
      throw new IllegalArgumentException("channel name is reserved: " + name);
    }
    return name;
  }

  /**
   * Whether a text that comes from outside is a valid name.
   *
   * @param text any
   * @return true if {@link #requireName} would take it
   */
  public static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_NAME_LENGTH
        && text.chars().allMatch(ChannelSet::isAllowed)
        && !isReserved(text);
  }

  private static boolean isReserved(String name) {
    return TAKEN.contains(name) || name.startsWith("sse.") || name.startsWith("ws.");
  }

  private static boolean isAllowed(int c) {
    return c > ' ' && c < 0x7F && c != ',' && c != '*' && c != '"' && c != '\\';
  }

  private static void requireCharacters(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "channel name must have 1 to " + MAX_NAME_LENGTH + " characters: " + name.length());
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isAllowed(c)) {
        throw new IllegalArgumentException(
            "channel name must be visible ASCII without , * \" \\ (found U+%04X at %d)"
                .formatted((int) c, i));
      }
    }
  }

  /**
   * Whether a channel is in the set.
   *
   * @param channel a name
   * @return true if it is named or has one of the prefixes
   */
  public boolean contains(String channel) {
    if (names.contains(channel)) {
      return true;
    }
    for (String prefix : prefixes) {
      if (channel.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The channels named one by one.
   *
   * @return in alphabetical order, not to be changed
   */
  public Set<String> names() {
    return java.util.Collections.unmodifiableSet(names);
  }

  /**
   * The prefixes, without their star; empty text for all channels.
   *
   * @return in alphabetical order, not to be changed
   */
  public Set<String> prefixes() {
    return java.util.Collections.unmodifiableSet(prefixes);
  }

  /**
   * How many names and prefixes there are.
   *
   * @return at least 1
   */
  public int size() {
    return names.size() + prefixes.size();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof ChannelSet set
            && names.equals(set.names)
            && prefixes.equals(set.prefixes));
  }

  @Override
  public int hashCode() {
    return 31 * names.hashCode() + prefixes.hashCode();
  }

  /** The patterns, separated by commas. */
  @Override
  public String toString() {
    var text = new StringBuilder(String.join(",", names));
    for (String prefix : prefixes) {
      text.append(text.length() == 0 ? "" : ",").append(prefix).append('*');
    }
    return text.toString();
  }
}
