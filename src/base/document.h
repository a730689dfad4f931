// Document: one value of the AWS data model, independent of any wire format. Codecs turn bytes into Documents
// and back, schemas check and bind them to typed structs, and the dispatcher passes them between services.
//
// Objects keep the order of insertion (answers are readable, policies and templates keep their author's
// order); a repeated key replaces the earlier value. Depth is bounded by whoever parses. A Document is a
// value: copying is deep. Outputs may hold deferred values, which only writers look into: whoever reads the
// output of an operation settles it first (value_sink.h). Thread rule: like any value; share only when
// constant.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace haneul {

class Document;
class ValueSink;

struct Blob {  // bytes, as opposed to text
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// A value in a form of its owner's, which writes itself where it is needed: the item that an answer carries,
// still in the bytes of its row. Copies share their source.
class Deferred {
 public:
  class Source {  // of some values, by number
   public:
    virtual ~Source() = default;
    virtual void write(size_t index, ValueSink& sink) const = 0;  // one whole value
  };
  explicit Deferred(std::shared_ptr<const Source> source, size_t index = 0)
      : source_(std::move(source)), index_(index) {}
  void write(ValueSink& sink) const { source_->write(index_, sink); }
  friend bool operator==(const Deferred&, const Deferred&) = default;  // the same value of the same source

 private:
  std::shared_ptr<const Source> source_;
  size_t index_;
};

class Document {
 public:
  using Array = std::vector<Document>;
  using Entry = std::pair<std::string, Document>;
  using Object = std::vector<Entry>;
  enum class Kind { kNull, kBool, kInt, kDouble, kString, kBlob, kTimestamp, kArray, kObject, kDeferred };

  Document() = default;
  Document(std::nullptr_t) {}
  Document(bool value) : value_(value) {}
  Document(int value) : value_(static_cast<int64_t>(value)) {}
  Document(int64_t value) : value_(value) {}
  Document(uint64_t value) : value_(static_cast<int64_t>(value)) {}
  Document(double value) : value_(value) {}
  Document(const char* value) : value_(std::string(value)) {}
  Document(std::string_view value) : value_(std::string(value)) {}
  Document(std::string value) : value_(std::move(value)) {}
  Document(Blob value) : value_(std::move(value)) {}
  Document(Timestamp value) : value_(value) {}
  Document(Array value) : value_(std::move(value)) {}
  Document(Object value) : value_(std::move(value)) {}
  Document(Deferred value) : value_(std::move(value)) {}
  static Document array() { return Document(Array{}); }
  static Document object() { return Document(Object{}); }

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  std::string_view kind_name() const;  // "string", "object", ... for messages
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kBool; }
  bool is_int() const { return kind() == Kind::kInt; }
  bool is_double() const { return kind() == Kind::kDouble; }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_blob() const { return kind() == Kind::kBlob; }
  bool is_timestamp() const { return kind() == Kind::kTimestamp; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  // The value as the named kind; the caller has checked the kind (a wrong one ends the process).
  bool as_bool() const;
  int64_t as_int() const;    // also of a double without a fraction
  double as_double() const;  // also of an int
  const std::string& as_string() const;
  std::string& as_string();
  const std::string& as_blob() const;
  Timestamp as_timestamp() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();
  const Deferred& as_deferred() const;

  const Document* find(std::string_view key) const;  // null when absent or when this is no object
  Document* find(std::string_view key);
  std::string string_or(std::string_view key, std::string_view fallback) const;
  Document& set(std::string_view key, Document value);  // makes an object of a null; returns the stored value
  bool erase(std::string_view key);
  void push(Document value);  // makes an array of a null

  friend bool operator==(const Document&, const Document&) = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Blob, Timestamp, Array, Object, Deferred>
      value_;
};

}  // namespace haneul
