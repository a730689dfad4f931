// ServiceError: an error that ends a request. Generated error types derive from it; a handful that every
// service shares stand in common_errors.h. The pipeline is the only place that catches it to answer a client.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::model {

class ServiceError : public std::exception {
 public:
  ServiceError(const ErrorShape& shape, std::string message) : shape_(&shape), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  const ErrorShape& shape() const { return *shape_; }
  const std::string& message() const { return message_; }
  // Members beside the message, by their model names (for example BucketName, Resource); an object, may be
  // empty.
  const Document& fields() const { return fields_; }
  ServiceError& with(std::string_view member, Document value) {
    fields_.set(member, std::move(value));
    return *this;
  }

 private:
  const ErrorShape* shape_;
  std::string message_;
  Document fields_ = Document::object();
};

}  // namespace haneul::model
