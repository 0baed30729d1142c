package dev.ssebridge.websocket;

final class X {}
