// Requests of the query and ec2 protocols: dotted parameter names ("Tags.member.1.Key=x") grown into a tree,
// which shapes then read. The order of parameters does not matter; unknown ones are ignored; list elements
// stand in the order of their numbers, whatever the numbers are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/document.h"
#include "model/schema.h"
#include "protocol/place.h"
#include "protocol/wire.h"

namespace haneul::protocol {

struct FormNode {
  std::optional<std::string> value;
  std::map<std::string, FormNode, std::less<>> children;

  const FormNode* find(std::string_view name) const;
};

FormNode grow_form(QueryPairs pairs);  // throws DecodeError beyond the bounds on depth and nodes

enum class FormStyle { kQuery, kEc2 };

class FormReader {
 public:
  explicit FormReader(FormStyle style) : style_(style) {}
  Document structure(const model::Shape& shape, const FormNode& node, const Place& place) const;

 private:
  std::string name_of(const model::Member& member) const;
  bool flat(const model::Member& member) const;
  Document member(const model::Member& member, const FormNode& node, const Place& place) const;
  Document value(const model::Shape& shape, const FormNode& node, const Place& place) const;
  Document list(const model::Shape& shape, const FormNode& numbered, const Place& place) const;
  Document map(const model::Shape& shape, const FormNode& numbered, const Place& place) const;

  FormStyle style_;
};

}  // namespace haneul::protocol
