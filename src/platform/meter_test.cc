#include "platform/meter.h"

#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "base/parse_error.h"

namespace haneul::platform {
namespace {

class MeterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "meter-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
  VirtualClock clock;

  void use(double amount) {
    FactBus bus;
    Meter meter(folder, clock);
    meter.subscribe(bus);
    bus.publish(UsageFact{clock.now(), AccountId("123456789012"), Region("us-east-1"), "lambda", "arn:f",
                          "GB-ms", amount});
  }
};

// What was metered before a restart must be on the bill together with what came after it.
TEST_F(MeterTest, AddsUpOverRestarts) {
  use(100);
  use(20.5);
  const Usage usage = load_usage(folder, "2023-11");
  ASSERT_EQ(usage.size(), 1u);
  EXPECT_DOUBLE_EQ(usage.begin()->second, 120.5);
  EXPECT_EQ(usage.begin()->first.resource, "arn:f");
}

// A bucket of a million objects, or a caller who invents names, must not make a million rows of the meter.
TEST_F(MeterTest, NamesBucketsAndGroupsAndNothingThatFailed) {
  {
    FactBus bus;
    Meter meter(folder, clock);
    meter.subscribe(bus);
    RequestFact fact;
    fact.at = clock.now();
    fact.account = AccountId("123456789012");
    fact.service = "s3";
    fact.operation = "PutObject";
    fact.status = 200;
    for (const char* key : {"a", "b/c"}) {
      fact.resource = std::string("arn:aws:s3:::bucket/") + key;
      bus.publish(fact);
    }
    fact.status = 404;
    fact.resource = "arn:aws:s3:::invented";
    bus.publish(fact);
    fact.service = "logs";
    fact.status = 200;
    fact.resource = "arn:aws:logs:us-east-1:123456789012:log-group:/g:log-stream:s";
    bus.publish(fact);
  }
  std::map<std::string, double> counts;
  for (const auto& [key, amount] : load_usage(folder, "2023-11")) counts[key.resource] += amount;
  const std::map<std::string, double> expected{
      {"", 1}, {"arn:aws:s3:::bucket", 2}, {"arn:aws:logs:us-east-1:123456789012:log-group:/g", 1}};
  EXPECT_EQ(counts, expected);
}

// Two rows of one unit are priced by operation: a cheap read must not cost what a write does.
TEST(Prices, ChooseByOperation) {
  const PriceTable table = parse_prices(R"({"currency": "USD", "prices": [
    {"service": "s3", "unit": "requests", "operations": ["PutObject"], "per": 1000, "price": 0.005},
    {"service": "s3", "unit": "requests", "operations": ["GetObject"], "per": 1000, "price": 0.0004}]})");
  EXPECT_DOUBLE_EQ(cost_of(table, {"", "", "s3", "", "requests", "PutObject"}, 2000), 0.01);
  EXPECT_DOUBLE_EQ(cost_of(table, {"", "", "s3", "", "requests", "GetObject"}, 1000), 0.0004);
  EXPECT_DOUBLE_EQ(cost_of(table, {"", "", "s3", "", "requests", "DeleteObject"}, 1000), 0);
}

// A table that divides by zero or lacks a price must be refused when it is read, not when the bill is made.
TEST(Prices, RefuseNonsense) {
  EXPECT_THROW(parse_prices(R"({"prices": [{"service": "s3", "unit": "x", "per": 0, "price": 1}]})"),
               ParseError);
  EXPECT_THROW(parse_prices(R"({"prices": [{"service": "s3", "unit": "x", "per": 1}]})"), ParseError);
  EXPECT_THROW(parse_prices("{}"), ParseError);
}

}  // namespace
}  // namespace haneul::platform
