// The probe for virtual machines: each condition that can fail, and that nothing makes the choice accepted.
#include "sandbox/microvm.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;
using Verdict = MicrovmFinding::Verdict;

class Microvm : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "haneul-microvm-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    fs::permissions(directory_ / name, fs::perms(0755));
    return directory_ / name;
  }
  std::vector<MicrovmFinding> look(const std::string& kvm) {
    return look_for_microvm({kvm, directory_.string(), {(directory_ / "kernel").string()}});
  }

  fs::path directory_;
};

// An operator must be able to act on each reason; a condition must not pass for another.
TEST_F(Microvm, NamesWhatIsMissing) {
  const auto found = look(directory_ / "kvm");
  ASSERT_EQ(found.size(), 3u);
  for (const MicrovmFinding& each : found) EXPECT_EQ(each.verdict, Verdict::kFails) << each.text;
  EXPECT_THAT(found[0].text, HasSubstr("/kvm is missing"));
  EXPECT_THAT(found[1].text, StartsWith("no qemu-system-x86_64"));
  EXPECT_THAT(found[2].text, StartsWith("no kernel image"));
  EXPECT_THAT(look("/dev/null")[0].text, HasSubstr("does not speak KVM's API"));
}

// A program of that name is not enough: builds of QEMU leave machines out.
TEST_F(Microvm, AsksQemuForTheMachine) {
  file("qemu-system-x86_64", "#!/bin/sh\necho 'pc  Standard PC'\n");
  EXPECT_THAT(look("/dev/null")[1].text, HasSubstr("has no microvm machine"));
  file("qemu-system-x86_64", "#!/bin/sh\n[ \"$*\" = '-machine help' ] && echo 'microvm  microvm (i386)'\n");
  EXPECT_EQ(look("/dev/null")[1].verdict, Verdict::kHolds);
  file("kernel", "");
  EXPECT_EQ(look("/dev/null")[2].verdict, Verdict::kHolds);
}

// The device alone says nothing: machines have it and cannot run a guest.
TEST_F(Microvm, RunsAGuest) {
  if (access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/kvm to open here";
  const MicrovmFinding found = look("/dev/kvm")[0];
  if (found.verdict == Verdict::kFails) GTEST_SKIP() << found.text;
  EXPECT_EQ(found.text, "/dev/kvm runs a guest");
}

// Nobody may believe to be isolated by what is not there, least of all where every condition holds.
TEST_F(Microvm, IsAlwaysRefused) {
  const std::string text = refuse_microvm({{Verdict::kHolds, "kvm"}, {Verdict::kHolds, "qemu"}});
  EXPECT_THAT(text, StartsWith("--isolation microvm is refused: this build has no microVM tier"));
  EXPECT_THAT(text, HasSubstr("there     kvm"));
  EXPECT_THAT(refuse_microvm({{Verdict::kFails, "qemu"}}), HasSubstr("missing   qemu"));
}

}  // namespace
}  // namespace haneul::sandbox
