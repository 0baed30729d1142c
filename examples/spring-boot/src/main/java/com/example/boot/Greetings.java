package com.example.boot;

import org.springframework.stereotype.Component;

/** What endpoints are given. */
@Component
class Greetings {
  String in(String room, String text) {
    return room + ": " + text;
  }
}
