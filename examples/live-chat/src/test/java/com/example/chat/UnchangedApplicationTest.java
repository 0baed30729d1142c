package com.example.chat;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example shows what is claimed only while the application has never heard of the bridge. */
class UnchangedApplicationTest {

  private final JavaClasses application =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("com.example.chat");

  @Test
  void noClassOfTheChatKnowsTheBridge() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.ssebridge..")
        .check(application);
  }

  @Test
  void theScriptOfThePageKnowsNoClientButWebSocket() throws IOException {
    String script = Files.readString(Path.of("src/main/webapp/chat.js"));

    assertTrue(script.contains("new WebSocket("));
    assertFalse(script.contains("SseSocket") || script.contains("ssebridge"));
  }
}
