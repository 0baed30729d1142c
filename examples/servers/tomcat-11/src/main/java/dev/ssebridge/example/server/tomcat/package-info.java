/** Tomcat, embedded. One source for Tomcat 10.1 and 11. */
@NullMarked
package dev.ssebridge.example.server.tomcat;

import org.jspecify.annotations.NullMarked;
