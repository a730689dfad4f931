// Resolver: intrinsic functions become values. What a name means is given by Names: parameters are known
// before the first resource exists, attributes only once their resource does.
// Source: "Intrinsic function reference" of the CloudFormation user guide. Errors are ValidationError.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/document.h"

namespace haneul::cloudformation {

struct Names {
  std::map<std::string, Document, std::less<>> values;  // parameters and pseudo parameters
  Document mappings = Document::object();
  std::map<std::string, bool, std::less<>> conditions;
  std::function<Document(std::string_view logical_id)> ref;
  std::function<Document(std::string_view logical_id, std::string_view attribute)> attribute;
  std::function<std::string(const std::string& export_name)> import;
  // What `ref`, `attribute` and `import` give where nothing is known yet; empty when all is known. A function
  // that would have to look into such a value gives it on.
  std::string unknown;
  // Whether Fn::Length, Fn::ToJsonString and Fn::FindInMap's DefaultValue may be used.
  bool has_language_extensions = false;
};

class Resolver {
 public:
  explicit Resolver(const Names& names) : names_(names) {}

  // Empty for AWS::NoValue: the member or item that holds it is left out.
  std::optional<Document> resolve(const Document& value);
  // Where no value makes no sense.
  Document require(const Document& value, std::string_view where);
  std::string require_text(const Document& value, std::string_view where);
  // What was made so far, by which memory is bounded.
  size_t bytes() const { return bytes_; }

 private:
  using Function = std::optional<Document> (Resolver::*)(const Document& argument);
  static Function find_function(std::string_view name);

  std::optional<Document> ref(const Document& argument);
  std::optional<Document> get_att(const Document& argument);
  std::optional<Document> if_else(const Document& argument);
  std::optional<Document> find_in_map(const Document& argument);
  std::optional<Document> import_value(const Document& argument);
  std::optional<Document> sub(const Document& argument);
  std::optional<Document> join_items(const Document& argument);
  std::optional<Document> split_text(const Document& argument);
  std::optional<Document> select(const Document& argument);
  std::optional<Document> base64(const Document& argument);
  std::optional<Document> cidr(const Document& argument);
  std::optional<Document> get_azs(const Document& argument);
  std::optional<Document> length(const Document& argument);
  std::optional<Document> to_json_string(const Document& argument);
  std::optional<Document> as_condition(const Document& argument);

  std::string substitute(std::string_view text, const Document& variables);
  Document named(std::string_view name);
  Document map_lookup(const Document& argument);
  Document require_list(const Document& value, std::string_view where);
  bool is_unknown(const Document& value) const;
  void require_extensions(std::string_view function) const;
  void count(size_t bytes);

  const Names& names_;
  int depth_ = 0;
  size_t bytes_ = 0;  // produced so far: nested joins of joins stay bounded
};

// Every condition of the Conditions section.
std::map<std::string, bool, std::less<>> evaluate_conditions(const Document& conditions, const Names& names);

// The blocks of Fn::Cidr: `count` networks of 2^bits addresses inside the block.
std::vector<std::string> cidr_blocks(const std::string& block, int64_t count, int64_t bits);

}  // namespace haneul::cloudformation
