// What the implemented operations refuse, for the gap page.
#include <array>

#include "services/lambda/service.h"

namespace haneul::lambda {

std::span<const platform::FieldGap> field_gaps() {
  static constexpr auto kGaps = std::to_array<platform::FieldGap>({
      {"*", "VpcConfig", "NotImplemented",
       "functions reach the AWS endpoint of this server and nothing else"},
      {"*", "FileSystemConfigs", "NotImplemented", "there is no file system service"},
      {"*", "ImageConfig", "NotImplemented", "functions are zip archives"},
      {"CreateFunction", "PackageType=Image", "InvalidParameterValueException", "functions are zip archives"},
      {"CreateFunction", "Code.ImageUri", "InvalidParameterValueException", "functions are zip archives"},
      {"UpdateFunctionCode", "ImageUri", "InvalidParameterValueException", "functions are zip archives"},
      {"*", "KMSKeyArn", "NotImplemented", "there is no key service yet"},
      {"CreateFunction", "Code.SourceKMSKeyArn", "NotImplemented", "there is no key service yet"},
      {"UpdateFunctionCode", "SourceKMSKeyArn", "NotImplemented", "there is no key service yet"},
      {"*", "SnapStart of Java and .NET", "InvalidParameterValueException",
       "snapshots are memory images of processes with one thread, as Python's are (docs/adr/0011)"},
      {"*", "DeadLetterConfig.TargetArn", "NotImplemented", "there is no queue or topic service yet"},
      {"*", "DestinationConfig of queues, topics and buses", "NotImplemented",
       "functions and, on failure, buckets are the destinations there are"},
      {"*", "Architectures of another machine", "InvalidParameterValueException",
       "functions run on this machine"},
      {"*", "Runtime of dotnet and go", "InvalidParameterValueException",
       "the machine has Python, Node.js, Ruby, Java and custom runtimes"},
      {"CreateFunction", "CodeSigningConfigArn", "CodeSigningConfigNotFoundException", "code is not signed"},
      {"CreateFunction", "TenancyConfig", "NotImplemented", "environments belong to one account anyway"},
      {"*", "CapacityProviderConfig", "NotImplemented", "there are no managed instances"},
      {"*", "DurableConfig.KMSKeyArn", "NotImplemented", "there is no key service yet"},
      {"CheckpointDurableExecution", "Updates.ChainedInvokeOptions.TenantId", "NotImplemented",
       "environments belong to one account anyway"},
      {"*", "PublishTo", "NotImplemented", "there are no managed instances"},
      {"*", "S3ObjectStorageMode", "NotImplemented", "packages are always copied"},
      {"AddPermission", "EventSourceToken", "NotImplemented", "there is no Alexa"},
      {"AddPermission", "PrincipalOrgID", "NotImplemented", "there are no organizations"},
      {"AddLayerVersionPermission", "OrganizationId", "NotImplemented", "there are no organizations"},
      {"Invoke", "TenantId", "NotImplemented", "environments belong to one account anyway"},
      {"CreateEventSourceMapping", "EventSourceArn of Kafka, MQ and DocumentDB", "NotImplemented",
       "queues and streams are the sources there are"},
      {"CreateEventSourceMapping", "SelfManagedEventSource", "NotImplemented", "there is no Kafka"},
      {"CreateEventSourceMapping", "Topics", "NotImplemented", "there is no Kafka"},
      {"CreateEventSourceMapping", "Queues", "NotImplemented", "there are no message brokers"},
      {"*", "SourceAccessConfigurations", "NotImplemented", "there are no message brokers"},
      {"*", "AmazonManagedKafkaEventSourceConfig", "NotImplemented", "there is no Kafka"},
      {"*", "SelfManagedKafkaEventSourceConfig", "NotImplemented", "there is no Kafka"},
      {"*", "DocumentDBEventSourceConfig", "NotImplemented", "there is no DocumentDB"},
      {"*", "MetricsConfig", "NotImplemented", "there is no CloudWatch yet"},
      {"CreateEventSourceMapping", "LoggingConfig", "NotImplemented", "there is no Kafka"},
      {"UpdateEventSourceMapping", "LoggingConfig", "NotImplemented", "there is no Kafka"},
      {"*", "ProvisionedPollerConfig", "NotImplemented", "pollers scale by themselves"},
      {"ListFunctions", "MasterRegion of another region", "NotImplemented",
       "functions are not replicated to edges"},
  });
  return kGaps;
}

}  // namespace haneul::lambda
