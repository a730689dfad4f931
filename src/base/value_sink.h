// ValueSink: takes one value piece by piece, in the order in which it is written. The writers of JSON and
// CBOR are sinks, so what holds a value in a form of its own (an item in the bytes of its row) writes it
// without making a Document in between.
//
// A container begins with how many elements or members follow (CBOR says so first) and is ended; a member is
// its key, then its value. Text that is not valid UTF-8 is repaired by the writers. Thread rule: a plain
// object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/document.h"
#include "base/document_builder.h"

namespace haneul {

class ValueSink {
 public:
  virtual ~ValueSink() = default;
  virtual void null() = 0;
  virtual void truth(bool value) = 0;
  virtual void integer(int64_t value) = 0;
  virtual void number(double value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void blob(std::string_view bytes) = 0;
  virtual void time(Timestamp at) = 0;
  virtual void begin_array(size_t count) = 0;
  virtual void end_array() = 0;
  virtual void begin_object(size_t count) = 0;
  virtual void key(std::string_view name) = 0;
  virtual void end_object() = 0;
};

class DocumentSink final : public ValueSink {
 public:
  void null() override { builder_.add(Document()); }
  void truth(bool value) override { builder_.add(Document(value)); }
  void integer(int64_t value) override { builder_.add(Document(value)); }
  void number(double value) override { builder_.add(Document(value)); }
  void text(std::string_view value) override { builder_.add(Document(value)); }
  void blob(std::string_view bytes) override { builder_.add(Document(Blob{std::string(bytes)})); }
  void time(Timestamp at) override { builder_.add(Document(at)); }
  void begin_array(size_t count) override;
  void end_array() override { builder_.close(); }
  void begin_object(size_t count) override;
  void key(std::string_view name) override { builder_.key(std::string(name)); }
  void end_object() override { builder_.close(); }
  Document take() { return builder_.take(); }

 private:
  DocumentBuilder builder_;
};

// A sink that makes bytes: see json.h and cbor.h.
class ByteSink : public ValueSink {
 public:
  virtual std::string take() = 0;  // once, after one whole value
};

void write_to(const Document& value, ValueSink& sink);

// The same value without deferred parts.
Document settle(Document value);

}  // namespace haneul
