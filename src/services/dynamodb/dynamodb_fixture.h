// DynamoDbFixture: the service over a memory store with a virtual clock, called with JSON as clients send it,
// for the unit tests.
#pragma once

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/task/manual_executor.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "model/binding.h"
#include "services/dynamodb/check.h"
#include "services/dynamodb/service.h"
#include "store/memory/memory_engine.h"

namespace haneul::dynamodb {

class DynamoDbFixture : public testing::Test {
 protected:
  explicit DynamoDbFixture(Throttling throttling = Throttling::kOff)
      : service({.db = *db, .jobs = jobs, .clock = clock, .random = random, .throttling = throttling}) {
    service.register_operations(table);
    jobs.start([this]() -> Executor& { return executor; });
  }
  void TearDown() override { EXPECT_EQ(check(*db), std::vector<std::string>()); }

  // The operation with this input, as the pipeline runs it after decoding; its answer as a document.
  Document call(const char* operation, std::string_view input) {
    return call_with(operation, parse_json(input));
  }
  Document call_with(const char* operation, const Document& input) {
    const platform::RegisteredOperation* found = table.find(op::PutItem::service(), operation);
    if (found == nullptr) throw std::logic_error(operation);
    const auto bound = found->bind_input(input);
    request_.service = found->service;
    request_.operation = found->model;
    request_.account = account;
    request_.region = Region("us-east-1");
    request_.now = clock.now();
    return settle(found->run(request_, bound.get()));
  }
  std::string refusal(const char* operation, std::string_view input) {
    return refusal_of(operation, parse_json(input));
  }
  std::string refusal_of(const char* operation, const Document& input) {
    try {
      call_with(operation, input);
    } catch (const model::ServiceError& error) {
      return std::string(error.shape().code) + ": " + error.message();
    }
    return "accepted";
  }
  // Lets jobs run for this long.
  void pass(Milliseconds time) { executor.advance(time); }

  AccountId account{"123456789012"};  // of who asks
  VirtualClock clock;
  SeededRandom random{7};
  ManualExecutor executor{clock};
  std::unique_ptr<store::Db> db = store::make_memory_db();
  platform::Jobs jobs{*db, clock, random};
  DynamoDbService service;
  platform::OperationTable table;

 private:
  platform::Request request_;
};

}  // namespace haneul::dynamodb
