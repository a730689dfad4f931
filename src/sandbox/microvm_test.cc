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
  MicrovmPlaces places(const std::string& kvm) {
    return {kvm, directory_.string(), directory_ / "boot", directory_ / "modules", directory_ / "guest"};
  }
  std::vector<MicrovmFinding> look(const std::string& kvm) {
    return look_for_microvm(places(kvm), Accelerator::kKvm);
  }

  fs::path directory_;
};

// An operator must be able to act on each reason; a condition must not pass for another.
TEST_F(Microvm, NamesWhatIsMissing) {
  const auto found = look(directory_ / "kvm");
  ASSERT_EQ(found.size(), 5u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(found[i].verdict, Verdict::kFails) << found[i].text;
  EXPECT_THAT(found[0].text, HasSubstr("/kvm is missing"));
  EXPECT_THAT(found[1].text, HasSubstr("Debian: qemu-system-x86"));
  EXPECT_THAT(found[2].text, HasSubstr("Debian: linux-image-amd64"));
  EXPECT_THAT(found[3].text, StartsWith("no program for the guest"));
  EXPECT_THAT(look("/dev/null")[0].text, HasSubstr("does not speak KVM's API"));
  EXPECT_EQ(look_for_microvm(places("/dev/null"), Accelerator::kEmulation).size(), 4u);
}

// A program of that name is not enough: builds of QEMU leave machines out, and environments see /usr only.
TEST_F(Microvm, AsksQemuForTheMachine) {
  file("qemu-system-x86_64", "#!/bin/sh\necho 'pc  Standard PC'\n");
  EXPECT_THAT(look("/dev/null")[1].text, HasSubstr("has no microvm machine"));
  file("qemu-system-x86_64", "#!/bin/sh\n[ \"$*\" = '-machine help' ] && echo 'microvm  microvm (i386)'\n");
  EXPECT_THAT(look("/dev/null")[1].text, HasSubstr("is not below /usr"));
  file("guest", "");
  EXPECT_EQ(look("/dev/null")[3].verdict, Verdict::kHolds);
}

// The device alone says nothing: machines have it and cannot run a guest.
TEST_F(Microvm, RunsAGuest) {
  if (access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/kvm to open here";
  const MicrovmFinding found = look("/dev/kvm")[0];
  if (found.verdict == Verdict::kFails) GTEST_SKIP() << found.text;
  EXPECT_EQ(found.text, "/dev/kvm runs a guest");
}

// Nobody may believe to be isolated by what is not there; and nothing may be left behind that was made for
// it.
TEST_F(Microvm, RefusesAndLeavesNothing) {
  EXPECT_THROW(prepare_microvm(places(directory_ / "kvm"), Accelerator::kKvm, directory_ / "data/microvm"),
               SandboxError);
  EXPECT_FALSE(fs::exists(directory_ / "data"));
  const std::string text = refuse_microvm({{Verdict::kHolds, "kvm"}, {Verdict::kFails, "qemu"}});
  EXPECT_THAT(text, HasSubstr("refused"));
  EXPECT_THAT(text, HasSubstr("there     kvm"));
  EXPECT_THAT(text, HasSubstr("missing   qemu"));
}

}  // namespace
}  // namespace haneul::sandbox
