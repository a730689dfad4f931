// Binding: Document <-> generated struct, guided by a schema. Generated structs are plain: a required member
// of type T is a T, any other a std::optional<T>; lists are std::vector<T>, maps std::map<std::string, T>,
// blobs haneul::Blob, timestamps haneul::Timestamp, documents haneul::Document, recursive members are boxed
// in model::Box<T>. A member with streaming payload is absent from the struct.
//
// bind() expects a Document that validate() has passed (kinds are right, required members are there);
// unbind() leaves out empty optionals. Thread rule: pure functions.
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::model {

// Access to a C++ type behind a pointer. For a structure both functions are null and the shape's members are
// walked.
struct TypeOps {
  void (*from_document)(const Shape&, const Document&, void* out) = nullptr;
  Document (*to_document)(const Shape&, const void* in) = nullptr;
  // For optional<T> and Box<T> fields of this type: engage and return the T inside; null when empty.
  void* (*emplace_optional)(void* field) = nullptr;
  const void* (*get_optional)(const void* field) = nullptr;
};

void bind_structure(const Shape& shape, const Document& from, void* out);
Document unbind_structure(const Shape& shape, const void* in);

// A value on the heap with value semantics, so that a struct may contain itself.
template <class T>
class Box {
 public:
  Box() : value_(std::make_unique<T>()) {}
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
  Box(Box&& other) noexcept : value_(std::move(other.value_)) { other.value_ = std::make_unique<T>(); }
  Box& operator=(Box other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

// Every generated structure specialises this with `static const Shape& shape();`.
template <class T>
struct ShapeOf;

template <class T>
T bind(const Document& from) {
  T out{};
  bind_structure(ShapeOf<T>::shape(), from, &out);
  return out;
}

template <class T>
Document unbind(const T& in) {
  return unbind_structure(ShapeOf<T>::shape(), &in);
}

}  // namespace haneul::model
