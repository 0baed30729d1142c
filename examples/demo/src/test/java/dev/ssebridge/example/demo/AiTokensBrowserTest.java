package dev.ssebridge.example.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.suite.Chromium;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;

/** Answers from end to end, in Chromium. */
@Tag("browser")
@Timeout(180)
class AiTokensBrowserTest {
  private static final int CUTS = 3;

  @ParameterizedTest
  @ValueSource(strings = {"tomcat-11", "jetty-12"})
  void cutReaderGoesOnInTheMiddleOfTheSentenceIfTheAnswerIsResumable(
      String container, @TempDir Path profile) throws Exception {
    try (DemoProcess demo = DemoProcess.start("ai-tokens", container)) {
      List<String> printedAtStart = demo.output();
      ChromeDriver page = Chromium.open(demo.uri(), profile);
      try {
        Pane direct = new Pane(page, "direct");
        Pane resumable = new Pane(page, "resumable");

        ask(page);
        direct.await("complete");
        resumable.await("complete");
        String whole = direct.text();
        assertTrue(whole.matches("(?s)\\w+( [\\w']+)+,? .*[^ ]\\."), () -> "with spaces: " + whole);
        assertEquals(whole, resumable.text(), "both say the same");
        assertEquals("{\"speaking\":0,\"finished\":2,\"cancelled\":0}", speaker(demo));

        ask(page);
        direct.awaitTokens(10);
        direct.cut();
        direct.await("broken off");
        // Its producer learns of it long before the answer would have been complete.
        Await.until(
            () -> speaker(demo).endsWith("\"cancelled\":1}"), () -> "cancelled: " + speaker(demo));
        for (int cut = 1; cut <= CUTS; cut++) {
          resumable.awaitTokens(20 * cut);
          resumable.cut();
          resumable.awaitCuts(cut);
        }
        resumable.await("complete");
        assertEquals(whole, resumable.text(), "every token once, across the cuts");
        assertTrue(
            whole.startsWith(direct.text()) && direct.text().length() < whole.length(),
            () -> "broken off: " + direct.text());
        assertEquals("{\"speaking\":0,\"finished\":3,\"cancelled\":1}", speaker(demo));
        assertEquals(printedAtStart, demo.output(), "cuts are no news for the log");
      } finally {
        page.quit();
      }
    }
  }

  private static void ask(ChromeDriver page) {
    page.findElement(By.cssSelector("#ask button")).click();
  }

  private static String speaker(DemoProcess demo) {
    URI speaker = demo.uri().resolve("speaker");
    return HttpClient.newHttpClient()
        .sendAsync(HttpRequest.newBuilder(speaker).build(), BodyHandlers.ofString())
        .join()
        .body();
  }

  /** One side of the page. */
  private record Pane(WebElement section) {
    Pane(ChromeDriver page, String id) {
      this(page.findElement(By.cssSelector("[data-pane=" + id + "]")));
    }

    String state() {
      return section.findElement(By.className("state")).getText();
    }

    String text() {
      return section.findElement(By.className("answer")).getDomProperty("textContent");
    }

    int count(String what) {
      return Integer.parseInt(
          section.findElement(By.cssSelector("[data-count=" + what + "]")).getText());
    }

    void cut() {
      section.findElement(By.className("cut")).click();
    }

    void await(String state) {
      Await.until(() -> state().equals(state), () -> state + ": " + state() + ", " + text());
    }

    void awaitTokens(int atLeast) {
      Await.until(() -> count("tokens") >= atLeast, () -> atLeast + " tokens: " + count("tokens"));
    }

    void awaitCuts(int atLeast) {
      Await.until(() -> count("cuts") >= atLeast, () -> atLeast + " cuts: " + count("cuts"));
    }
  }
}
