// Placeholders of one request: ExpressionAttributeNames (#n) and ExpressionAttributeValues (:v), shared by
// all of the request's expressions. Made once per request; every use is noted, and finish() refuses what no
// expression used, as DynamoDB does. Thread rule: one request's thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/document.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

class Placeholders {
 public:
  using Names = std::map<std::string, std::string>;
  // As the request carries them; absent members are empty optionals, which is not the same as empty maps (an
  // empty map is refused).
  Placeholders(const std::optional<Names>& names, const std::optional<Document>& values);

  // With their "#" or ":"; null when the request does not define them. The use is noted.
  const std::string* name(std::string_view placeholder);
  const Value* value(std::string_view placeholder);

  // After all expressions are parsed: "Value provided in ExpressionAttributeNames unused in expressions:
  // keys: {#a}" and its like.
  void finish() const;

 private:
  Names names_;
  std::map<std::string, Value, std::less<>> values_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace haneul::dynamodb
