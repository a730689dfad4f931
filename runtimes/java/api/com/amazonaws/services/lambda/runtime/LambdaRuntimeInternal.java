package com.amazonaws.services.lambda.runtime;

/** A switch of AWS's appender for log4j: the runtime then tells log4j the request id. */
public final class LambdaRuntimeInternal {
  private LambdaRuntimeInternal() {}

  private static boolean useLog4jAppender;

  public static void setUseLog4jAppender(boolean use) {
    useLog4jAppender = use;
  }

  public static boolean getUseLog4jAppender() {
    return useLog4jAppender;
  }
}
