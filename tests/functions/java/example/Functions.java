package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Java functions of the engine's tests, one class or method for each thing that a function may do. */
public class Functions {
  public enum Size {
    SMALL,
    LARGE
  }

  public static class Item {
    private String name;
    private int count;
    private Size size;

    public String getName() {
      return name;
    }

    public void setName(String value) {
      name = value;
    }

    public int getCount() {
      return count;
    }

    public void setCount(int value) {
      count = value;
    }

    public Size getSize() {
      return size;
    }

    public void setSize(Size value) {
      size = value;
    }
  }

  public static class Order {
    private List<Item> items = new ArrayList<>();
    private boolean paid;

    public List<Item> getItems() {
      return items;
    }

    public void setItems(List<Item> value) {
      items = value;
    }

    public boolean isPaid() {
      return paid;
    }

    public void setPaid(boolean value) {
      paid = value;
    }
  }

  /** A handler of beans, with the interface implemented further up. */
  public abstract static class Base<T> implements RequestHandler<T, Map<String, Object>> {}

  public static class Orders extends Base<Order> {
    private int calls = 0;

    @Override
    public Map<String, Object> handleRequest(Order order, Context context) {
      final Map<String, Object> out = new LinkedHashMap<>();
      out.put("count", order.getItems().stream().mapToInt(Item::getCount).sum());
      out.put("first", order.getItems().get(0));
      out.put("paid", order.isPaid());
      out.put("calls", ++calls);
      return out;
    }
  }

  public static class Bytes implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
      out.write("<".getBytes(StandardCharsets.UTF_8));
      in.transferTo(out);
      out.write(">".getBytes(StandardCharsets.UTF_8));
    }
  }

  public Map<String, Object> context(Context context) {
    final Map<String, Object> out = new LinkedHashMap<>();
    out.put("awsRequestId", context.getAwsRequestId());
    out.put("logGroupName", context.getLogGroupName());
    out.put("logStreamName", context.getLogStreamName());
    out.put("functionName", context.getFunctionName());
    out.put("functionVersion", context.getFunctionVersion());
    out.put("invokedFunctionArn", context.getInvokedFunctionArn());
    out.put("identity", String.valueOf(context.getIdentity()));
    out.put("custom", context.getClientContext().getCustom());
    out.put("environment", context.getClientContext().getEnvironment());
    out.put("appTitle", context.getClientContext().getClient().getAppTitle());
    out.put("remaining", context.getRemainingTimeInMillis());
    out.put("memory", context.getMemoryLimitInMB());
    out.put("logger", context.getLogger() != null && context.getLogger() == LambdaRuntime.getLogger());
    out.put("traceProperty", System.getProperty("com.amazonaws.xray.traceHeader"));
    out.put("traceId", context.getXrayTraceId());
    return out;
  }

  public Map<String, String> variables() {
    return System.getenv();
  }

  public static String upper(String text) {
    return text.toUpperCase();
  }

  public int sum(List<Integer> numbers, Context context) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }

  public void copy(InputStream in, OutputStream out) throws IOException {
    in.transferTo(out);
  }

  public void quiet(Map<String, Object> ignored) {}

  public int divide(Map<String, Integer> event) {
    if (event.get("by") == 0) throw new IllegalArgumentException("by zero", new ArithmeticException("inner"));
    return 6 / event.get("by");
  }

  public int recurse(int depth) {
    return recurse(depth + 1) + 1;
  }

  public String log(Map<String, Object> event, Context context) {
    final LambdaLogger logger = context.getLogger();
    logger.log("a\nb");
    logger.log("c", LogLevel.DEBUG);
    logger.log("d", LogLevel.WARN);
    System.out.println("e\nf");
    System.err.println("g");
    return "logged";
  }

  /** What a process that waited for its function must have made its own. */
  public Map<String, Object> origin() throws IOException {
    final Map<String, Object> out = new LinkedHashMap<>();
    out.put("who", System.getenv("WHO"));
    out.put("directory", new java.io.File(".").getCanonicalPath());
    out.put("real", Files.readSymbolicLink(Path.of("/proc/self/cwd")).toString());
    out.put("waited", Files.readString(Path.of("/proc/self/cmdline")).contains("--waiting"));
    return out;
  }

  public Map<String, Object> machine() {
    final Map<String, Object> out = new LinkedHashMap<>();
    out.put("heap", Runtime.getRuntime().maxMemory() >> 20);
    out.put("tool", System.getProperty("tool"));
    out.put("encoding", java.nio.charset.Charset.defaultCharset().name());
    return out;
  }

  public int fill() {
    final List<byte[]> all = new ArrayList<>();
    for (int i = 0; ; ++i) all.add(new byte[1 << 20]);
  }

  /** How many authorities the system trusts. */
  public int trusted() throws Exception {
    final String usual = TrustManagerFactory.getDefaultAlgorithm();
    final TrustManagerFactory factory = TrustManagerFactory.getInstance(usual);
    factory.init((java.security.KeyStore) null);
    return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
  }

  /** Which copy of a library that the runtime uses as well this function sees. */
  public String library() throws ReflectiveOperationException {
    final Class<?> own = Class.forName("com.fasterxml.jackson.databind.ObjectMapper");
    return (String) own.getField("COPY").get(null);
  }

  public String queue(com.amazonaws.services.lambda.runtime.events.QueueEvent event) {
    return event.describe();
  }

  public static class BadConstructor implements RequestHandler<String, String> {
    public BadConstructor() {
      throw new IllegalStateException("not today");
    }

    @Override
    public String handleRequest(String input, Context context) {
      return input;
    }
  }

  public static class BadStart implements RequestHandler<String, String> {
    private static final int VALUE = Integer.parseInt("x");

    @Override
    public String handleRequest(String input, Context context) {
      return input + VALUE;
    }
  }

  public static class NoHandler {}
}
