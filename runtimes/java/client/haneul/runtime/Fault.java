package haneul.runtime;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What goes wrong, as the Runtime API and the log are told:
 * https://docs.aws.amazon.com/lambda/latest/dg/java-exceptions.html
 *
 * <p>Either one of the function's own exceptions or a sentence about why it cannot be called. A report never
 * contains frames of this client, only the function's own.
 */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String OWN = Fault.class.getPackageName() + ".";

  /** Whether another invocation may be tried. */
  enum Kind {
    OF_THE_CALL,
    FATAL
  }

  final String type; // or null
  final transient String[] frames; // or null: a sentence needs none
  final String trace; // for the log
  final Kind kind;

  private Fault(String message, String type, String[] frames, String trace, Kind kind) {
    super(message, null, false, false);
    this.type = type;
    this.frames = frames;
    this.trace = trace;
    this.kind = kind;
  }

  static Fault sentence(String message) {
    return new Fault(message, null, null, null, Kind.OF_THE_CALL);
  }

  /** The function cannot be loaded. */
  static Fault loading(String message, Throwable cause, Kind kind) {
    return new Fault(message, cause.getClass().getName(), null, traceOf(cause), kind);
  }

  /** What the function has thrown; passes on what is a fault already. */
  static Fault thrown(Throwable cause, Kind kind) {
    if (cause instanceof Fault) return (Fault) cause;
    forgetOwnFrames(cause, Collections.newSetFromMap(new IdentityHashMap<>()));
    final StackTraceElement[] elements = cause.getStackTrace();
    final String[] frames = new String[elements.length];
    for (int i = 0; i < frames.length; ++i) frames[i] = elements[i].toString();
    return new Fault(messageOf(cause), cause.getClass().getName(), frames, traceOf(cause), kind);
  }

  byte[] document() throws IOException {
    final Map<String, Object> out = new LinkedHashMap<>();
    out.put("errorMessage", getMessage());
    if (type != null) out.put("errorType", type);
    if (frames != null) out.put("stackTrace", frames);
    return Json.plain().writeValueAsBytes(out);
  }

  String logText() {
    if (type == null) return getMessage() + "\n";
    return getMessage() + ": " + type + "\n" + (trace == null ? "" : trace) + "\n";
  }

  private static String messageOf(Throwable cause) {
    try {
      final String message = cause.getLocalizedMessage();
      return message == null ? cause.getClass().getName() : message;
    } catch (RuntimeException broken) { // a broken message of the function's own exception
      return cause.getClass().getName();
    }
  }

  private static String traceOf(Throwable cause) {
    forgetOwnFrames(cause, Collections.newSetFromMap(new IdentityHashMap<>()));
    final StringWriter text = new StringWriter();
    try {
      cause.printStackTrace(new PrintWriter(text));
    } catch (RuntimeException broken) {
      text.write(cause.getClass().getName());
    }
    return text.toString();
  }

  private static void forgetOwnFrames(Throwable cause, Set<Throwable> seen) {
    if (cause == null || !seen.add(cause)) return;
    final StackTraceElement[] frames = cause.getStackTrace();
    for (int i = 0; i < frames.length; ++i) {
      if (!frames[i].getClassName().startsWith(OWN)) continue;
      cause.setStackTrace(java.util.Arrays.copyOf(frames, i));
      break;
    }
    forgetOwnFrames(cause.getCause(), seen);
    for (Throwable suppressed : cause.getSuppressed()) forgetOwnFrames(suppressed, seen);
  }
}
