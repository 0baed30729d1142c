package dev.ssebridge.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every rule of docs/event-stream-format.md names tests, and each of them exists. */
class SpecificationTableTest {
  private static final Path DOCS = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");
  private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|.*\\| ([^|]+) \\|$");
  private static final Pattern MARK =
      Pattern.compile("@(Test|ParameterizedTest|Property|TestFactory)\\b");
  private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

  @Test
  void everyRuleHasTestsThatExist() throws IOException {
    Map<String, Path> sources = sources();
    List<Integer> rules = new ArrayList<>();
    for (String line : Files.readAllLines(DOCS.resolve("event-stream-format.md"))) {
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        continue;
      }
      rules.add(Integer.valueOf(row.group(1)));
      Matcher test = TEST.matcher(row.group(2));
      int tests = 0;
      for (; test.find(); tests++) {
        Path source = sources.get(test.group(1) + ".java");
        assertTrue(source != null, () -> "no class " + test.group());
        assertTrue(
            isTest(Files.readString(source), test.group(2)), () -> "no test " + test.group());
      }
      assertFalse(tests == 0, () -> "a rule without a test: " + line);
    }
    assertEquals(IntStream.rangeClosed(1, 24).boxed().toList(), rules);
  }

  /** Whether there is a method of that name, with an annotation that makes it a test. */
  private static boolean isTest(String source, String name) {
    Matcher method = Pattern.compile("(?m)^  [\\w<>, ]+ " + name + "\\(").matcher(source);
    return method.find()
        && MARK.matcher(source)
            .region(source.lastIndexOf("\n\n", method.start()), method.start())
            .find();
  }

  /** The Java sources of the project, by name of the file. */
  private static Map<String, Path> sources() throws IOException {
    Map<String, Path> sources = new HashMap<>();
    Files.walkFileTree(
        DOCS.getParent(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return NOT_OURS.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith("Test.java")) {
              sources.put(file.getFileName().toString(), file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }
}
