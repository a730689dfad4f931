#include "base/value_sink.h"

namespace haneul {

void DocumentSink::begin_array(size_t count) {
  Document::Array elements;
  elements.reserve(count);
  builder_.open(Document(std::move(elements)));
}

void DocumentSink::begin_object(size_t count) {
  Document::Object members;
  members.reserve(count);
  builder_.open(Document(std::move(members)));
}

void write_to(const Document& value, ValueSink& sink) {
  switch (value.kind()) {
    case Document::Kind::kNull: return sink.null();
    case Document::Kind::kBool: return sink.truth(value.as_bool());
    case Document::Kind::kInt: return sink.integer(value.as_int());
    case Document::Kind::kDouble: return sink.number(value.as_double());
    case Document::Kind::kString: return sink.text(value.as_string());
    case Document::Kind::kBlob: return sink.blob(value.as_blob());
    case Document::Kind::kTimestamp: return sink.time(value.as_timestamp());
    case Document::Kind::kDeferred: return value.as_deferred().write(sink);
    case Document::Kind::kArray:
      sink.begin_array(value.as_array().size());
      for (const Document& element : value.as_array()) write_to(element, sink);
      return sink.end_array();
    case Document::Kind::kObject:
      sink.begin_object(value.as_object().size());
      for (const auto& [key, member] : value.as_object()) {
        sink.key(key);
        write_to(member, sink);
      }
      return sink.end_object();
  }
}

Document settle(Document value) {
  if (value.is_array()) {
    for (Document& element : value.as_array()) element = settle(std::move(element));
  } else if (value.is_object()) {
    for (auto& [key, member] : value.as_object()) member = settle(std::move(member));
  } else if (value.kind() == Document::Kind::kDeferred) {
    DocumentSink sink;
    write_to(value, sink);
    return sink.take();
  }
  return value;
}

}  // namespace haneul
