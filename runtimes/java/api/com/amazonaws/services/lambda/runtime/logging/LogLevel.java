package com.amazonaws.services.lambda.runtime.logging;

import java.util.Locale;

/** UNDEFINED is what a message without a level has: it is never filtered. */
public enum LogLevel {
  UNDEFINED,
  TRACE,
  DEBUG,
  INFO,
  WARN,
  ERROR,
  FATAL;

  public static LogLevel fromString(String name) {
    for (LogLevel level : values()) {
      if (name != null && level.name().equals(name.toUpperCase(Locale.ROOT))) return level;
    }
    throw new IllegalArgumentException(
        "Invalid log level: '" + name + "' expected one of [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]");
  }
}
