package haneul.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Finds the handler named by _HANDLER, "package.Class" or "package.Class::method":
 * https://docs.aws.amazon.com/lambda/latest/dg/java-handler.html
 */
final class Handlers {
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private final ClassLoader loader;

  Handlers(ClassLoader loader) {
    this.loader = loader;
  }

  /** Answers one invocation; what it throws is the function's. */
  interface Handler {
    void handle(byte[] event, OutputStream answer, Context context) throws Throwable;
  }

  /**
   * Throws a fatal fault when the function's own code fails; what is wrong with the name is told at each
   * invocation, as on AWS.
   */
  Handler find(String name) {
    try {
      return load(name);
    } catch (Fault fault) {
      if (fault.kind == Fault.Kind.FATAL) throw fault;
      return (event, answer, context) -> {
        throw fault;
      };
    }
  }

  private Handler load(String name) {
    final int colons = name.lastIndexOf("::");
    final String className = colons < 0 ? name : name.substring(0, colons);
    final String method = colons < 0 ? null : name.substring(colons + 2);
    if (className.isEmpty() || (method != null && method.isEmpty())) {
      throw Fault.sentence("Invalid handler: `" + name + "'");
    }
    final Class<?> type;
    try {
      type = Class.forName(className, true, loader);
    } catch (ClassNotFoundException missing) {
      throw Fault.loading("Class not found: " + className, missing, Fault.Kind.OF_THE_CALL);
    } catch (Throwable failed) {
      final String reason = failed.getMessage() == null ? "" : ": " + failed.getMessage();
      throw Fault.loading("Error loading class " + className + reason, failed, Fault.Kind.FATAL);
    }
    return method == null ? ofInterface(type) : ofMethod(type, method);
  }

  private Handler ofInterface(Class<?> type) {
    if (RequestStreamHandler.class.isAssignableFrom(type)) {
      final RequestStreamHandler handler = (RequestStreamHandler) make(type);
      return (event, answer, context) ->
          handler.handleRequest(new ByteArrayInputStream(event), answer, context);
    }
    if (!RequestHandler.class.isAssignableFrom(type)) {
      throw Fault.sentence("Class does not implement an appropriate handler interface: " + type.getName());
    }
    final Type[] types = argumentsOf(type);
    if (types == null) {
      throw Fault.sentence(
          "Class " + type.getName() + " does not implement RequestHandler with concrete type parameters");
    }
    @SuppressWarnings("unchecked")
    final RequestHandler<Object, Object> handler = (RequestHandler<Object, Object>) make(type);
    return ofValues(types[0], types[1], handler::handleRequest);
  }

  /** The function of values between an event and an answer. */
  private interface Call {
    Object of(Object input, Context context) throws Throwable;
  }

  private Handler ofValues(Type input, Type output, Call call) {
    final Json.Codec reader = input == null ? null : Json.codec(input, loader);
    final boolean isVoid = output == void.class || output == Void.class;
    final Json.Codec writer = isVoid ? null : Json.codec(output, loader);
    return (event, answer, context) -> {
      Object value = null;
      try {
        if (reader != null) value = reader.read(new ByteArrayInputStream(event));
      } catch (Exception malformed) {
        throw new RuntimeException("An error occurred during JSON parsing", malformed);
      }
      final Object result = call.of(value, context);
      try {
        if (writer == null) answer.write(NULL);
        else writer.write(result, answer);
      } catch (Exception unwritable) {
        throw new RuntimeException("An error occurred during JSON serialization of response", unwritable);
      }
    };
  }

  private static Object make(Class<?> type) {
    final Constructor<?> constructor;
    try {
      constructor = type.getConstructor();
    } catch (NoSuchMethodException missing) {
      final boolean inner = type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers());
      throw Fault.thrown(
          new Exception(
              "Class "
                  + type.getName()
                  + (inner
                      ? " cannot be instantiated because it is a non-static inner class"
                      : " has no public zero-argument constructor")),
          Fault.Kind.OF_THE_CALL);
    }
    try {
      return constructor.newInstance();
    } catch (InvocationTargetException failed) {
      throw Fault.thrown(failed.getCause(), Fault.Kind.FATAL);
    } catch (ReflectiveOperationException unusable) {
      throw Fault.thrown(unusable, Fault.Kind.OF_THE_CALL);
    }
  }

  // The types that stand for I and O, however far up the interface is implemented.
  private static Type[] argumentsOf(Class<?> type) {
    final Type[] found = argumentsOf(type, new HashMap<>());
    if (found == null || found.length != 2) return null;
    for (int i = 0; i < found.length; ++i) {
      if (found[i] instanceof TypeVariable) found[i] = ((TypeVariable<?>) found[i]).getBounds()[0];
      if (found[i] == Object.class && isVariable(type)) return null;
    }
    return found;
  }

  private static boolean isVariable(Class<?> type) {
    return type.getTypeParameters().length > 0;
  }

  private static Type[] argumentsOf(Type type, Map<TypeVariable<?>, Type> known) {
    final Class<?> raw;
    if (type instanceof ParameterizedType) {
      final ParameterizedType full = (ParameterizedType) type;
      raw = (Class<?>) full.getRawType();
      final Type[] arguments = full.getActualTypeArguments();
      for (int i = 0; i < arguments.length; ++i) {
        arguments[i] = known.getOrDefault(asKey(arguments[i]), arguments[i]);
        known.put(raw.getTypeParameters()[i], arguments[i]);
      }
      if (raw == RequestHandler.class) return arguments;
    } else if (type instanceof Class) {
      raw = (Class<?>) type;
    } else {
      return null;
    }
    for (Type each : raw.getGenericInterfaces()) {
      final Type[] found = argumentsOf(each, known);
      if (found != null) return found;
    }
    return raw.getGenericSuperclass() == null ? null : argumentsOf(raw.getGenericSuperclass(), known);
  }

  private static TypeVariable<?> asKey(Type type) {
    return type instanceof TypeVariable ? (TypeVariable<?>) type : null;
  }

  private Handler ofMethod(Class<?> type, String name) {
    final Method[] candidates;
    try {
      candidates = type.getMethods();
    } catch (NoClassDefFoundError missing) {
      throw Fault.loading(
          "Error loading method " + name + " on class " + type.getName(), missing, Fault.Kind.OF_THE_CALL);
    }
    final Comparator<Method> bridgesLast = Comparator.comparing(Method::isBridge);
    return Stream.of(candidates)
        .filter(each -> each.getName().equals(name) && isSuitable(each.getGenericParameterTypes()))
        .min(bridgesLast.thenComparing(Handlers::weight, Comparator.reverseOrder()))
        .map(each -> ofMethod(type, each))
        .orElseThrow(
            () ->
                Fault.sentence(
                    "No public method named "
                        + name
                        + " with appropriate method signature found on class "
                        + type.getName()));
  }

  // Of several, the one with the most parameters; a context at the end counts twice.
  private static int weight(Method method) {
    final Class<?>[] types = method.getParameterTypes();
    return types.length + (types.length > 0 && types[types.length - 1] == Context.class ? 1 : 0);
  }

  // (), (I), (I, Context), (Context), and streams: (InputStream, OutputStream, Context) without any of them.
  private static boolean isSuitable(Type[] types) {
    final Type[] values = withoutContext(types);
    final boolean streams = Arrays.stream(values).anyMatch(Handlers::isStream);
    if (!streams) return values.length <= 1 && Arrays.stream(values).noneMatch(Context.class::equals);
    if (values.length == 1) return true;
    return values.length == 2 && values[0] == InputStream.class && values[1] == OutputStream.class;
  }

  private static Type[] withoutContext(Type[] types) {
    final boolean last = types.length > 0 && types[types.length - 1] == Context.class;
    return last ? Arrays.copyOf(types, types.length - 1) : types;
  }

  private static boolean isStream(Type type) {
    return type == InputStream.class || type == OutputStream.class;
  }

  private Handler ofMethod(Class<?> type, Method method) {
    final Object instance = Modifier.isStatic(method.getModifiers()) ? null : make(type);
    final Type[] types = method.getGenericParameterTypes();
    final Type[] values = withoutContext(types);
    if (Arrays.stream(values).anyMatch(Handlers::isStream)) {
      return (event, answer, context) -> {
        final InputStream in = new ByteArrayInputStream(event);
        final Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; ++i) {
          if (types[i] == InputStream.class) arguments[i] = in;
          else arguments[i] = types[i] == OutputStream.class ? answer : context;
        }
        invoke(method, instance, arguments);
      };
    }
    return ofValues(
        values.length == 0 ? null : values[0],
        method.getGenericReturnType(),
        (input, context) -> {
          final Object[] both = {input, context};
          if (types.length == 2) return invoke(method, instance, both);
          if (types.length == 0) return invoke(method, instance, new Object[0]);
          return invoke(method, instance, new Object[] {values.length == 0 ? context : input});
        });
  }

  private static Object invoke(Method method, Object instance, Object[] arguments) throws Throwable {
    try {
      return method.invoke(instance, arguments);
    } catch (InvocationTargetException failed) {
      throw failed.getCause() == null ? failed : failed.getCause();
    }
  }
}
