// The way of an image from its environment's socket into a file. What comes is the function's word: only its
// length is taken from it, within bounds.
#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "aws/digest.h"
#include "base/fd.h"
#include "base/text.h"
#include "compute/snapshots.h"

namespace haneul::compute {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kGrainBytes = 64 * 1024;
constexpr uint64_t kTotalBytesMax = uint64_t{1} << 34;
// runtimes/snapshot/image.h: the header begins with these.
struct Head {
  uint64_t magic;
  uint64_t total_bytes;
};
constexpr uint64_t kMagic = 0x31'67'6d'69'6e'61'68'00;

struct Broken {
  std::string reason;
};

void await_input(int fd, SteadyClock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  pollfd ready{fd, POLLIN, 0};
  if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0)
    throw Broken{"its memory was not handed over in time"};
}

Fd accept_one(int listener, SteadyClock::time_point until) {
  for (;;) {
    await_input(listener, until);
    Fd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) return connection;
  }
}

// As much as there is room for, or until the end.
size_t read_piece(int fd, char* to, size_t room, SteadyClock::time_point until) {
  size_t count = 0;
  while (count < room) {
    await_input(fd, until);
    const ssize_t got = recv(fd, to + count, room - count, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) break;
    count += static_cast<size_t>(got);
  }
  return count;
}

bool is_zero(const char* bytes, size_t count) {
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

class ImageFile {
 public:
  ImageFile(const std::filesystem::path& path, uint64_t stored_max)
      : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)), stored_max_(stored_max) {
    if (!fd_) throw Broken{"the server cannot write its image"};
    fchmod(fd_.get(), 0644);
  }

  // Pages of zeros are holes.
  void append(const char* bytes, size_t count) {
    hasher_.update({bytes, count});
    for (size_t at = 0; at < count; at += kGrainBytes) {
      const size_t grain = std::min(kGrainBytes, count - at);
      if (!is_zero(bytes + at, grain)) store(bytes + at, grain, offset_ + at);
    }
    offset_ += count;
  }

  void finish(SnapshotDraft& draft) {
    if (ftruncate(fd_.get(), static_cast<off_t>(offset_)) != 0 || fsync(fd_.get()) != 0)
      throw Broken{"the server cannot write its image"};
    draft.sha256 = hex_encode(hasher_.finish());
    draft.stored_bytes = stored_;
  }

 private:
  void store(const char* bytes, size_t count, uint64_t at) {
    stored_ += count;
    if (stored_ > stored_max_)
      throw Broken{fmt::format("it uses more than {} MB of memory", stored_max_ >> 20)};
    while (count > 0) {
      const ssize_t done = pwrite(fd_.get(), bytes, count, static_cast<off_t>(at));
      if (done <= 0) throw Broken{"the server cannot write its image"};
      bytes += done;
      at += static_cast<uint64_t>(done);
      count -= static_cast<size_t>(done);
    }
  }

  Fd fd_;
  uint64_t stored_max_;
  uint64_t stored_ = 0;
  uint64_t offset_ = 0;
  aws::Hasher hasher_{aws::HashKind::kSha256};
};

uint64_t announced_bytes(const std::string& first, size_t count) {
  Head head{};
  if (count < sizeof head) throw Broken{"its memory was not handed over whole"};
  std::memcpy(&head, first.data(), sizeof head);
  if (head.magic != kMagic) throw Broken{"its memory was not handed over whole"};
  if (head.total_bytes > kTotalBytesMax)
    throw Broken{fmt::format("it has more than {} GB of address space in use", kTotalBytesMax >> 30)};
  return head.total_bytes;
}

void receive(int listener, SnapshotDraft& draft, uint64_t stored_max, SteadyClock::time_point until) {
  const Fd connection = accept_one(listener, until);
  ImageFile file(draft.directory / kImageFile, stored_max);
  std::string piece(kPieceBytes, '\0');
  std::optional<uint64_t> total;
  for (uint64_t count = 0; !total || count < *total;) {
    const size_t room = total ? std::min<uint64_t>(piece.size(), *total - count) : piece.size();
    // The length is announced in the first bytes of a header that is longer than a grain.
    const size_t wanted = total ? room : kGrainBytes;
    const size_t got = read_piece(connection.get(), piece.data(), wanted, until);
    if (!total) total = announced_bytes(piece, got);
    if (got < wanted) throw Broken{"its memory was not handed over whole"};
    file.append(piece.data(), got);
    count += got;
  }
  file.finish(draft);
  const char stored = '1';
  send(connection.get(), &stored, 1, MSG_NOSIGNAL);
}

}  // namespace

std::optional<std::string> receive_image(int listener, SnapshotDraft& draft, uint64_t stored_max,
                                         std::chrono::milliseconds patience) {
  try {
    receive(listener, draft, stored_max, SteadyClock::now() + patience);
    return std::nullopt;
  } catch (const Broken& broken) {
    return broken.reason;
  }
}

}  // namespace haneul::compute
