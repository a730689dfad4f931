// CBOR through libcbor's streaming decoder, one head at a time, with our own stack: the library's tree
// builder allocates what a length field claims, this does not.
#include "base/cbor.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <cbor.h>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "base/unique_keys.h"

namespace haneul {
namespace {

constexpr uint64_t kTagEpoch = 1;
constexpr double kEpochSecondsMax = 253'402'300'799.999;  // 9999-12-31T23:59:59.999Z
constexpr double kEpochSecondsMin = -62'167'219'200.0;    // 0000-01-01

// An open container or a string in chunks. `left` is empty for indefinite lengths.
struct Frame {
  enum class Kind { kArray, kMap, kBytes, kText };
  Kind kind;
  std::optional<uint64_t> left;
  Document value;
  std::optional<std::string> key;
};

class Decoder {
 public:
  Document run(std::string_view bytes);

  void integer(uint64_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return add(Document(static_cast<double>(value)));
    }
    add(Document(static_cast<int64_t>(value)));
  }
  void negative(uint64_t value) {  // stands for -1 - value
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return add(Document(-1.0 - static_cast<double>(value)));
    }
    add(Document(-1 - static_cast<int64_t>(value)));
  }
  void text(std::string_view chunk) {
    if (!is_valid_utf8(chunk)) return fail("text that is not valid UTF-8");
    if (in(Frame::Kind::kText)) {
      open_.back().value.as_string() += chunk;
    } else {
      add(Document(chunk));
    }
  }
  void bytes(std::string_view chunk) {
    if (in(Frame::Kind::kBytes)) {
      open_.back().value.as_string() += chunk;
    } else {
      add(Document(Blob{std::string(chunk)}));
    }
  }
  void begin(Frame::Kind kind, std::optional<uint64_t> count);
  void end_indefinite();
  void tag(uint64_t number) {
    if (number != kTagEpoch || tagged_) return fail(fmt::format("unsupported tag {}", number));
    tagged_ = true;
  }
  void add(Document value);
  void fail(std::string reason) {
    if (failure_.empty()) failure_ = std::move(reason);
  }

 private:
  bool in(Frame::Kind kind) const { return !open_.empty() && open_.back().kind == kind; }
  void close();
  std::optional<Document> epoch(const Document& value);

  std::vector<Frame> open_;
  std::optional<Document> root_;
  bool tagged_ = false;
  std::string failure_;
};

std::optional<Document> Decoder::epoch(const Document& value) {
  tagged_ = false;
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.as_double();
  if (!(seconds >= kEpochSecondsMin && seconds <= kEpochSecondsMax)) return std::nullopt;
  return Document(Timestamp(Milliseconds(std::llround(seconds * 1000))));
}

void Decoder::add(Document value) {
  if (tagged_) {
    auto moment = epoch(value);
    if (!moment) return fail("a time that is not a number of seconds in the years 0 to 9999");
    value = std::move(*moment);
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Frame& top = open_.back();
  if (top.kind == Frame::Kind::kArray) {
    top.value.as_array().push_back(std::move(value));
  } else if (top.kind != Frame::Kind::kMap) {
    return fail("a string chunk of another type");
  } else if (!top.key) {
    if (!value.is_string()) return fail("a map key that is not text");
    top.key = std::move(value.as_string());
    return;
  } else {
    top.value.as_object().emplace_back(std::move(*top.key), std::move(value));
    top.key.reset();
  }
  if (top.left && --*top.left == 0) close();
}

void Decoder::begin(Frame::Kind kind, std::optional<uint64_t> count) {
  if (tagged_) return fail("a time that is not a number");
  if (in(Frame::Kind::kText) || in(Frame::Kind::kBytes)) return fail("a string chunk of another type");
  if (open_.size() >= static_cast<size_t>(kDepthMax)) {
    return fail(fmt::format("nesting deeper than {} levels", kDepthMax));
  }
  const bool is_string = kind == Frame::Kind::kText || kind == Frame::Kind::kBytes;
  Document value = kind == Frame::Kind::kArray ? Document::array()
                   : is_string                 ? Document(std::string())
                                               : Document::object();
  open_.push_back({.kind = kind, .left = count, .value = std::move(value), .key = {}});
  if (count && *count == 0) close();
}

void Decoder::end_indefinite() {
  if (open_.empty() || open_.back().left || open_.back().key || tagged_) return fail("a misplaced break");
  close();
}

void Decoder::close() {
  Frame finished = std::move(open_.back());
  open_.pop_back();
  if (finished.kind == Frame::Kind::kMap) merge_repeated_keys(finished.value.as_object());
  if (finished.kind == Frame::Kind::kBytes) finished.value = Blob{std::move(finished.value.as_string())};
  add(std::move(finished.value));
}

Decoder& self(void* context) { return *static_cast<Decoder*>(context); }
std::string_view view(cbor_data data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

cbor_callbacks make_callbacks() {
  cbor_callbacks on = cbor_empty_callbacks;
  on.uint8 = [](void* c, uint8_t value) { self(c).integer(value); };
  on.uint16 = [](void* c, uint16_t value) { self(c).integer(value); };
  on.uint32 = [](void* c, uint32_t value) { self(c).integer(value); };
  on.uint64 = [](void* c, uint64_t value) { self(c).integer(value); };
  on.negint8 = [](void* c, uint8_t value) { self(c).negative(value); };
  on.negint16 = [](void* c, uint16_t value) { self(c).negative(value); };
  on.negint32 = [](void* c, uint32_t value) { self(c).negative(value); };
  on.negint64 = [](void* c, uint64_t value) { self(c).negative(value); };
  on.byte_string = [](void* c, cbor_data data, size_t size) { self(c).bytes(view(data, size)); };
  on.byte_string_start = [](void* c) { self(c).begin(Frame::Kind::kBytes, std::nullopt); };
  on.string = [](void* c, cbor_data data, size_t size) { self(c).text(view(data, size)); };
  on.string_start = [](void* c) { self(c).begin(Frame::Kind::kText, std::nullopt); };
  on.array_start = [](void* c, size_t count) { self(c).begin(Frame::Kind::kArray, count); };
  on.indef_array_start = [](void* c) { self(c).begin(Frame::Kind::kArray, std::nullopt); };
  on.map_start = [](void* c, size_t count) { self(c).begin(Frame::Kind::kMap, count); };
  on.indef_map_start = [](void* c) { self(c).begin(Frame::Kind::kMap, std::nullopt); };
  on.tag = [](void* c, uint64_t number) { self(c).tag(number); };
  on.float2 = [](void* c, float value) { self(c).add(Document(static_cast<double>(value))); };
  on.float4 = [](void* c, float value) { self(c).add(Document(static_cast<double>(value))); };
  on.float8 = [](void* c, double value) { self(c).add(Document(value)); };
  on.undefined = [](void* c) { self(c).add(Document()); };
  on.null = [](void* c) { self(c).add(Document()); };
  on.boolean = [](void* c, bool value) { self(c).add(Document(value)); };
  on.indef_break = [](void* c) { self(c).end_indefinite(); };
  return on;
}

Document Decoder::run(std::string_view bytes) {
  static const cbor_callbacks kCallbacks = make_callbacks();
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t offset = 0;
  while (!root_) {
    if (offset == bytes.size()) throw ParseError(fmt::format("CBOR ends early (offset {})", offset));
    const cbor_decoder_result step =
        cbor_stream_decode(data + offset, bytes.size() - offset, &kCallbacks, this);
    if (step.status == CBOR_DECODER_NEDATA) {
      throw ParseError(fmt::format("CBOR ends early (offset {})", offset));
    }
    if (step.status == CBOR_DECODER_ERROR) fail("a malformed item");
    if (!failure_.empty()) throw ParseError(fmt::format("CBOR holds {} (offset {})", failure_, offset));
    offset += step.read;
  }
  if (offset != bytes.size()) throw ParseError(fmt::format("CBOR holds further data (offset {})", offset));
  return std::move(*root_);
}

class CborSink final : public ByteSink {
 public:
  void null() override { head(cbor_encode_null); }
  void truth(bool value) override { head(cbor_encode_bool, value); }
  void integer(int64_t value) override {
    if (value >= 0) return head(cbor_encode_uint, static_cast<uint64_t>(value));
    head(cbor_encode_negint, static_cast<uint64_t>(-(value + 1)));
  }
  void number(double value) override { head(cbor_encode_double, value); }
  void text(std::string_view value) override {
    const std::string valid = is_valid_utf8(value) ? std::string() : to_valid_utf8(value);
    if (!valid.empty()) value = valid;
    head(cbor_encode_string_start, value.size());
    out_ += value;
  }
  void blob(std::string_view bytes) override {
    head(cbor_encode_bytestring_start, bytes.size());
    out_ += bytes;
  }
  void time(Timestamp at) override {
    head(cbor_encode_tag, kTagEpoch);
    head(cbor_encode_double, static_cast<double>(at.time_since_epoch().count()) / 1000);
  }
  void begin_array(size_t count) override { head(cbor_encode_array_start, count); }
  void end_array() override {}
  void begin_object(size_t count) override { head(cbor_encode_map_start, count); }
  void key(std::string_view name) override { text(name); }
  void end_object() override {}
  std::string take() override { return std::move(out_); }

 private:
  template <class Encode, class... Value>
  void head(Encode encode, Value... value) {
    std::array<unsigned char, 16> buffer{};
    const size_t size = encode(value..., buffer.data(), buffer.size());
    out_.append(reinterpret_cast<const char*>(buffer.data()), size);
  }

  std::string out_;
};

}  // namespace

Document parse_cbor(std::string_view bytes) { return Decoder().run(bytes); }

std::string write_cbor(const Document& value) {
  CborSink sink;
  write_to(value, sink);
  return sink.take();
}

std::unique_ptr<ByteSink> cbor_sink() { return std::make_unique<CborSink>(); }

}  // namespace haneul
