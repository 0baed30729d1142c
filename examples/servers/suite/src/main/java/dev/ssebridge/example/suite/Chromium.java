package dev.ssebridge.example.suite;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** Starts the Chromium of the machine, driven by its own driver. */
public final class Chromium {
  // Held strongly, or its level is forgotten. It warns that we brought no Chrome DevTools Protocol.
  private static final Logger DEV_TOOLS = Logger.getLogger("org.openqa.selenium.devtools");

  static {
    DEV_TOOLS.setLevel(Level.SEVERE);
  }

  private Chromium() {}

  /**
   * Shows a page in a browser that nobody else uses; the caller quits it.
   *
   * @param profile an empty directory
   * @param arguments more of Chromium's command line
   */
  public static ChromeDriver open(URI page, Path profile, String... arguments) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(onPath("chromium"));
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,860",
        "--user-data-dir=" + profile);
    options.addArguments(arguments);
    ChromeDriverService driver =
        new ChromeDriverService.Builder().usingDriverExecutable(onPath("chromedriver")).build();
    ChromeDriver browser = new ChromeDriver(driver, options);
    browser.get(page.toString());
    return browser;
  }

  private static File onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError(program + " is not installed: see bin/test"))
        .toFile();
  }
}
