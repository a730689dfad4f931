#include "platform/meter.h"

#include <cstdlib>

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
