/** Runs an example on an embedded container, behind a front that cuts connections on request. */
@NullMarked
package dev.ssebridge.example.demo;

import org.jspecify.annotations.NullMarked;
