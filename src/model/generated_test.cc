#include <set>

#include <gtest/gtest.h>

#include "gen/lambda/errors.h"
#include "gen/lambda/operations.h"
#include "gen/logs/operations.h"
#include "gen/models.h"
#include "gen/s3/errors.h"
#include "gen/s3/operations.h"
#include "gen/sqs/errors.h"
#include "gen/sqs/operations.h"
#include "gen/sqs/schema.h"
#include "model/pattern_cache.h"

namespace haneul::model {
namespace {

void collect(const Shape* shape, std::set<const Shape*>& out) {
  if (shape == nullptr || !out.insert(shape).second) return;
  collect(shape->element, out);
  collect(shape->key, out);
  for (const Member& member : shape->members) collect(member.shape, out);
}

std::set<const Shape*> shapes_of(const ServiceModel& service) {
  std::set<const Shape*> out;
  for (const OperationModel* operation : service.operations) {
    collect(operation->input, out);
    collect(operation->output, out);
  }
  return out;
}

// A pattern that RE2 refuses would end the process on the first request that meets it.
TEST(Generated, PatternsCompile) {
  for (const ServiceModel* service : service_models()) {
    for (const Shape* shape : shapes_of(*service)) {
      const std::string_view pattern = shape->pattern_re2.empty() ? shape->pattern : shape->pattern_re2;
      EXPECT_TRUE(is_valid_pattern(pattern)) << service->name << " " << shape->name << " " << pattern;
    }
  }
}

// Binding follows ops and offsets; a shape of an operation without them would end the process.
TEST(Generated, EveryOperationCanBeBound) {
  for (const ServiceModel* service : service_models()) {
    for (const Shape* shape : shapes_of(*service)) {
      for (const Member& member : shape->members) {
        if (member.streaming || shape->ops == nullptr) continue;
        EXPECT_NE(member.shape->ops, nullptr) << service->name << " " << shape->name << "." << member.name;
      }
    }
    for (const OperationModel* operation : service->operations) {
      if (operation->input != nullptr) EXPECT_NE(operation->input->ops, nullptr) << operation->name;
      if (operation->output != nullptr) EXPECT_NE(operation->output->ops, nullptr) << operation->name;
    }
  }
}

// The gap page and the front door see services through this list; one that is missing there does not exist.
TEST(Generated, ListsEveryService) {
  std::set<std::string_view> names;
  for (const ServiceModel* service : service_models()) names.insert(service->name);
  EXPECT_EQ(names.size(), 9u);
  EXPECT_TRUE(names.contains("lambda"));
}

// Requests are routed by these facts; each protocol finds its own.
TEST(Generated, StatesHowServicesAreAddressed) {
  for (const ServiceModel* service : service_models()) {
    ASSERT_FALSE(service->protocols.empty()) << service->name;
    EXPECT_FALSE(service->operations.empty()) << service->name;
    EXPECT_FALSE(service->signing_name.empty()) << service->name;
    const Protocol first = service->protocols.front();
    const bool by_target = first == Protocol::kJson10 || first == Protocol::kJson11;
    EXPECT_EQ(service->target_prefix.empty(), !by_target) << service->name;
    std::set<std::string_view> names;
    for (const OperationModel* operation : service->operations) {
      EXPECT_TRUE(names.insert(operation->name).second) << operation->name;
      for (const Member& member : operation->input ? operation->input->members : std::span<const Member>()) {
        if (member.location != Location::kUri) continue;
        const std::string_view label = member.wire_name.empty() ? member.name : member.wire_name;
        EXPECT_NE(operation->http_path.find("{" + std::string(label)), std::string_view::npos)
            << operation->name << " " << member.name;
      }
    }
  }
}

// SDKs choose the exception class by these codes: json clients see the shape, query clients the historic
// code.
TEST(Generated, ErrorsCarryTheirCodes) {
  const sqs::QueueDoesNotExist gone("no such queue");
  EXPECT_EQ(gone.shape().code, "QueueDoesNotExist");
  EXPECT_EQ(gone.shape().query_code, "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_TRUE(sqs::service_model().query_compatible);
  EXPECT_EQ(lambda::ResourceNotFoundException("x").shape().status, 404);
  EXPECT_EQ(lambda::ServiceException("x").shape().sender_fault, false);
}

const Member* find_member(const Shape* shape, std::string_view name) {
  for (const Member& member : shape->members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

// SDKs of today send what the older of the two sources does not know; losing the merge would refuse their
// requests.
TEST(Generated, KnowsTheNewestMembers) {
  const Shape* put = s3::op::PutObject::model().input;
  ASSERT_NE(find_member(put, "IfNoneMatch"), nullptr);
  EXPECT_EQ(find_member(put, "IfNoneMatch")->location, Location::kHeader);
  ASSERT_NE(find_member(put, "ChecksumCRC64NVME"), nullptr);
  EXPECT_EQ(find_member(put, "ChecksumCRC64NVME")->wire_name, "x-amz-checksum-crc64nvme");
  EXPECT_EQ(s3::checksum_algorithm::kCrc64nvme, "CRC64NVME");
  EXPECT_EQ(lambda::runtime::kPython313, "python3.13");
  // A log group may be named by identifier instead: the name is no longer required.
  EXPECT_FALSE(find_member(logs::op::FilterLogEvents::model().input, "logGroupName")->required);
}

// S3 names the roots of its answers after neither operation nor shape; XML readers insist on them.
TEST(Generated, KnowsXmlRoots) {
  EXPECT_EQ(s3::op::ListBuckets::model().output->xml_name, "ListAllMyBucketsResult");
  EXPECT_EQ(s3::op::ListObjectsV2::model().output->xml_name, "ListBucketResult");
  EXPECT_TRUE(s3::op::GetBucketLocation::model().unwrapped_output);
}

// SQS has names of its own on the query side; its JSON side uses the members' names.
TEST(Generated, SeparatesQueryNamesFromJsonNames) {
  const Member* messages = find_member(sqs::op::ReceiveMessage::model().output, "Messages");
  ASSERT_NE(messages, nullptr);
  EXPECT_EQ(messages->wire_name, "");
  EXPECT_EQ(messages->shape->element_wire_name, "Message");
  EXPECT_TRUE(messages->flattened);
  EXPECT_EQ(find_member(sqs::op::SendMessage::model().input, "MessageAttributes")->query_name,
            "MessageAttribute");
}

// Constants are how operations compare enum values; their spelling is the wire's.
TEST(Generated, EnumConstantsAreWireValues) {
  EXPECT_EQ(lambda::runtime::kPython39, "python3.9");
  EXPECT_EQ(lambda::invocation_type::kRequestResponse, "RequestResponse");
}

}  // namespace
}  // namespace haneul::model
