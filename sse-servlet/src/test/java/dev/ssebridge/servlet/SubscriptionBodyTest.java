package dev.ssebridge.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a POST may ask to follow. */
class SubscriptionBodyTest {
  private static SubscriptionBody parse(String json) throws SubscriptionBody.Malformed {
    return SubscriptionBody.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void channelsAndTypesAreRead() throws Exception {
    SubscriptionBody body =
        parse("{\"filter\":{\"types\":[\"t\",\"u\"]},\"channels\":[\"a\",\"b.*\"]}");
    assertEquals(List.of("a", "b.*"), body.channels());
    assertEquals(Set.of("t", "u"), body.types());
    assertNull(parse("{\"channels\":[\"a\"],\"filter\":null}").types());
    assertNull(parse("{\"channels\":[\"a\"],\"filter\":{}}").types());
  }

  @Test
  void whateverElseComesIsMalformedAndNothingWorse() {
    byte[] good =
        "{\"channels\":[\"a\",\"b.*\"],\"filter\":{\"types\":[\"t\"]}}"
            .getBytes(StandardCharsets.UTF_8);
    var random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        SubscriptionBody.parse(bytes);
      } catch (SubscriptionBody.Malformed expected) {
        // the only thing it may throw
      }
    }
    String deep = "[".repeat(30_000);
    assertThrows(SubscriptionBody.Malformed.class, () -> parse(deep));
  }

  @Test
  void withoutJacksonTheClassLoadsAndSaysWhatIsMissing() throws Exception {
    URL[] ours = {SubscriptionBody.class.getProtectionDomain().getCodeSource().getLocation()};
    try (var loader =
        new URLClassLoader(ours, null) { // nothing of the class path but what is asked for
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            return name.startsWith("dev.ssebridge.servlet.SubscriptionBody")
                ? super.findClass(name)
                : hide(name);
          }

          private Class<?> hide(String name) throws ClassNotFoundException {
            if (name.startsWith("com.fasterxml.")) {
              throw new ClassNotFoundException(name);
            }
            return SubscriptionBodyTest.class.getClassLoader().loadClass(name);
          }
        }) {
      Method parse =
          loader
              .loadClass(SubscriptionBody.class.getName())
              .getDeclaredMethod("parse", byte[].class);
      parse.setAccessible(true);

      var thrown =
          assertThrows(
              InvocationTargetException.class, () -> parse.invoke(null, (Object) new byte[2]));
      assertInstanceOf(NoClassDefFoundError.class, thrown.getCause());
    }
  }
}
