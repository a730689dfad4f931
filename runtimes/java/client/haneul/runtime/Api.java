package haneul.runtime;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Client of the Lambda Runtime API over one keep-alive socket:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * <p>An answer and the poll for the next invocation leave in one write. A socket and nothing more: an HTTP
 * client would cost a cold start more than all of this.
 */
final class Api {
  private static final String PREFIX = "/2018-06-01/runtime/";

  private final String host;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] poll;
  private boolean polling = false;

  /** One event with the headers that came with it; header names are lower case. */
  static final class Invocation {
    final Map<String, String> headers;
    final byte[] body;

    Invocation(Map<String, String> headers, byte[] body) {
      this.headers = headers;
      this.body = body;
    }

    String requestId() {
      return headers.getOrDefault("lambda-runtime-aws-request-id", "");
    }
  }

  /** Whether the process goes on after an error: only then does it ask for more. */
  enum After {
    GO_ON,
    END
  }

  @SuppressWarnings("resource") // the socket lives as long as the process
  Api(String address) throws IOException {
    final int colon = address.lastIndexOf(':');
    final Socket socket = new Socket(numeric(address.substring(0, colon)), port(address, colon));
    socket.setTcpNoDelay(true);
    host = address;
    in = new BufferedInputStream(socket.getInputStream(), 16384);
    out = socket.getOutputStream();
    poll = ascii("GET " + PREFIX + "invocation/next HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  /** Blocks until there is an invocation. */
  Invocation next() throws IOException {
    if (!polling) out.write(poll);
    polling = false;
    return readAnswer();
  }

  void respond(String requestId, byte[] body) throws IOException {
    post("invocation/" + requestId + "/response", body, null, After.GO_ON);
  }

  void reportError(String requestId, byte[] body, String errorType, After after) throws IOException {
    post("invocation/" + requestId + "/error", body, errorType, after);
  }

  void reportInitError(byte[] body, String errorType) throws IOException {
    post("init/error", body, errorType, After.END);
  }

  private void post(String path, byte[] body, String errorType, After after) throws IOException {
    String head = "POST " + PREFIX + path + " HTTP/1.1\r\nHost: " + host;
    head += "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n";
    if (errorType != null) {
      head += "Lambda-Runtime-Function-Error-Type: " + errorType.replaceAll("[^ -~]", "?") + "\r\n";
    }
    final int size = head.length() + body.length + poll.length + 2;
    final ByteArrayOutputStream message = new ByteArrayOutputStream(size);
    message.write(ascii(head + "\r\n"));
    message.write(body);
    if (after == After.GO_ON) message.write(poll);
    message.writeTo(out);
    polling = after == After.GO_ON;
    readAnswer();
  }

  private Invocation readAnswer() throws IOException {
    final Map<String, String> headers = new HashMap<>();
    readLine();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      final int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    final int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new Invocation(headers, in.readNBytes(length));
  }

  private String readLine() throws IOException {
    final StringBuilder line = new StringBuilder(80);
    for (int letter = in.read(); letter != '\n'; letter = in.read()) {
      if (letter < 0) throw new EOFException("the runtime API closed the connection");
      if (letter != '\r') line.append((char) letter);
    }
    return line.toString();
  }

  private static int port(String address, int colon) {
    return Integer.parseInt(address.substring(colon + 1));
  }

  // The address is numeric: no resolver is asked, none is loaded.
  private static InetAddress numeric(String text) throws IOException {
    final byte[] bytes = new byte[4];
    int index = 0;
    for (String part : text.split("\\.")) bytes[index++] = (byte) Integer.parseInt(part);
    return InetAddress.getByAddress(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
