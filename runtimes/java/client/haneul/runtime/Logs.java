package haneul.runtime;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.logging.LogFormat;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a function logs: https://docs.aws.amazon.com/lambda/latest/dg/java-logging.html
 *
 * <p>One call of the logger, or one println, is one log event, also when it has several lines: its inner line
 * breaks travel as the record separator (U+001E) and the engine turns them back.
 */
final class Logs implements LambdaLogger {
  private static final byte SEPARATOR = 0x1e;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final OutputStream sink = new FileOutputStream(FileDescriptor.out);
  private final LogFormat format;
  private final LogLevel lowest;
  private volatile String requestId;
  private volatile String tenantId;

  Logs(String format, String level) {
    this.format = "JSON".equalsIgnoreCase(format) ? LogFormat.JSON : LogFormat.TEXT;
    final boolean isFiltered = this.format == LogFormat.JSON && level != null;
    this.lowest = isFiltered ? LogLevel.fromString(level) : LogLevel.UNDEFINED;
  }

  /** Becomes the logger of LambdaRuntime, and what System.out and System.err write to. */
  void install() throws ReflectiveOperationException {
    System.setOut(lines(FileDescriptor.out));
    System.setErr(lines(FileDescriptor.err));
    final Field logger = LambdaRuntime.class.getDeclaredField("logger");
    logger.setAccessible(true);
    logger.set(null, this);
  }

  private static PrintStream lines(FileDescriptor to) {
    return new PrintStream(new Lines(new FileOutputStream(to)), false, StandardCharsets.UTF_8);
  }

  void begin(String id, String tenant) {
    requestId = id;
    tenantId = tenant;
  }

  void writeError(Fault fault) {
    log(fault.logText(), format == LogFormat.JSON ? LogLevel.ERROR : LogLevel.UNDEFINED);
  }

  @Override
  public void log(String message) {
    log(message, LogLevel.UNDEFINED);
  }

  @Override
  public void log(byte[] message) {
    log(message, LogLevel.UNDEFINED);
  }

  @Override
  public void log(String message, LogLevel level) {
    final String text = message == null ? "null" : message;
    if (isFiltered(level)) return;
    if (format == LogFormat.JSON) {
      write(jsonLine(text, level));
    } else if (level == LogLevel.UNDEFINED) {
      write(text.getBytes(StandardCharsets.UTF_8));
    } else {
      write(("[" + level + "] " + text).getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void log(byte[] message, LogLevel level) {
    if (!isFiltered(level)) write(message);
  }

  private boolean isFiltered(LogLevel level) {
    return level != LogLevel.UNDEFINED && level.compareTo(lowest) < 0;
  }

  private byte[] jsonLine(String message, LogLevel level) {
    final Map<String, Object> out = new LinkedHashMap<>();
    out.put("timestamp", STAMP.format(Instant.now()));
    out.put("message", message);
    out.put("level", level.name());
    if (requestId != null) out.put("AWSRequestId", requestId);
    if (tenantId != null) out.put("tenantId", tenantId);
    try {
      return Json.plain().writeValueAsBytes(out);
    } catch (IOException impossible) { // there is nothing in it but text
      throw new IllegalStateException(impossible);
    }
  }

  private void write(byte[] message) {
    try {
      sink.write(oneLine(message, 0, message.length, true));
    } catch (IOException closed) {
      throw new IllegalStateException(closed);
    }
  }

  private static byte[] oneLine(byte[] bytes, int offset, int length, boolean ended) {
    int end = offset + length;
    while (end > offset && bytes[end - 1] == '\n') --end;
    final boolean breaks = ended || end < offset + length;
    final byte[] out = new byte[end - offset + (breaks ? 1 : 0)];
    for (int i = offset; i < end; ++i) out[i - offset] = bytes[i] == '\n' ? SEPARATOR : bytes[i];
    if (breaks) out[out.length - 1] = '\n';
    return out;
  }

  /** Standard output: what println writes at once is one event. */
  private static final class Lines extends FilterOutputStream {
    Lines(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(oneLine(bytes, offset, length, false));
    }
  }
}
