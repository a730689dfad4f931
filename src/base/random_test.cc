#include "base/random.h"

#include <set>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace haneul {
namespace {

// Bytes are drawn ahead: none may be handed out twice, in pieces of any size.
TEST(SystemRandom, GivesNothingTwice) {
  SystemRandom random;
  std::set<std::string> seen;
  for (size_t i = 0; i < 2000; ++i) {
    const std::string drawn = random.bytes(16 + i % 40);
    EXPECT_TRUE(seen.insert(drawn.substr(0, 16)).second);
  }
  EXPECT_EQ(random.bytes(100'000).size(), 100'000U);
}

// A process that is forked off would draw its parent's ids and keys if it went on with the same bytes.
TEST(SystemRandom, GivesForkedProcessesTheirOwn) {
  SystemRandom random;
  random.bytes(16);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string drawn = random.bytes(32);
    ::_exit(::write(ends[1], drawn.data(), drawn.size()) == 32 ? 0 : 1);
  }
  std::string theirs(32, '\0');
  ASSERT_EQ(::read(ends[0], theirs.data(), theirs.size()), 32);
  EXPECT_NE(random.bytes(32), theirs);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace haneul
