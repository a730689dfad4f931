package com.amazonaws.services.lambda.runtime.logging;

import java.util.Locale;

/** The form of a function's log events. */
public enum LogFormat {
  JSON,
  TEXT;

  public static LogFormat fromString(String name) {
    for (LogFormat format : values()) {
      if (name != null && format.name().equals(name.toUpperCase(Locale.ROOT))) return format;
    }
    throw new IllegalArgumentException("Invalid log format: '" + name + "' expected one of [JSON, TEXT]");
  }
}
