package haneul.runtime;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.deser.Deserializers;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.deser.ValueInstantiators;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.Date;
import java.util.Iterator;
import java.util.Locale;

/**
 * Reads the event classes of AWS's library (com.amazonaws.services.lambda.runtime.events), which a function
 * brings along. They differ from ordinary beans: their names in JSON are those of the services ("Records",
 * "detail-type"), some have no default constructor, times are seconds or Joda-Time's.
 */
final class Events {
  private Events() {}

  static ObjectMapper mapper(JsonMapper plain) {
    final ObjectMapper mapper =
        plain.rebuild().enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES).build();
    mapper.setVisibility(PropertyAccessor.FIELD, Visibility.ANY);
    mapper.registerModule(
        new SimpleModule("haneul-events") {
          private static final long serialVersionUID = 1;

          @Override
          public void setupModule(SetupContext context) {
            super.setupModule(context);
            context.addDeserializers(new Times());
            context.addValueInstantiators(new Makers());
          }
        });
    mapper.addHandler(new ServiceNames());
    return mapper;
  }

  /** Finds "detail-type" where the class says detailType. */
  private static final class ServiceNames extends DeserializationProblemHandler {
    @Override
    public boolean handleUnknownProperty(
        DeserializationContext context, JsonParser parser, JsonDeserializer<?> of, Object bean, String name)
        throws IOException {
      if (!(of instanceof BeanDeserializerBase)) return false;
      final String wanted = bare(name);
      final Iterator<SettableBeanProperty> properties = ((BeanDeserializerBase) of).properties();
      while (properties.hasNext()) {
        final SettableBeanProperty property = properties.next();
        if (!bare(property.getName()).equals(wanted)) continue;
        property.deserializeAndSet(parser, context, bean);
        return true;
      }
      return false;
    }

    private static String bare(String name) {
      return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }
  }

  private static final class Times extends Deserializers.Base {
    @Override
    public JsonDeserializer<?> findBeanDeserializer(
        JavaType type, DeserializationConfig config, BeanDescription bean) {
      final Class<?> raw = type.getRawClass();
      if (raw == Date.class) return new SecondsOrText();
      return raw.getName().equals("org.joda.time.DateTime") ? new Joda(raw) : null;
    }
  }

  /** Kinesis and DynamoDB write seconds, with a fraction or without. */
  private static final class SecondsOrText extends JsonDeserializer<Date> {
    private static final double MILLIS = 1000;

    @Override
    public Date deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_STRING) return context.parseDate(parser.getText());
      return new Date(Math.round(parser.getDoubleValue() * MILLIS));
    }
  }

  private static final class Joda extends JsonDeserializer<Object> {
    private final Class<?> type;

    Joda(Class<?> type) {
      this.type = type;
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      try {
        final Class<?> zone = type.getClassLoader().loadClass("org.joda.time.DateTimeZone");
        final Object utc = zone.getField("UTC").get(null);
        final Constructor<?> maker = type.getConstructor(Object.class, zone);
        return maker.newInstance(parser.getText(), utc);
      } catch (ReflectiveOperationException unusable) {
        return context.handleInstantiationProblem(type, parser.getText(), unusable);
      }
    }
  }

  /** Classes without a default constructor are made without one; their fields are set all the same. */
  private static final class Makers extends ValueInstantiators.Base {
    @Override
    public ValueInstantiator findValueInstantiator(
        DeserializationConfig config, BeanDescription bean, ValueInstantiator usual) {
      return usual.canCreateUsingDefault() || bean.getType().isAbstract() ? usual : new Bare(bean.getType());
    }
  }

  private static final class Bare extends ValueInstantiator.Base {
    private static final long serialVersionUID = 1;

    private final Class<?> type;

    Bare(JavaType type) {
      super(type);
      this.type = type.getRawClass();
    }

    @Override
    public boolean canInstantiate() {
      return true;
    }

    @Override
    public boolean canCreateUsingDefault() {
      return true;
    }

    @Override
    public Object createUsingDefault(DeserializationContext context) throws IOException {
      try {
        final Class<?> unsafe = Class.forName("sun.misc.Unsafe");
        final Field instance = unsafe.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        return unsafe.getMethod("allocateInstance", Class.class).invoke(instance.get(null), type);
      } catch (ReflectiveOperationException unusable) {
        return context.handleInstantiationProblem(type, null, unusable);
      }
    }
  }
}
