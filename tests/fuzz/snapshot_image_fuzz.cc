// A memory image comes from hostile code: whatever it sends, and wherever it stops, the server neither
// crashes nor keeps more than it allows, and what it accepts is at least as long as was announced.
//
// Input: how many grains of zeros follow (one byte), then the first bytes of what is sent.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "compute/snapshots.h"

namespace {

using haneul::Fd;
using haneul::compute::SnapshotDraft;

constexpr size_t kGrainBytes = 64 * 1024;
constexpr uint64_t kStoredMax = 256 * 1024;

Fd listen_somewhere(sockaddr_in& address) {
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    abort();
  return listener;
}

// Memory, so that syncs cost nothing; gone with the process.
struct Scratch {
  Scratch() : path("/dev/shm/haneul-fuzz-" + std::to_string(getpid())) {
    std::filesystem::create_directories(path);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Scratch scratch;
  if (size < 1) return 0;
  std::string sent(reinterpret_cast<const char*>(data + 1), size - 1);
  sent.resize(sent.size() + data[0] % 4 * kGrainBytes);

  sockaddr_in address{};
  const Fd listener = listen_somewhere(address);
  const Fd function(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int buffer = 1 << 20;  // so that all of it is sent before anybody reads
  setsockopt(function.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (connect(function.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) abort();
  if (send(function.get(), sent.data(), sent.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) sent.clear();
  shutdown(function.get(), SHUT_WR);

  SnapshotDraft draft;
  draft.directory = scratch.path;
  const std::filesystem::path image = scratch.path / haneul::compute::kImageFile;
  std::filesystem::remove(image);
  const auto refused = receive_image(listener.get(), draft, kStoredMax, std::chrono::milliseconds(100));
  if (refused) return 0;
  uint64_t announced = 0;
  std::memcpy(&announced, sent.data() + 8, sizeof announced);
  if (std::filesystem::file_size(image) < announced || draft.stored_bytes > kStoredMax) abort();
  return 0;
}
