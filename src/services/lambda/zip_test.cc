#include "services/lambda/zip.h"

#include <fstream>

#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

namespace fs = std::filesystem;
using test::make_zip;

ZipFault fault_of(const std::string& zip, const ZipLimits& limits = {}) {
  const auto contents = check_zip(zip, limits);
  EXPECT_FALSE(contents.has_value());
  return contents ? ZipFault::kBroken : contents.error().fault;
}

class UnpackTest : public testing::Test {
 protected:
  UnpackTest() {
    std::string name = (fs::temp_directory_path() / "haneul-zip-XXXXXX").string();
    root = ::mkdtemp(name.data());
  }
  ~UnpackTest() override { fs::remove_all(root); }
  fs::path root;
};

// Functions find their files as they packed them, and may run what they packed as a program.
TEST_F(UnpackTest, KeepsFilesModesAndLinks) {
  const auto contents = unpack_zip(make_zip({{"app.py", "print()"},
                                             {"bin/tool", "#!", 0755},
                                             {"secret", "s", 0600},
                                             {"lib/link", "../bin/tool", 0777, AE_IFLNK}}),
                                   root);
  ASSERT_TRUE(contents.has_value()) << contents.error().detail;
  EXPECT_EQ(contents->bytes, 10u);
  const auto mode = [&](const char* name) {
    return static_cast<int>(fs::status(root / name).permissions()) & 0777;
  };
  EXPECT_EQ(mode("app.py"), 0644);
  EXPECT_EQ(mode("bin/tool"), 0755);
  EXPECT_EQ(mode("secret"), 0644);  // the sandbox's user reads it
  EXPECT_EQ(mode("bin"), 0755);
  EXPECT_EQ(fs::read_symlink(root / "lib/link"), "../bin/tool");
}

// A package must not write outside its tree, whatever its names say.
TEST(Zip, RefusesNamesThatLeaveTheTree) {
  EXPECT_EQ(fault_of(make_zip({{"../evil", "x"}})), ZipFault::kUnsafe);
  EXPECT_EQ(fault_of(make_zip({{"a/../../evil", "x"}})), ZipFault::kUnsafe);
  EXPECT_EQ(fault_of(make_zip({{"/etc/evil", "x"}})), ZipFault::kUnsafe);
  EXPECT_EQ(fault_of(make_zip({{std::string(300, 'a'), "x"}})), ZipFault::kUnsafe);
  EXPECT_TRUE(check_zip(make_zip({{"./a//b/./c", "x"}})).has_value());
}

// Links could lead writers and readers outside, also over several steps.
TEST(Zip, RefusesLinksThatLeadOutside) {
  for (const char* to : {"/etc/passwd", "../x", "a/../../x", "x/../y", ""})
    EXPECT_FALSE(is_safe_link("l", to)) << to;
  EXPECT_FALSE(is_safe_link("a/b/l", "../../../x"));
  EXPECT_TRUE(is_safe_link("a/b/l", "../../x"));
  EXPECT_TRUE(is_safe_link("l", "x/y"));
  EXPECT_EQ(fault_of(make_zip({{"l", "/etc", 0777, AE_IFLNK}})), ZipFault::kUnsafe);
  // A file below a link would be written where the link leads.
  EXPECT_EQ(fault_of(make_zip({{"d", "x", 0777, AE_IFLNK}, {"d/f", "y"}})), ZipFault::kUnsafe);
}

// Two entries of one name: which one is meant is open, so neither.
TEST(Zip, RefusesRepeatedNames) {
  EXPECT_EQ(fault_of(make_zip({{"a", "1"}, {"a", "2"}})), ZipFault::kUnsafe);
  EXPECT_EQ(fault_of(make_zip({{"a", "1"}, {"a/b", "2"}})), ZipFault::kUnsafe);
}

// A bomb must end when the limit is passed, not when the disk is full.
TEST(Zip, StopsAtItsLimits) {
  const std::string large = make_zip({{"zeros", std::string(1 << 20, '\0')}});
  EXPECT_LT(large.size(), 20'000u);
  EXPECT_EQ(fault_of(large, {.bytes_max = 1000, .entries_max = 10}), ZipFault::kTooLarge);
  EXPECT_EQ(fault_of(make_zip({{"a", ""}, {"b", ""}, {"c", ""}}), {.bytes_max = 1000, .entries_max = 2}),
            ZipFault::kTooMany);
}

// What is no archive, or one cut in the middle, must not be half a function.
TEST(Zip, RefusesWhatIsNoArchive) {
  EXPECT_EQ(fault_of("no zip at all"), ZipFault::kBroken);
  EXPECT_EQ(fault_of(""), ZipFault::kBroken);
  const std::string whole = make_zip({{"a", std::string(1000, 'a')}});
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() - 30)), ZipFault::kBroken);
}

// The file in a fresh tree is the only thing a failed unpacking may leave behind for the caller to remove.
TEST_F(UnpackTest, WritesNothingOutsideOnFailure) {
  EXPECT_FALSE(unpack_zip(make_zip({{"good", "x"}, {"../evil", "x"}}), root).has_value());
  EXPECT_FALSE(fs::exists(root.parent_path() / "evil"));
}

}  // namespace
}  // namespace haneul::lambda
