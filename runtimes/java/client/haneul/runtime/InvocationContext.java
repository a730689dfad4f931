package haneul.runtime;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The context of one invocation: https://docs.aws.amazon.com/lambda/latest/dg/java-context.html */
final class InvocationContext implements Context {
  private final Map<String, String> headers;
  private final LambdaLogger logger;
  private final CognitoIdentity identity;
  private final ClientContext client;

  InvocationContext(Map<String, String> headers, LambdaLogger logger) throws IOException {
    this.headers = headers;
    this.logger = logger;
    final JsonNode who = parse("lambda-runtime-cognito-identity");
    identity = who == null ? null : new Identity(who);
    final JsonNode sent = parse("lambda-runtime-client-context");
    client = sent == null ? null : new Sent(sent);
  }

  private JsonNode parse(String header) throws IOException {
    final String value = headers.get(header);
    return value == null || value.isEmpty() ? null : Json.plain().readTree(value);
  }

  private static String text(JsonNode from, String name) {
    final JsonNode value = from.get(name);
    return value == null || value.isNull() ? null : value.asText();
  }

  private static Map<String, String> texts(JsonNode from) {
    if (from == null || !from.isObject()) return Collections.emptyMap();
    final Map<String, String> out = new HashMap<>();
    from.fields().forEachRemaining(each -> out.put(each.getKey(), each.getValue().asText()));
    return out;
  }

  @Override
  public String getAwsRequestId() {
    return headers.get("lambda-runtime-aws-request-id");
  }

  @Override
  public String getLogGroupName() {
    return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
  }

  @Override
  public String getLogStreamName() {
    return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
  }

  @Override
  public String getFunctionName() {
    return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
  }

  @Override
  public String getFunctionVersion() {
    return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
  }

  @Override
  public String getInvokedFunctionArn() {
    return headers.get("lambda-runtime-invoked-function-arn");
  }

  @Override
  public CognitoIdentity getIdentity() {
    return identity;
  }

  @Override
  public ClientContext getClientContext() {
    return client;
  }

  @Override
  public int getRemainingTimeInMillis() {
    final long deadline = Long.parseLong(headers.getOrDefault("lambda-runtime-deadline-ms", "0"));
    return (int) Math.max(deadline - System.currentTimeMillis(), 0);
  }

  @Override
  public int getMemoryLimitInMB() {
    return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
  }

  @Override
  public LambdaLogger getLogger() {
    return logger;
  }

  @Override
  public String getTenantId() {
    return headers.get("lambda-runtime-aws-tenant-id");
  }

  @Override
  public String getXrayTraceId() {
    return headers.get("lambda-runtime-trace-id");
  }

  private static final class Identity implements CognitoIdentity {
    private final String id;
    private final String pool;

    Identity(JsonNode who) {
      id = text(who, "cognitoIdentityId");
      pool = text(who, "cognitoIdentityPoolId");
    }

    @Override
    public String getIdentityId() {
      return id;
    }

    @Override
    public String getIdentityPoolId() {
      return pool;
    }
  }

  private static final class Sent implements ClientContext, Client {
    private final JsonNode all;

    Sent(JsonNode all) {
      this.all = all;
    }

    @Override
    public Client getClient() {
      return all.path("client").isObject() ? this : null;
    }

    @Override
    public Map<String, String> getCustom() {
      return texts(all.get("custom"));
    }

    @Override
    public Map<String, String> getEnvironment() {
      return texts(all.get("env"));
    }

    @Override
    public String getInstallationId() {
      return text(all.path("client"), "installation_id");
    }

    @Override
    public String getAppTitle() {
      return text(all.path("client"), "app_title");
    }

    @Override
    public String getAppVersionName() {
      return text(all.path("client"), "app_version_name");
    }

    @Override
    public String getAppVersionCode() {
      return text(all.path("client"), "app_version_code");
    }

    @Override
    public String getAppPackageName() {
      return text(all.path("client"), "app_package_name");
    }
  }
}
