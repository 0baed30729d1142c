/**
 * Jetty, embedded. Written for 12.0 with Jakarta EE 10; the build of 12.1 changes the package names
 * to those of EE 11.
 */
@NullMarked
package dev.ssebridge.example.server.jetty;

import org.jspecify.annotations.NullMarked;
