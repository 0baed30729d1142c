package dev.ssebridge.servlet;

final class X {}
