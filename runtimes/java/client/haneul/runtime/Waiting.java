package haneul.runtime;

/**
 * A JVM that is started before anybody knows for which function: it uses what every function uses, waits for
 * its variables on descriptor 3, and is used once. Nothing may read a variable before: the JVM copies all of
 * them when one is read first.
 */
final class Waiting {
  private Waiting() {}

  private static native int takeVariables();

  /** Returns when the process is a function's: as if it had been started with the function's variables. */
  static void becomeFunction() throws Throwable {
    System.load("/var/runtime/lib/libhaneul_environment.so");
    Training.warmUp();
    if (takeVariables() == 0) Runtime.getRuntime().halt(1);
  }
}
