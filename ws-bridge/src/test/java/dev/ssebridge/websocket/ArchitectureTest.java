package dev.ssebridge.websocket;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The dependency rule: core knows the JDK, servlet the Servlet API, nobody a container. */
@AnalyzeClasses(packages = "dev.ssebridge", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] ANNOTATIONS = {
    "org.jspecify.annotations..", "com.google.errorprone.annotations.."
  };

  private static String[] with(String... more) {
    var all = java.util.Arrays.copyOf(ANNOTATIONS, ANNOTATIONS.length + more.length);
    System.arraycopy(more, 0, all, ANNOTATIONS.length, more.length);
    return all;
  }

  @ArchTest
  static final ArchRule CORE_KNOWS_THE_JDK_ONLY =
      classes()
          .that()
          .resideInAPackage("dev.ssebridge")
          .and()
          .haveSimpleNameNotContaining("Json")
          .and()
          .haveSimpleNameNotContaining("Jackson")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(with("java..", "dev.ssebridge"));

  @ArchTest
  static final ArchRule SERVLET_KNOWS_CORE_AND_THE_SERVLET_API =
      classes()
          .that()
          .resideInAPackage("dev.ssebridge.servlet")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              with(
                  "java..",
                  "javax.crypto..",
                  "jakarta.servlet..",
                  "com.fasterxml.jackson..",
                  "dev.ssebridge",
                  "dev.ssebridge.servlet"));

  @ArchTest
  static final ArchRule BRIDGE_KNOWS_THE_OTHER_TWO_AND_THE_APIS =
      classes()
          .that()
          .resideInAPackage("dev.ssebridge.websocket")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              with(
                  "java..",
                  "jakarta.servlet..",
                  "jakarta.websocket..",
                  "com.fasterxml.jackson..",
                  "dev.ssebridge",
                  "dev.ssebridge.servlet",
                  "dev.ssebridge.websocket"));

  @ArchTest
  static final ArchRule NO_CONTAINER_CLASS =
      noClasses()
          .that()
          .resideInAnyPackage("dev.ssebridge", "dev.ssebridge.servlet", "dev.ssebridge.websocket")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache..", "org.eclipse.jetty..", "io.undertow..", "org.springframework..");

  @ArchTest
  static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
      noClasses()
          .that()
          .resideInAPackage("dev.ssebridge..")
          .should()
          .haveNameMatching(".*(Impl|Manager|Utils?|Helper|Abstract\\w*|Default\\w*|Base)");
}
