package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.websocket.DeploymentException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathTableTest {
  private static PathTable<String> table(List<String> templates) throws DeploymentException {
    PathTable<String> table = new PathTable<>();
    for (String each : templates) {
      table.add(PathTemplate.parse(each), each);
    }
    return table;
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b, /a/b",
    "/a/c, /a/{x}",
    "/b/d, /b/{x}",
    "/c/d, /{x}/d",
    "/c/e, /{x}/{y}",
    "/a/, /a/",
    "/a, /{x}",
    "/a/b/c, /a/b/{x}",
    "/a/q/c, /a/{x}/c",
    "/a/b/d, /a/b/{x}",
    "/a/x/d, /a/{x}/{y}",
    "/z/b/c, /{x}/b/c",
    "/a/b/z, /a/b/{x}",
  })
  void choosesTheBestInWhateverOrderTheyAreAdded(String path, String expected) throws Exception {
    List<String> templates =
        new ArrayList<>(
            List.of(
                "/a/b",
                "/a/{x}",
                "/{x}/d",
                "/b/{x}",
                "/{x}/{y}",
                "/{x}",
                "/a/",
                "/a/{x}/c",
                "/a/b/{x}",
                "/a/{x}/{y}",
                "/{x}/b/c"));
    for (int i = 0; i < templates.size(); i++) {
      Collections.rotate(templates, 1);
      assertEquals(expected, table(templates).find(path).target());
    }
  }

  @Test
  void findsNothingWhereNothingIsDeployed() throws Exception {
    assertNull(table(List.of()).find("/a"));
    assertNull(table(List.of("/a", "/b/{x}")).find("/c"));
    assertNull(table(List.of("/a", "/b/{x}")).find("/b"));
    assertNull(table(List.of("/a", "/b/{x}")).find(""));
  }

  @Test
  void aSlashAtTheEndMakesAnotherPath() throws Exception {
    for (List<String> order : List.of(List.of("/a/{x}", "/a/{x}/"), List.of("/a/{x}/", "/a/{x}"))) {
      PathTable<String> table = table(order);
      assertEquals("/a/{x}/", table.find("/a/1/").target());
      assertEquals("/a/{x}", table.find("/a/1").target());
    }
    assertNull(table(List.of("/a/{x}")).find("/a/1/"));
    assertNull(table(List.of("/a/{x}/")).find("/a/1"));
  }

  @Test
  void aTemplateThatFailsLateDoesNotHideAnother() throws Exception {
    // Read to the letter §3.1.1 would drop /{x}/b/d at the first segment; no container does.
    assertEquals("/{x}/b/d", table(List.of("/a/{x}/c", "/{x}/b/d")).find("/a/b/d").target());
  }

  @Test
  void aMatchCarriesTemplateAndParameters() throws Exception {
    PathTable.Match<String> match = table(List.of("/a/{x}")).find("/a/1");
    assertEquals(Map.of("x", "1"), match.parameters());
    assertEquals("/a/{x}", match.template().toString());
  }

  @ParameterizedTest
  @CsvSource({"/a, /a", "/a/{x}, /a/{y}", "/{x}/b/{y}, /{y}/b/{x}"})
  void equivalentPathsAreDuplicates(String one, String other) throws Exception {
    PathTable<String> table = table(List.of(one));
    DeploymentException refused =
        assertThrows(
            DeploymentException.class, () -> table.add(PathTemplate.parse(other), "second"));
    assertTrue(refused.getMessage().contains(one), refused.getMessage());
    assertTrue(refused.getMessage().contains("second"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"/a, /a/", "/a, /{x}", "/{x}/b, /b/{x}"})
  void otherPathsStandSideBySide(String one, String other) throws Exception {
    table(List.of(one, other));
  }
}
