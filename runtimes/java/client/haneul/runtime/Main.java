package haneul.runtime;

import com.amazonaws.services.lambda.runtime.LambdaRuntimeInternal;
import java.io.ByteArrayOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Map;

/** The life of a Java function: load its handler once, then answer invocations. */
public final class Main {
  private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";
  private static final String LAYERS = "/opt/java";

  private final Api api;
  private final Logs logs;
  private final ClassLoader loader;

  private Main(Api api, Logs logs, ClassLoader loader) {
    this.api = api;
    this.logs = logs;
    this.loader = loader;
  }

  public static void main(String[] arguments) throws Throwable {
    if (arguments.length == 1 && arguments[0].equals("--train")) {
      Training.run();
      return;
    }
    if (arguments.length == 1 && arguments[0].equals("--waiting")) Waiting.becomeFunction();
    final Logs logs = new Logs(System.getenv("AWS_LAMBDA_LOG_FORMAT"), System.getenv("AWS_LAMBDA_LOG_LEVEL"));
    logs.install();
    final ClassLoader loader = new FunctionLoader(System.getenv("LAMBDA_TASK_ROOT"), LAYERS);
    Thread.currentThread().setContextClassLoader(loader);
    final Main main = new Main(new Api(System.getenv("AWS_LAMBDA_RUNTIME_API")), logs, loader);
    main.serve(main.load(System.getenv("_HANDLER")));
  }

  private Handlers.Handler load(String name) throws IOException {
    try {
      return new Handlers(loader).find(name);
    } catch (Fault fault) {
      logs.writeError(fault);
      api.reportInitError(fault.document(), fault.type);
      System.exit(1);
      throw fault;
    }
  }

  private void serve(Handlers.Handler handler) throws IOException {
    final ByteArrayOutputStream answer = new ByteArrayOutputStream(1024);
    for (; ; ) {
      final Api.Invocation invocation = api.next();
      begin(invocation);
      answer.reset();
      try {
        handler.handle(invocation.body, answer, new InvocationContext(invocation.headers, logs));
      } catch (Throwable thrown) { // of any kind: it is the function's
        fail(invocation, thrown);
        continue;
      }
      api.respond(invocation.requestId(), answer.toByteArray());
      // Whatever the function has left of an interruption is not the next one's.
      Thread.interrupted();
    }
  }

  private void begin(Api.Invocation invocation) {
    logs.begin(invocation.requestId(), invocation.headers.get("lambda-runtime-aws-tenant-id"));
    final String trace = invocation.headers.get("lambda-runtime-trace-id");
    if (trace == null) System.clearProperty(TRACE_PROPERTY);
    else System.setProperty(TRACE_PROPERTY, trace);
    if (LambdaRuntimeInternal.getUseLog4jAppender()) tellLog4j(invocation.requestId());
  }

  private void fail(Api.Invocation invocation, Throwable thrown) throws IOException {
    final boolean fatal = thrown instanceof VirtualMachineError || thrown instanceof IOError;
    final Fault fault = Fault.thrown(thrown, fatal ? Fault.Kind.FATAL : Fault.Kind.OF_THE_CALL);
    logs.writeError(fault);
    final Api.After after = fatal ? Api.After.END : Api.After.GO_ON;
    api.reportError(invocation.requestId(), fault.document(), fault.type, after);
    if (fatal) Runtime.getRuntime().halt(1);
  }

  private void tellLog4j(String requestId) {
    final Map<String, Class<?>> places =
        Map.of("org.apache.log4j.MDC", Object.class, "org.apache.logging.log4j.ThreadContext", String.class);
    for (Map.Entry<String, Class<?>> place : places.entrySet()) {
      try {
        final Method put = loader.loadClass(place.getKey()).getMethod("put", String.class, place.getValue());
        put.invoke(null, "AWSRequestId", requestId);
      } catch (ReflectiveOperationException absent) {
        continue; // the function has the other one, or none
      }
    }
  }
}
