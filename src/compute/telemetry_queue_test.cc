// The bounds of a subscriber's buffer: they decide what a hostile function can make the server hold.
#include "compute/telemetry_queue.h"

#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

TelemetryQueue::Record record(size_t bytes) { return std::make_shared<const std::string>(bytes, 'x'); }

// Too many items, then too many bytes: the newest are dropped and counted, the oldest stay in their order.
TEST(TelemetryQueue, DropsAndCounts) {
  TelemetryQueue items(3, 1'000);
  for (size_t i = 1; i <= 5; ++i) items.add(record(i));
  EXPECT_TRUE(items.is_full());
  const TelemetryQueue::Batch first = items.take();
  ASSERT_EQ(first.records.size(), 3u);
  EXPECT_EQ(first.records[0]->size(), 1u);
  EXPECT_EQ(first.dropped_records, 2u);
  EXPECT_EQ(first.dropped_bytes, 9u);
  EXPECT_TRUE(items.empty());
  TelemetryQueue bytes(100, 10);
  for (int i = 0; i < 4; ++i) bytes.add(record(6));
  EXPECT_EQ(bytes.take().dropped_records, 2u);
  bytes.add(record(1));
  EXPECT_FALSE(bytes.is_full());
  EXPECT_EQ(bytes.take().dropped_records, 0u);
}

}  // namespace
}  // namespace haneul::compute
