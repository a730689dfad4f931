#include "model/binding.h"

#include "base/check.h"
#include "model/binding_ops.h"

namespace haneul::model {
namespace {

// Whether the C++ type is a generated structure; a structure may also be bound as a Document (bindAs).
bool is_structure(const Shape& shape) {
  const bool aggregate = shape.kind == ShapeKind::kStructure || shape.kind == ShapeKind::kUnion;
  return aggregate && (shape.ops == nullptr || shape.ops->from_document == nullptr);
}

template <class T>
T& as(void* out) {
  return *static_cast<T*>(out);
}

template <class T>
const T& as(const void* in) {
  return *static_cast<const T*>(in);
}

template <class T, T (*Read)(const Document&)>
void read_scalar(const Shape&, const Document& from, void* out) {
  as<T>(out) = Read(from);
}

template <class T>
Document write_scalar(const Shape&, const void* in) {
  return Document(as<T>(in));
}

template <class T, T (*Read)(const Document&)>
constexpr TypeOps scalar_ops() {
  return {.from_document = read_scalar<T, Read>,
          .to_document = write_scalar<T>,
          .emplace_optional = emplace_optional<T>,
          .get_optional = get_optional<T>};
}

bool read_bool(const Document& from) { return from.as_bool(); }
int32_t read_int32(const Document& from) { return static_cast<int32_t>(from.as_int()); }
int64_t read_int64(const Document& from) { return from.as_int(); }
float read_float(const Document& from) { return static_cast<float>(from.as_double()); }
double read_double(const Document& from) { return from.as_double(); }
std::string read_string(const Document& from) { return from.as_string(); }
Blob read_blob(const Document& from) { return Blob{from.as_blob()}; }
Timestamp read_timestamp(const Document& from) { return from.as_timestamp(); }
Document read_document(const Document& from) { return from; }

}  // namespace

constinit const TypeOps kBoolOps = scalar_ops<bool, read_bool>();
constinit const TypeOps kInt32Ops = scalar_ops<int32_t, read_int32>();
constinit const TypeOps kInt64Ops = scalar_ops<int64_t, read_int64>();
constinit const TypeOps kFloatOps = scalar_ops<float, read_float>();
constinit const TypeOps kDoubleOps = scalar_ops<double, read_double>();
constinit const TypeOps kStringOps = scalar_ops<std::string, read_string>();
constinit const TypeOps kBlobOps = scalar_ops<Blob, read_blob>();
constinit const TypeOps kTimestampOps = scalar_ops<Timestamp, read_timestamp>();
constinit const TypeOps kDocumentOps = scalar_ops<Document, read_document>();

void bind_value(const Shape& shape, const Document& from, void* out) {
  if (from.is_null() && shape.kind != ShapeKind::kDocument) return;  // an empty place in a sparse list or map
  if (is_structure(shape)) return bind_structure(shape, from, out);
  HANEUL_CHECK(shape.ops != nullptr, "only generated shapes can be bound");
  shape.ops->from_document(shape, from, out);
}

Document unbind_value(const Shape& shape, const void* in) {
  if (is_structure(shape)) return unbind_structure(shape, in);
  HANEUL_CHECK(shape.ops != nullptr, "only generated shapes can be bound");
  return shape.ops->to_document(shape, in);
}

void bind_items(const Shape& element, const Document::Array& from, void* out, size_t stride) {
  auto* at = static_cast<std::byte*>(out);
  for (const Document& item : from) {
    bind_value(element, item, at);
    at += stride;
  }
}

Document unbind_items(const Shape& element, const void* in, size_t count, size_t stride) {
  Document::Array out;
  out.reserve(count);
  const auto* at = static_cast<const std::byte*>(in);
  for (size_t i = 0; i < count; ++i, at += stride) out.push_back(unbind_value(element, at));
  return Document(std::move(out));
}

void bind_structure(const Shape& shape, const Document& from, void* out) {
  for (const Member& member : shape.members) {
    if (member.streaming) continue;
    const Document* value = from.find(member.name);
    if (value == nullptr || value->is_null()) continue;
    void* field = static_cast<std::byte*>(out) + member.offset;
    if (!member.required) field = member.shape->ops->emplace_optional(field);
    bind_value(*member.shape, *value, field);
  }
}

Document unbind_structure(const Shape& shape, const void* in) {
  Document::Object out;
  for (const Member& member : shape.members) {
    if (member.streaming) continue;
    const void* field = static_cast<const std::byte*>(in) + member.offset;
    if (!member.required) field = member.shape->ops->get_optional(field);
    if (field != nullptr) out.emplace_back(member.name, unbind_value(*member.shape, field));
  }
  return Document(std::move(out));
}

}  // namespace haneul::model
