package dev.ssebridge.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each Java block of a page is a part of a source of this module, which the build has compiled. The
 * line above the block names the part, {@code <!-- snippet Source#name -->}; in the source it
 * stands between {@code // [name]} and {@code // [/name]}. A block that needs a library the build
 * does not have says so, {@code <!-- not compiled: why -->}. With {@code -Dsnippets.update} the
 * pages are rewritten from the sources instead of compared.
 */
class SnippetsTest {
  private static final Path DOCS = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Path SOURCES = DOCS.resolve("src/test/java/dev/ssebridge/docs");
  private static final Pattern BLOCK =
      Pattern.compile(
          "^(?:<!-- snippet (\\w+)#([\\w-]+) -->\n|(<!-- not compiled: .+ -->\n))?"
              + "```java\n((?s:.*?))^```$",
          Pattern.MULTILINE);

  @TestFactory
  List<DynamicTest> everyJavaBlockIsCompiled() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> files = Files.list(DOCS)) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    Path readme = DOCS.resolveSibling("README.md");
    if (Files.exists(readme)) {
      pages.add(readme);
    }
    return pages.stream()
        .map(page -> DynamicTest.dynamicTest(page.getFileName().toString(), () -> check(page)))
        .toList();
  }

  private static void check(Path page) throws IOException {
    String text = Files.readString(page);
    var rewritten = new StringBuilder();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(3) != null) {
        block.appendReplacement(rewritten, Matcher.quoteReplacement(block.group()));
        continue;
      }
      if (block.group(1) == null) {
        fail("a Java block without the line <!-- snippet Source#name -->:\n" + block.group(4));
      }
      String part = part(block.group(1), block.group(2));
      String now =
          "<!-- snippet %s#%s -->\n```java\n%s```".formatted(block.group(1), block.group(2), part);
      block.appendReplacement(rewritten, Matcher.quoteReplacement(now));
    }
    block.appendTail(rewritten);
    if (System.getProperty("snippets.update") != null) {
      Files.writeString(page, rewritten);
    } else {
      assertEquals(
          rewritten.toString(),
          text,
          "mvn -pl docs -am test -Dsnippets.update brings it up to date");
    }
  }

  private static String part(String source, String name) throws IOException {
    List<String> lines = Files.readAllLines(SOURCES.resolve(source + ".java"));
    int from = indexOf(lines, "// [" + name + "]");
    int to = indexOf(lines, "// [/" + name + "]");
    return String.join("\n", lines.subList(from + 1, to)).stripTrailing().stripIndent() + "\n";
  }

  private static int indexOf(List<String> lines, String mark) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(mark)) {
        return i;
      }
    }
    return fail("no line " + mark);
  }
}
