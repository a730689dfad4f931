// Writing of blobs: pieces are gathered into large writes, writeback starts early, finish() syncs data and
// name.
#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "store/blob/blob_store.h"
#include "store/blob/file_errors.h"

namespace haneul::store {

namespace {
constexpr size_t kBufferBytes = 256 << 10;     // smaller pieces are gathered
constexpr uint64_t kWritebackBytes = 8 << 20;  // the disk starts on the data before finish() waits for it
constexpr uint64_t kReserveFromBytes = 1 << 20;
}  // namespace

struct BlobWriter::State {
  BlobStore& store;
  BlobId id;
  Fd file;
  std::string buffer;
  uint64_t written = 0;
  uint64_t handed_over = 0;  // to writeback
  uint64_t reserved = 0;
  bool finished = false;

  void write_out(std::string_view bytes) {
    store.space_.require_space(bytes.size());
    while (!bytes.empty()) {
      const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_file_error("cannot write a blob");
      bytes.remove_prefix(static_cast<size_t>(put));
      written += static_cast<uint64_t>(put);
    }
    if (written - handed_over < kWritebackBytes) return;
    sync_file_range(file.get(), static_cast<off_t>(handed_over), static_cast<off_t>(written - handed_over),
                    SYNC_FILE_RANGE_WRITE);
    handed_over = written;
  }

  void drain() {
    write_out(buffer);
    buffer.clear();
  }

  void sync() {
    if (reserved > written && ftruncate(file.get(), static_cast<off_t>(written)) != 0) {
      throw_file_error("cannot trim a blob");
    }
    if (fdatasync(file.get()) != 0) throw_file_error("cannot sync a blob");
    store.sync_fan(id);
  }
};

BlobWriter::BlobWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;

BlobWriter::~BlobWriter() {
  if (state_ && !state_->finished) unlink(state_->store.path_of(state_->id).c_str());
}

const BlobId& BlobWriter::id() const { return state_->id; }
uint64_t BlobWriter::size() const { return state_->written + state_->buffer.size(); }

void BlobWriter::append(std::string_view bytes) {
  HANEUL_CHECK(!state_->finished, "a blob is finished once");
  if (state_->buffer.size() + bytes.size() < kBufferBytes) {
    state_->buffer += bytes;
    return;
  }
  state_->drain();
  if (bytes.size() >= kBufferBytes) return state_->write_out(bytes);
  state_->buffer += bytes;
}

Task<void> BlobWriter::finish() {
  HANEUL_CHECK(!state_->finished, "a blob is finished once");
  const std::shared_ptr<State> state = state_;
  state->drain();
  co_await state->store.pool_.run([state] { state->sync(); });
  state->finished = true;
}

void BlobWriter::finish_blocking() {
  HANEUL_CHECK(!state_->finished, "a blob is finished once");
  state_->drain();
  state_->sync();
  state_->finished = true;
}

BlobWriter BlobStore::create(uint64_t expected_bytes) {
  space_.require_space(expected_bytes);
  const BlobId id = new_id();
  Fd file(::open(path_of(id).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) throw_file_error("cannot create a blob");
  BlobWriter writer(std::make_shared<BlobWriter::State>(*this, id, std::move(file)));
  if (expected_bytes >= kReserveFromBytes) {
    // Only a hint: a file system that cannot reserve writes all the same, one without room says so now.
    const int fd = writer.state_->file.get();
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(expected_bytes)) == 0) {
      writer.state_->reserved = expected_bytes;
    } else if (errno == ENOSPC || errno == EDQUOT) {
      throw_file_error("cannot reserve room for a blob");
    }
  }
  return writer;
}

}  // namespace haneul::store
