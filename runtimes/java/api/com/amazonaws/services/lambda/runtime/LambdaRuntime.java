package com.amazonaws.services.lambda.runtime;

import java.io.PrintStream;

/** The logger for code that has no context at hand. */
public final class LambdaRuntime {
  private LambdaRuntime() {}

  /** Set by the runtime before a function is loaded; outside of Lambda it is standard output. */
  private static volatile LambdaLogger logger =
      new LambdaLogger() {
        @Override
        public void log(String message) {
          System.out.print(message);
        }

        @Override
        public void log(byte[] message) {
          final PrintStream out = System.out;
          out.write(message, 0, message.length);
        }
      };

  public static LambdaLogger getLogger() {
    return logger;
  }
}
