package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jakarta.websocket.DeploymentException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTemplateTest {
  @ParameterizedTest
  @CsvSource({
    "/, /, {}",
    "/a, /a, {}",
    "/a/, /a/, {}",
    "/a b, /a b, {}",
    "/a%20b, /a b, {}",
    "/a+b, /a+b, {}",
    "/100%, /100%, {}",
    "/a%2Fb, /a%2Fb, {}",
    "/%7Bx%7D, /%7Bx%7D, {}",
    "/{x}, /1, {x=1}",
    "/a/{x}, /a/1, {x=1}",
    "/a/{x}/, /a/1/, {x=1}",
    "/a/{x}, /a/b c, {x=b c}",
    "/ü/{x}, /ü/1, {x=1}",
    "/%C3%BC/{x}, /ü/1, {x=1}",
    "/a/{x}, /a/100%25, {x=100%25}",
    "/a/{x}, /a/{x}, {x={x}}",
    "/a/{x}, /a/ü, {x=ü}",
    "/{x}/b/{y}, /1/b/2, '{x=1, y=2}'",
    "/{x}/{y}/{z}, /1/2/3, '{x=1, y=2, z=3}'",
  })
  void matches(String template, String path, String values) throws Exception {
    assertEquals(values, String.valueOf(PathTemplate.parse(template).match(path)));
  }

  @ParameterizedTest
  @CsvSource({
    "/a, /a/",
    "/a/, /a",
    "/a, /A",
    "/a, /",
    "/a, /a/b",
    "/, /a",
    "/{x}, /",
    "/{x}, //",
    "/{x}, ''",
    "/a/{x}/, /a/1",
    "/a/{x}, /a/1/",
    "/a/{x}, /a",
    "/a/{x}, /a/",
    "/a/{x}, /a//",
    "/a/{x}, /a/1/2",
    "/a/{x}, /b/1",
    "/{x}/b, //b",
    "/{x}/b, /1/c",
  })
  void doesNotMatch(String template, String path) throws Exception {
    assertNull(PathTemplate.parse(template).match(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a/b",
        "{x}",
        "//",
        "//a",
        "/a//b",
        "/a//",
        "/{x}//",
        "/a/../b",
        "/a/..",
        "/./a",
        "/.",
        "/{}",
        "/{",
        "/}",
        "/a{x}",
        "/{x}a",
        "/{a}{b}",
        "/{a-{b}}",
        "/{{x}}",
        "/{x",
        "/x}",
        "/}x{",
        "/{x}/{x}",
        "/{x}/a/{x}",
      })
  void isNoTemplate(String text) {
    DeploymentException refused =
        assertThrows(DeploymentException.class, () -> PathTemplate.parse(text));
    assertEquals(0, refused.getMessage().indexOf("The path \"" + text + "\" is not a valid"));
  }

  @ParameterizedTest
  @CsvSource({"/a, /a", "/a%20b, /a b", "/{x}, /{y}", "/{x}/, /{y}/", "/a/{x}/b/{y}, /a/{y}/b/{x}"})
  void isEquivalent(String one, String other) throws Exception {
    assertEquals(PathTemplate.parse(one), PathTemplate.parse(other));
    assertEquals(PathTemplate.parse(one).hashCode(), PathTemplate.parse(other).hashCode());
  }

  @ParameterizedTest
  @CsvSource({"/a, /b", "/a, /a/", "/a, /{x}", "/{x}/a, /a/{x}", "/{x}, /{x}/{y}", "/{x}, /{x}/"})
  void isNotEquivalent(String one, String other) throws Exception {
    assertNotEquals(PathTemplate.parse(one), PathTemplate.parse(other));
  }

  @Test
  void valuesCannotBeChanged() throws Exception {
    Map<String, String> values = PathTemplate.parse("/{x}").match("/1");
    assertThrows(UnsupportedOperationException.class, () -> values.put("x", "2"));
  }
}
