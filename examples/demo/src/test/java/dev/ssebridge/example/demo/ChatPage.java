package dev.ssebridge.example.demo;

import dev.ssebridge.example.suite.Chromium;
import java.net.URI;
import java.nio.file.Path;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;

/** The chat's page in a Chromium of its own, read and driven as a visitor would. */
final class ChatPage implements AutoCloseable {
  private final ChromeDriver browser;

  private ChatPage(ChromeDriver browser) {
    this.browser = browser;
  }

  static ChatPage open(URI page, Path profile) {
    return new ChatPage(Chromium.open(page, profile));
  }

  Pane webSocket() {
    return new Pane("ws");
  }

  Pane sse() {
    return new Pane("sse");
  }

  /** Has both panes send numbered messages, until called again. */
  void startTraffic(int messagesPerSecond) {
    browser
        .findElement(By.cssSelector("#traffic select"))
        .findElement(By.xpath("option[.='" + messagesPerSecond + "']"))
        .click();
    browser.findElement(By.cssSelector("#traffic button")).click();
  }

  void stopTraffic() {
    browser.findElement(By.cssSelector("#traffic button")).click();
  }

  byte[] screenshot() {
    return browser.getScreenshotAs(OutputType.BYTES);
  }

  /** Closes the tab of the chat; the browser goes on with an empty one. */
  void closeTab() {
    String chat = browser.getWindowHandle();
    String empty = browser.switchTo().newWindow(WindowType.TAB).getWindowHandle();
    browser.switchTo().window(chat).close();
    browser.switchTo().window(empty);
  }

  @Override
  public void close() {
    browser.quit();
  }

  /** One side of the page. */
  final class Pane {
    private final WebElement section;

    private Pane(String id) {
      section = browser.findElement(By.cssSelector("[data-pane=" + id + "]"));
    }

    String state() {
      return section.findElement(By.className("state")).getText();
    }

    /** A number that the page shows, such as {@code lost}. */
    int count(String what) {
      return Integer.parseInt(
          section.findElement(By.cssSelector("[data-count=" + what + "]")).getText());
    }

    boolean shows(String text) {
      return section.findElement(By.className("messages")).getText().contains(text);
    }

    void say(String text) {
      section.findElement(By.name("text")).sendKeys(text);
      section.findElement(By.cssSelector(".composer button")).click();
    }

    void cut() {
      section.findElement(By.className("cut")).click();
    }

    /**
     * Cuts until so many streams have been cut; a pane that is just reconnecting has none to cut.
     */
    void cutUpTo(int cuts) {
      long[] next = {System.nanoTime()}; // leaves it time to come back, or it never would
      Await.until(
          () -> {
            if (count("cuts") < cuts && System.nanoTime() - next[0] >= 0) {
              next[0] = System.nanoTime() + 2_000_000_000L;
              cut();
            }
            return count("cuts") >= cuts;
          },
          () -> cuts + " cuts: " + this);
    }

    void await(String what, int atLeast) {
      Await.until(
          () -> count(what) >= atLeast, () -> what + " of at least " + atLeast + ": " + this);
    }

    /** Waits until nothing is on the way: everything has come or is counted as lost. */
    void awaitSettled() {
      Await.until(() -> count("onTheWay") == 0, () -> "nothing on the way: " + this);
    }

    void awaitOpen() {
      Await.until(() -> state().equals("open"), () -> "an open connection: " + this);
    }

    @Override
    public String toString() {
      return "%s, %s"
          .formatted(state(), section.findElement(By.className("counts")).getText())
          .replace('\n', ' ');
    }
  }
}
