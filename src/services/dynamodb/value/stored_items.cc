#include "services/dynamodb/value/stored_items.h"

#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/record_cursor.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kContainerBytes = 3;
constexpr size_t kElementBytes = 1;

size_t entries_size(RecordCursor& in, size_t count, size_t depth);

size_t texts_size(RecordCursor& in) {
  size_t out = 0;
  for (size_t left = in.count(); left > 0; --left) out += in.text().size();
  return out;
}

size_t numbers_size(RecordCursor& in) {
  size_t out = 0;
  for (size_t left = in.count(); left > 0; --left) out += in.number().size();
  return out;
}

size_t value_size(RecordCursor& in, size_t depth) {
  switch (in.type(depth)) {
    case ValueType::kString:
    case ValueType::kBinary: return in.text().size();
    case ValueType::kNumber: return in.number().size();
    case ValueType::kStringSet:
    case ValueType::kBinarySet: return texts_size(in);
    case ValueType::kNumberSet: return numbers_size(in);
    case ValueType::kMap: {
      const size_t count = in.count();
      return kContainerBytes + kElementBytes * count + entries_size(in, count, depth + 1);
    }
    case ValueType::kList: {
      const size_t count = in.count();
      size_t out = kContainerBytes + kElementBytes * count;
      for (size_t left = count; left > 0; --left) out += value_size(in, depth + 1);
      return out;
    }
    case ValueType::kBool: return in.truth(), 1;
    case ValueType::kNull: break;
  }
  return 1;
}

size_t entries_size(RecordCursor& in, size_t count, size_t depth) {
  size_t out = 0;
  for (size_t left = count; left > 0; --left) {
    out += in.text().size();
    out += value_size(in, depth);
  }
  return out;
}

class Writer {
 public:
  Writer(RecordCursor& in, ValueSink& out) : in_(in), out_(out) {}

  void entries(size_t depth) {
    const size_t count = in_.count();
    out_.begin_object(count);
    for (size_t left = count; left > 0; --left) {
      out_.key(in_.text());
      value(depth);
    }
    out_.end_object();
  }

 private:
  // {"S": "text"} and so on.
  void value(size_t depth) {
    const ValueType type = in_.type(depth);
    out_.begin_object(1);
    out_.key(type_code(type));
    content(type, depth);
    out_.end_object();
  }

  void content(ValueType type, size_t depth) {
    switch (type) {
      case ValueType::kString: return out_.text(in_.text());
      case ValueType::kNumber: return out_.text(in_.number().text());
      case ValueType::kBinary: return out_.blob(in_.text());
      case ValueType::kStringSet: return array([this] { out_.text(in_.text()); });
      case ValueType::kNumberSet: return array([this] { out_.text(in_.number().text()); });
      case ValueType::kBinarySet: return array([this] { out_.blob(in_.text()); });
      case ValueType::kMap: return entries(depth + 1);
      case ValueType::kList: return array([this, depth] { value(depth + 1); });
      case ValueType::kNull: return out_.truth(true);
      case ValueType::kBool: return out_.truth(in_.truth());
    }
  }

  template <class Element>
  void array(Element&& element) {
    const size_t count = in_.count();
    out_.begin_array(count);
    for (size_t left = count; left > 0; --left) element();
    out_.end_array();
  }

  RecordCursor& in_;
  ValueSink& out_;
};

class OneSource final : public Deferred::Source {
 public:
  explicit OneSource(std::string bytes) : bytes_(std::move(bytes)) {}
  void write(size_t, ValueSink& sink) const override { write_stored(bytes_, sink); }

 private:
  std::string bytes_;
};

class ManySource final : public Deferred::Source {
 public:
  explicit ManySource(StoredItems items) : items_(std::move(items)) {}
  void write(size_t index, ValueSink& sink) const override { write_stored(items_.at(index), sink); }

 private:
  StoredItems items_;
};

}  // namespace

size_t size_of_stored(std::string_view bytes) {
  RecordCursor in(bytes);
  const size_t count = in.count();
  const size_t out = entries_size(in, count, 1);
  in.require_end();
  return out;
}

void write_stored(std::string_view bytes, ValueSink& sink) {
  RecordCursor in(bytes);
  Writer(in, sink).entries(1);
  in.require_end();
}

Document stored_document(std::string bytes) {
  return Deferred(std::make_shared<const OneSource>(std::move(bytes)));
}

Document stored_document(const Attributes& item) { return stored_document(encode_item(item)); }

std::vector<Document> stored_documents(StoredItems items) {
  const size_t count = items.count();
  const auto source = std::make_shared<const ManySource>(std::move(items));
  std::vector<Document> out;
  out.reserve(count);
  for (size_t index = 0; index < count; ++index) out.emplace_back(Deferred(source, index));
  return out;
}

}  // namespace haneul::dynamodb
