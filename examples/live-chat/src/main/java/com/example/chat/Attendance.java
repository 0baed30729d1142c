package com.example.chat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often each member of a room came, left and spoke: one count per call of the endpoint's
 * {@code @OnOpen}, {@code @OnClose} and {@code @OnMessage}. Remembers the rooms and members seen
 * last. Safe for concurrent use.
 */
final class Attendance {

  private static final int MOST_MEMBERS = 10_000;

  private static final Map<Member, Calls> MEMBERS =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Member, Calls> eldest) {
          return size() > MOST_MEMBERS;
        }
      };

  private Attendance() {}

  static void opened(String room, String name) {
    count(room, name, new Calls(1, 0, 0));
  }

  static void closed(String room, String name) {
    count(room, name, new Calls(0, 1, 0));
  }

  static void spoke(String room, String name) {
    count(room, name, new Calls(0, 0, 1));
  }

  /** What is remembered of a room, by the members' names. */
  static Map<String, Calls> of(String room) {
    synchronized (MEMBERS) {
      Map<String, Calls> found = new TreeMap<>();
      MEMBERS.forEach(
          (member, calls) -> {
            if (member.room.equals(room)) {
              found.put(member.name, calls);
            }
          });
      return found;
    }
  }

  private static void count(String room, String name, Calls more) {
    synchronized (MEMBERS) {
      MEMBERS.merge(new Member(room, name), more, Calls::plus);
    }
  }

  private record Member(String room, String name) {}

  record Calls(int opens, int closes, int messages) {
    private Calls plus(Calls more) {
      return new Calls(opens + more.opens, closes + more.closes, messages + more.messages);
    }
  }
}
