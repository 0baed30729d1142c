/**
 * One way to start a container in a test or a demo, whichever container is on the class path: a war
 * as a stock container would deploy it, or classes, servlets and filters of the caller.
 */
@NullMarked
package dev.ssebridge.example.server;

import org.jspecify.annotations.NullMarked;
