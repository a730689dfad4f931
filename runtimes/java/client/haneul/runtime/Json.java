package haneul.runtime;

import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Type;
import java.util.Iterator;
import java.util.ServiceLoader;

/**
 * Between JSON and the types of a handler, with the leniency that AWS's client has. A function's own copy of
 * Jackson, and its annotations, mean nothing here, as on AWS.
 */
final class Json {
  private static final String EVENTS = "com.amazonaws.services.lambda.runtime.events.";

  private Json() {}

  private static final class Plain {
    static final JsonMapper MAPPER = build();

    private static JsonMapper build() {
      final JsonFactory factory =
          JsonFactory.builder()
              .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
              .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
              .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
              .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
              .build();
      factory.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
      factory.enable(JsonGenerator.Feature.IGNORE_UNKNOWN);
      factory.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      return JsonMapper.builder(factory)
          .enable(MapperFeature.USE_STD_BEAN_NAMING)
          .disable(MapperFeature.AUTO_DETECT_CREATORS, MapperFeature.INFER_PROPERTY_MUTATORS)
          .disable(MapperFeature.USE_GETTERS_AS_SETTERS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS, SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
          .enable(DeserializationFeature.ACCEPT_EMPTY_ARRAY_AS_NULL_OBJECT)
          .enable(DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
          .enable(DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();
    }
  }

  static JsonMapper plain() {
    return Plain.MAPPER;
  }

  /** How values of one type are read and written. */
  interface Codec {
    Object read(InputStream from) throws IOException;

    void write(Object value, OutputStream to) throws IOException;
  }

  static Codec codec(Type type, ClassLoader function) {
    final CustomPojoSerializer own = ownSerializer(function);
    if (own != null) return new OwnCodec(own, type);
    final boolean isEvent = type.getTypeName().startsWith(EVENTS);
    final ObjectMapper mapper = isEvent ? Events.mapper(plain()) : plain();
    return new Codec() {
      private final com.fasterxml.jackson.databind.JavaType known = mapper.constructType(type);

      @Override
      public Object read(InputStream from) throws IOException {
        return mapper.readerFor(known).readValue(from);
      }

      @Override
      public void write(Object value, OutputStream to) throws IOException {
        mapper.writerFor(known).writeValue(to, value);
      }
    };
  }

  private static CustomPojoSerializer ownSerializer(ClassLoader function) {
    final Iterator<CustomPojoSerializer> found =
        ServiceLoader.load(CustomPojoSerializer.class, function).iterator();
    if (!found.hasNext()) return null;
    final CustomPojoSerializer first = found.next();
    if (found.hasNext()) {
      throw Fault.sentence("Too many serializers provided on the CLASSPATH, expected at most one");
    }
    return first;
  }

  private static final class OwnCodec implements Codec {
    private final CustomPojoSerializer serializer;
    private final Type type;

    OwnCodec(CustomPojoSerializer serializer, Type type) {
      this.serializer = serializer;
      this.type = type;
    }

    @Override
    public Object read(InputStream from) {
      return serializer.fromJson(from, type);
    }

    @Override
    public void write(Object value, OutputStream to) {
      serializer.toJson(value, to, type);
    }
  }
}
