/**
 * The same endpoint classes over native WebSocket and over the bridge: what an endpoint hears and
 * what its client gets must be the same, word for word.
 */
package dev.ssebridge.example.suite.parity;
