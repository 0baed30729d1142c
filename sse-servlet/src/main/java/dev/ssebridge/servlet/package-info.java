/** One open {@code text/event-stream} response of a servlet, and what guards it. */
@NullMarked
package dev.ssebridge.servlet;

import org.jspecify.annotations.NullMarked;
