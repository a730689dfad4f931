// What environments are charged, before and after their use is known.
#include "compute/memory_ledger.h"

#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

constexpr uint64_t kMib = 1024;  // in KiB

FunctionImage image(uint32_t memory_mb) {
  FunctionImage made;
  made.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  made.version = "$LATEST";
  made.memory_mb = memory_mb;
  return made;
}

// Nobody knows yet: a part of the memory size, never more than all of it and never less than an interpreter.
TEST(MemoryLedger, GuessesFromTheMemorySize) {
  const MemoryLedger ledger({.total_kib = 1000 * kMib});
  EXPECT_EQ(ledger.expect(image(2048)), 512 * kMib);
  EXPECT_EQ(ledger.expect(image(128)), 32 * kMib);
}

// The highest peak counts, with a margin, and the limit bounds it: no environment can use more.
TEST(MemoryLedger, LearnsFromPeaks) {
  MemoryLedger ledger({.total_kib = 1000 * kMib});
  ledger.learn(image(128), 16 * kMib);
  ledger.learn(image(128), 8 * kMib);
  EXPECT_EQ(ledger.expect(image(128)), 18 * kMib);
  ledger.learn(image(128), 127 * kMib);
  EXPECT_EQ(ledger.expect(image(128)), 128 * kMib);
  FunctionImage other = image(128);
  other.version = "1";
  EXPECT_EQ(ledger.expect(other), 32 * kMib);
}

// Charges are bounded by the total to the last KiB.
TEST(MemoryLedger, BoundsTheSum) {
  MemoryLedger ledger({.total_kib = 100});
  ledger.charge(60);
  EXPECT_TRUE(ledger.fits(40));
  EXPECT_FALSE(ledger.fits(41));
  ledger.recharge(60, 10);
  EXPECT_TRUE(ledger.fits(90));
  EXPECT_EQ(ledger.charged_kib(), 10u);
}

// Charges may be too low: what the machine has left decides as well, and the reserve is nobody's.
TEST(MemoryLedger, AsksTheMachine) {
  const MemoryLedger ledger({.total_kib = 1000, .reserve_kib = 50, .machine_available = [] { return 80; }});
  EXPECT_TRUE(ledger.machine_has(30));
  EXPECT_FALSE(ledger.machine_has(31));
  EXPECT_TRUE(MemoryLedger({.total_kib = 1}).machine_has(1000));
  EXPECT_GT(machine_available_kib(), 1024u);
}

}  // namespace
}  // namespace haneul::compute
