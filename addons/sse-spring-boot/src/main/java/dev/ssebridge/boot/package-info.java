/** The bridge in applications of Spring Boot's. */
@NullMarked
package dev.ssebridge.boot;

import org.jspecify.annotations.NullMarked;
