// What an environment sends as its image is its own word: it must not cost more than its bounds, and half of
// it must never pass for the whole.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "aws/digest.h"
#include "base/fd.h"
#include "compute/snapshots.h"

namespace haneul::compute {
namespace {

constexpr uint64_t kMagic = 0x31'67'6d'69'6e'61'68'00;
constexpr uint64_t kStoredMax = 2 << 20;

class ImageFrom : public ::testing::Test {
 protected:
  ImageFrom() {
    std::string name = std::filesystem::temp_directory_path() / "image-XXXXXX";
    draft_.directory = mkdtemp(name.data());
    listener_.reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    socklen_t length = sizeof address_;
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address_), &length);
  }
  ~ImageFrom() override { std::filesystem::remove_all(draft_.directory); }

  static std::string image_of(size_t bytes, uint64_t announced) {
    std::string image(bytes, '\0');
    std::memcpy(image.data(), &kMagic, sizeof kMagic);
    std::memcpy(image.data() + sizeof kMagic, &announced, sizeof announced);
    return image;
  }
  // Sends, waits for the word that it is stored, and says whether that came.
  std::optional<std::string> receive(const std::string& image) {
    std::thread sender([&] {
      const Fd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ASSERT_EQ(connect(connection.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
      send(connection.get(), image.data(), image.size(), MSG_NOSIGNAL);
      shutdown(connection.get(), SHUT_WR);
      char byte = 0;
      was_told_ = recv(connection.get(), &byte, 1, 0) == 1;
    });
    auto reason = receive_image(listener_.get(), draft_, kStoredMax, std::chrono::seconds(30));
    sender.join();
    return reason;
  }
  std::string stored() const {
    std::ifstream file(draft_.directory / kImageFile, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  SnapshotDraft draft_;
  Fd listener_;
  sockaddr_in address_{};
  bool was_told_ = false;
};

// What was sent is what is kept, with its digest; zeros take no room.
TEST_F(ImageFrom, IsKeptAsItWasSent) {
  std::string image = image_of(8 << 20, 8 << 20);
  image.replace(5'000'000, 4, "here");
  EXPECT_EQ(receive(image), std::nullopt);
  EXPECT_TRUE(was_told_);
  EXPECT_EQ(stored(), image);
  EXPECT_EQ(draft_.sha256, aws::sha256_hex(image));
  EXPECT_EQ(draft_.stored_bytes, 128u * 1024);
  struct stat found{};
  ASSERT_EQ(stat((draft_.directory / kImageFile).c_str(), &found), 0);
  EXPECT_LT(found.st_blocks * 512, 1 << 20);
}

// An environment that ends, or lies about its length, leaves no image.
TEST_F(ImageFrom, IsRefusedByHalf) {
  EXPECT_EQ(receive(image_of(1 << 20, 2 << 20)), "its memory was not handed over whole");
  EXPECT_FALSE(was_told_);
}

// Nothing at all, or something else, is no image either.
TEST_F(ImageFrom, IsRefusedWhenItIsNone) {
  EXPECT_EQ(receive(""), "its memory was not handed over whole");
  std::filesystem::remove(draft_.directory / kImageFile);
  EXPECT_EQ(receive(std::string(1 << 20, 'x')), "its memory was not handed over whole");
}

// The disk is everybody's: neither a promise nor what comes goes beyond the bounds.
TEST_F(ImageFrom, IsBounded) {
  EXPECT_EQ(receive(image_of(1 << 20, uint64_t{1} << 60)), "it has more than 16 GB of address space in use");
  std::filesystem::remove(draft_.directory / kImageFile);
  std::string full(4 << 20, 'x');
  full.replace(0, 16, image_of(16, full.size()));
  EXPECT_EQ(receive(full), "it uses more than 2 MB of memory");
}

// Who connects and says nothing is not waited for.
TEST_F(ImageFrom, IsNotWaitedForForEver) {
  EXPECT_EQ(receive_image(listener_.get(), draft_, kStoredMax, std::chrono::milliseconds(20)),
            "its memory was not handed over in time");
}

}  // namespace
}  // namespace haneul::compute
