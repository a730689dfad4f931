#include "services/dynamodb/transfer/unpack.h"

#include <algorithm>

#include <zlib.h>
#include <zstd.h>

#include "base/check.h"
#include "base/parse_error.h"

namespace haneul::dynamodb {
namespace {

constexpr int kGzipOnly = 15 + 16;  // the largest window, with the header of gzip
constexpr int kZstdWindowLogMax = 23;

class Plain final : public Unpacker {
 public:
  void feed(std::string piece) override {
    piece_ = std::move(piece);
    used_ = 0;
  }
  size_t take(std::string& out, size_t max) override {
    const size_t count = std::min(max, piece_.size() - used_);
    out.append(piece_, used_, count);
    used_ += count;
    return count;
  }
  void finish() const override {}

 private:
  std::string piece_;
  size_t used_ = 0;
};

// Members of gzip, one after the other, as RFC 1952 allows.
class Gzip final : public Unpacker {
 public:
  Gzip() { HANEUL_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK, "zlib starts"); }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void feed(std::string piece) override {
    piece_ = std::move(piece);
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_in = static_cast<uInt>(piece_.size());
  }

  size_t take(std::string& out, size_t max) override {
    const size_t before = out.size();
    out.resize(before + max);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(max);
    while (stream_.avail_out == max) {
      if (stream_.avail_in == 0 && is_between_) break;
      if (is_between_) {
        HANEUL_CHECK(inflateReset(&stream_) == Z_OK, "zlib starts again");
        is_between_ = false;
      }
      const int done = inflate(&stream_, Z_NO_FLUSH);
      is_between_ = done == Z_STREAM_END;
      if (done == Z_BUF_ERROR) break;  // it has nothing more to give without more to read
      if (done == Z_OK || done == Z_STREAM_END) continue;
      if (stream_.avail_out == max) throw ParseError("The object is not compressed with GZIP");
      // What came before stands; zlib says it again when it is asked for more.
    }
    out.resize(before + max - stream_.avail_out);
    return out.size() - before;
  }

  void finish() const override {
    if (!is_between_) throw ParseError("The object ends before its GZIP compression does");
  }

 private:
  z_stream stream_{};
  std::string piece_;
  bool is_between_ = true;  // members
};

class Zstd final : public Unpacker {
 public:
  Zstd() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    HANEUL_CHECK(context_ != nullptr, "zstd starts");
    const size_t set = ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
    HANEUL_CHECK(ZSTD_isError(set) == 0, "zstd takes a bound of its window");
  }

  void feed(std::string piece) override {
    piece_ = std::move(piece);
    input_ = {.src = piece_.data(), .size = piece_.size(), .pos = 0};
  }

  size_t take(std::string& out, size_t max) override {
    if (!problem_.empty()) throw ParseError(problem_);
    const size_t before = out.size();
    out.resize(before + max);
    ZSTD_outBuffer output{.dst = out.data() + before, .size = max, .pos = 0};
    while (output.pos == 0) {
      if (is_between_ && input_.pos == input_.size) break;
      const size_t read = input_.pos;
      const size_t left = ZSTD_decompressStream(context_.get(), &output, &input_);
      if (ZSTD_isError(left) != 0) {
        problem_ = std::string("The object is not compressed with ZSTD: ") + ZSTD_getErrorName(left);
        if (output.pos == 0) throw ParseError(problem_);
        break;  // what came before stands
      }
      is_between_ = left == 0;
      if (output.pos == 0 && input_.pos == read) break;  // it needs more to read
    }
    out.resize(before + output.pos);
    return output.pos;
  }

  void finish() const override {
    if (!is_between_) throw ParseError("The object ends before its ZSTD compression does");
  }

 private:
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context_;
  std::string piece_;
  ZSTD_inBuffer input_{};
  std::string problem_;
  bool is_between_ = true;  // frames
};

}  // namespace

Packing packing_of(std::string_view compression_type) {
  if (compression_type == "GZIP") return Packing::kGzip;
  return compression_type == "ZSTD" ? Packing::kZstd : Packing::kNone;
}

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  switch (packing) {
    case Packing::kGzip: return std::make_unique<Gzip>();
    case Packing::kZstd: return std::make_unique<Zstd>();
    case Packing::kNone: break;
  }
  return std::make_unique<Plain>();
}

}  // namespace haneul::dynamodb
