// What virtual machines are made of: the kernel that is found and unpacked, the first file system.
#include "sandbox/guest_kit.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kDrivers[] = {
    "drivers/virtio/virtio_ring", "drivers/virtio/virtio",
    "drivers/virtio/virtio_mmio", "drivers/char/virtio_console",
    "net/core/failover",          "drivers/net/net_failover",
    "drivers/net/virtio_net",     "fs/netfs/netfs",
    "fs/fscache/fscache",         "net/9p/9pnet",
    "net/9p/9pnet_virtio",        "fs/9p/9p",
};

class GuestKitFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "haneul-kit-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    fs::create_directories(directory_ / "boot");
  }
  void TearDown() override { fs::remove_all(directory_); }

  void file(const fs::path& name, const std::string& text) {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  void kernel(const std::string& version, const std::string& without = "") {
    file("boot/vmlinuz-" + version, "kernel");
    for (const std::string name : kDrivers) {
      if (name != without) file("modules/" + version + "/kernel/" + name + ".ko", name);
    }
  }
  KernelSearch find() { return find_guest_kernel(directory_ / "boot", directory_ / "modules"); }

  fs::path directory_;
};

// Version 6.1.0-10 is later than 6.1.0-9, whatever the letters say.
TEST_F(GuestKitFiles, TakesTheNewestKernel) {
  EXPECT_THAT(find().why, HasSubstr("Debian: linux-image-amd64"));
  kernel("6.1.0-9-amd64");
  kernel("6.1.0-10-amd64");
  const KernelSearch search = find();
  EXPECT_EQ(search.kernel.image.filename(), "vmlinuz-6.1.0-10-amd64");
  EXPECT_EQ(search.kernel.modules.size(), std::size(kDrivers));
  EXPECT_EQ(search.why, "");
}

// A kernel for clouds boots and then has no file system to offer: it must be named, and an older one be
// taken.
TEST_F(GuestKitFiles, NeedsEveryDriver) {
  kernel("6.1.0-10-cloud-amd64", "fs/9p/9p");
  EXPECT_EQ(find().kernel.image, "");
  EXPECT_THAT(find().why, HasSubstr("has no fs/9p/9p.ko"));
  kernel("6.1.0-9-amd64");
  EXPECT_EQ(find().kernel.image.filename(), "vmlinuz-6.1.0-9-amd64");
}

// Kernels have drivers inside, or packed: the first is as good as a file, the second is not.
TEST_F(GuestKitFiles, KnowsDriversInsideTheKernel) {
  kernel("6.1", "drivers/virtio/virtio");
  file("modules/6.1/modules.builtin", "kernel/drivers/virtio/virtio.ko\n");
  EXPECT_EQ(find().kernel.modules.size(), std::size(kDrivers) - 1);
  fs::remove(directory_ / "modules/6.1/modules.builtin");
  file("modules/6.1/kernel/drivers/virtio/virtio.ko.xz", "");
  EXPECT_THAT(find().why, HasSubstr("compressed"));
}

// The kernel reads this format by itself; a directory must come before what it holds.
TEST(Initramfs, HasDirectoriesFirst) {
  const std::string bytes = make_initramfs({{"init", "program", 0755}, {"a/b/c", "x"}, {"dev/", {}}});
  EXPECT_TRUE(bytes.starts_with("070701"));
  const size_t a = bytes.find(std::string("a\0", 2));
  const size_t b = bytes.find(std::string("a/b\0", 4));
  const size_t c = bytes.find(std::string("a/b/c\0", 6));
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_NE(c, std::string::npos);
  EXPECT_NE(bytes.find(std::string("dev\0", 4)), std::string::npos);
  EXPECT_NE(bytes.find("TRAILER!!!"), std::string::npos);
  EXPECT_NE(bytes.find("000081ed"), std::string::npos);  // init may be executed
}

// A file that is no kernel, or ends too soon, must not become one.
TEST(GuestKernel, IsUnpackedOrRefused) {
  EXPECT_EQ(unpack_kernel("\x7f"
                          "ELF as it is"),
            "\x7f"
            "ELF as it is");
  EXPECT_THROW(unpack_kernel("short"), SandboxError);
  std::string image(0x400, '\0');
  EXPECT_THROW(unpack_kernel(image), SandboxError);
  image.replace(0x202, 4, "HdrS");
  image[0x248] = '\x10';
  image[0x24d] = '\x7f';
  EXPECT_THROW(unpack_kernel(image), SandboxError);
}

}  // namespace
}  // namespace haneul::sandbox
