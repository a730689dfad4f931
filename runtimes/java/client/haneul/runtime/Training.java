package haneul.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Uses what every function uses, so that the classes behind it are in the archive that the JVM writes when
 * this ends: later JVMs map them instead of loading them.
 */
final class Training {
  private Training() {}

  /** A handler of a value with fields. */
  public static final class Order {
    private String name;
    private List<Map<String, Object>> lines;
    private double total;

    public String getName() {
      return name;
    }

    public void setName(String value) {
      name = value;
    }

    public List<Map<String, Object>> getLines() {
      return lines;
    }

    public void setLines(List<Map<String, Object>> value) {
      lines = value;
    }

    public double getTotal() {
      return total;
    }

    public void setTotal(double value) {
      total = value;
    }
  }

  /** Answers with what it was given. */
  public static final class Same implements RequestHandler<Order, Order> {
    @Override
    public Order handleRequest(Order input, Context context) {
      return input;
    }
  }

  /** The same, of any JSON. */
  public static final class Any implements RequestHandler<Map<String, Object>, Object> {
    @Override
    public Object handleRequest(Map<String, Object> input, Context context) {
      return input;
    }
  }

  static void run() throws Throwable {
    final Logs logs = new Logs("JSON", "INFO");
    logs.install();
    logs.log("training");
    warmUp();
    logs.writeError(Fault.thrown(new IllegalStateException("training"), Fault.Kind.OF_THE_CALL));
    Fault.sentence("training").document();
  }

  /** Reads no variable and writes nothing. */
  static void warmUp() throws Throwable {
    new FunctionLoader("/var/task", "/opt/java").close();
    final Map<String, String> headers =
        Map.of("lambda-runtime-aws-request-id", "1", "lambda-runtime-client-context", "{\"custom\":{}}");
    final String text = "{\"name\":\"n\",\"lines\":[{\"a\":1,\"b\":[true,null,1.5]}],\"total\":2.5}";
    final byte[] event = text.getBytes(StandardCharsets.UTF_8);
    final Handlers handlers = new Handlers(Training.class.getClassLoader());
    for (Class<?> each : List.of(Same.class, Any.class)) {
      final Context context = new InvocationContext(headers, null);
      handlers.find(each.getName()).handle(event, new ByteArrayOutputStream(), context);
      handlers.find(each.getName() + "::handleRequest").handle(event, new ByteArrayOutputStream(), context);
    }
  }
}
