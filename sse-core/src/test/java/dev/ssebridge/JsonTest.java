package dev.ssebridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** JSON by Jackson, which an application may have or not. */
class JsonTest {
  /** Jackson finds no property in it. */
  private static final class Opaque {}

  @Test
  void aValueIsWrittenOnOneLine() {
    assertEquals(
        "{\"a\":[1,null,\"x\\ny\"]}", Json.write(Map.of("a", Arrays.asList(1, null, "x\ny"))));
  }

  @Test
  void aValueThatJacksonCannotWriteIsTheCallersFaultByName() {
    var thrown =
        assertThrows(IllegalArgumentException.class, () -> Json.write(List.of(new Opaque())));

    assertTrue(thrown.getMessage().startsWith("Jackson cannot write "), thrown.getMessage());
  }

  @Test
  void withoutJacksonTheClassLoadsAndSaysWhatIsMissing() throws Exception {
    URL[] ours = {Json.class.getProtectionDomain().getCodeSource().getLocation()};
    try (var loader =
        new URLClassLoader(ours, ClassLoader.getPlatformClassLoader())) { // ours alone, no Jackson
      Method write =
          loader.loadClass(Json.class.getName()).getDeclaredMethod("write", Object.class);
      write.setAccessible(true);

      var thrown = assertThrows(InvocationTargetException.class, () -> write.invoke(null, "x"));

      var said = assertInstanceOf(IllegalStateException.class, thrown.getCause());
      assertTrue(said.getMessage().contains("needs jackson-databind"), said.getMessage());
      assertInstanceOf(NoClassDefFoundError.class, said.getCause());
    }
  }
}
