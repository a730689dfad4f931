// What an ordinary user's launcher goes without: only what was named, and told in any case.
#include "sandbox/enforcement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/messages.h"

namespace haneul::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Unenforced> two() {
  return {{"memory", "the limit", "no groups"}, {"cpu", "the share", "no groups"}};
}

// A guarantee that nobody gave up must keep environments from starting.
TEST(Enforcement, RefusesWhatIsNotNamed) {
  SandboxCapabilities report;
  report_unenforced(report, two(), {"cpu", "freeze"});
  EXPECT_FALSE(report.usable());
  ASSERT_EQ(report.missing.size(), 1u);
  EXPECT_THAT(report.missing[0], HasSubstr("memory cannot be enforced"));
  ASSERT_EQ(report.unenforced.size(), 2u);
  EXPECT_FALSE(report.unenforced[0].is_accepted);
  EXPECT_TRUE(report.unenforced[1].is_accepted);
}

// The operator is told of what he gave up, or he believes to have it: it must come through to the server.
TEST(Enforcement, TellsWhatIsNamed) {
  Reply reply;
  reply.kind = Reply::Kind::kHello;
  report_unenforced(reply.capabilities, two(), {"cpu", "memory"});
  const SandboxCapabilities back = decode_reply(encode(reply)).capabilities;
  EXPECT_TRUE(back.usable());
  ASSERT_EQ(back.unenforced.size(), 2u);
  EXPECT_EQ(back.unenforced[0].word, "memory");
  EXPECT_EQ(back.unenforced[0].what, "the limit");
  EXPECT_EQ(back.unenforced[0].why, "no groups");
  EXPECT_TRUE(back.unenforced[0].is_accepted);
}

// Without any group of his own a user loses these four, and no other word may hide among them.
TEST(Enforcement, NamesWhatGroupsWouldDo) {
  const GroupsOfUser groups = make_groups_of_user(CgroupHost{}, "haneul-test");
  std::vector<std::string> words;
  for (const Unenforced& each : groups.unenforced) words.push_back(each.word);
  EXPECT_THAT(words, ElementsAre("memory", "cpu", "freeze", "accounting"));
  for (const std::string& word : words) EXPECT_THAT(enforcement_words(), testing::Contains(word));
}

// Ids are handed to containers by these lines; a wrong one would give an environment somebody else's.
TEST(Enforcement, ReadsRangesOfIds) {
  constexpr const char* kText = "# comment\nother:1:2\nme:100000:65536\n1000:7:8\nbroken:x:1\n";
  EXPECT_EQ(find_id_range(kText, "me", 5).first, 100000u);
  EXPECT_EQ(find_id_range(kText, "me", 5).count, 65536u);
  EXPECT_EQ(find_id_range(kText, "", 1000).first, 7u);
  EXPECT_EQ(find_id_range(kText, "", 5).count, 0u);
  EXPECT_EQ(find_id_range(kText, "broken", 5).count, 0u);
}

}  // namespace
}  // namespace haneul::sandbox
