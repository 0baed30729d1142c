package com.example.chat;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
}
