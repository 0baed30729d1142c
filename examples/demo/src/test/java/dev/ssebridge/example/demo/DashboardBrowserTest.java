package dev.ssebridge.example.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.suite.Chromium;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;

/** The dashboard from end to end, in Chromium. {@code -Dscreenshot} has it take a picture. */
@Tag("browser")
@Timeout(120)
class DashboardBrowserTest {
  private static final int CUTS = 5;
  private static final int POINTS_A_SECOND = 4;
  private static final Path PICTURE =
      Path.of(System.getProperty("basedir", "")).resolve("../../docs/images/dashboard.png");

  @ParameterizedTest
  @ValueSource(strings = {"tomcat-11", "jetty-12"})
  void threeChannelsOnOneStreamSurviveCuts(String container, @TempDir Path profile)
      throws Exception {
    try (DemoProcess demo = DemoProcess.start("dashboard", container)) {
      ChromeDriver page = Chromium.open(demo.uri(), profile);
      try {
        List<String> printedAtStart = demo.output();
        await(page, "points", POINTS_A_SECOND);
        for (String list : List.of("alerts", "builds")) {
          Await.until(
              () -> !page.findElements(By.cssSelector("#" + list + " li")).isEmpty(),
              () -> "something in " + list);
        }
        assertEquals(1, count(page, "opens"), "one stream for three channels");
        for (String chart : List.of("requests", "latency")) {
          Await.until(() -> drawn(page, chart), () -> "lines in the chart of " + chart);
        }

        for (int cut = 1; cut <= CUTS; cut++) {
          String before = lastEventId(page);
          page.findElement(By.id("cut")).click();
          await(page, "cuts", cut);
          await(page, "opens", cut + 1);
          await(page, "points", count(page, "points") + POINTS_A_SECOND);
          assertTrue(
              offset(lastEventId(page)) > offset(before),
              () -> "goes on behind " + before + ": " + lastEventId(page));
        }
        if (System.getProperty("screenshot") != null) {
          await(page, "points", 100);
          Files.write(PICTURE, page.getScreenshotAs(OutputType.BYTES));
        }
        assertEquals("open", page.findElement(By.className("state")).getText());
        assertEquals(0, count(page, "missed"), "points that were missed");
        assertEquals(0, count(page, "repeated"), "points that came twice");
        assertEquals(0, count(page, "gaps"), "gaps");
        assertEquals(printedAtStart, demo.output(), "cuts are no news for the log");
      } finally {
        page.quit();
      }
    }
  }

  private static int count(ChromeDriver page, String what) {
    return Integer.parseInt(
        page.findElement(By.cssSelector("[data-count=" + what + "]")).getText());
  }

  private static void await(ChromeDriver page, String what, int atLeast) {
    Await.until(
        () -> count(page, what) >= atLeast,
        () -> what + " of at least " + atLeast + ": " + count(page, what));
  }

  private static String lastEventId(ChromeDriver page) {
    return page.findElement(By.id("last-event-id")).getText();
  }

  private static long offset(String lastEventId) {
    return Long.parseLong(lastEventId.substring(lastEventId.lastIndexOf('-') + 1));
  }

  private static boolean drawn(ChromeDriver page, String chart) {
    Object painted =
        page.executeScript(
            """
            const canvas = document.querySelector(`#${arguments[0]} canvas`);
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.some((value, index) =>
              index % 4 === 0 && data[index + 3] > 128 && Math.abs(value - data[index + 2]) > 60);
            """,
            chart);
    return Boolean.TRUE.equals(painted);
  }
}
