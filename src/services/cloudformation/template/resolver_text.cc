// The functions that make text and lists.

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "services/cloudformation/template/resolver.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

std::string Resolver::substitute(std::string_view text, const Document& variables) {
  std::string out;
  for (const SubPiece& piece : split_sub(text)) {
    if (!piece.is_name) {
      out += piece.text;
      continue;
    }
    Document value;
    if (const Document* given = variables.find(piece.text)) {
      value = *given;
    } else if (const size_t dot = piece.text.find('.'); dot != std::string::npos) {
      if (!names_.attribute) fail_template("Template error: Fn::Sub cannot use attributes here.");
      value = names_.attribute(piece.text.substr(0, dot), piece.text.substr(dot + 1));
    } else {
      value = named(piece.text);
    }
    if (!is_scalar(value)) {
      fail_template(fmt::format(
          "Template error: variable {} in Fn::Sub expression does not resolve to a string", piece.text));
    }
    out += scalar_text(value);
  }
  return out;
}

std::optional<Document> Resolver::sub(const Document& argument) {
  if (argument.is_string()) return Document(substitute(argument.as_string(), Document::object()));
  const bool is_pair = argument.is_array() && argument.as_array().size() == 2 &&
                       argument.as_array()[0].is_string() && argument.as_array()[1].is_object();
  if (!is_pair) {
    fail_template(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
        "string as first argument, and an optional second argument to specify a mapping of values to replace "
        "in "
        "the string");
  }
  const Document variables = require(argument.as_array()[1], "Fn::Sub variable map");
  return Document(substitute(argument.as_array()[0].as_string(), variables));
}

std::optional<Document> Resolver::join_items(const Document& argument) {
  const bool is_pair =
      argument.is_array() && argument.as_array().size() == 2 && argument.as_array()[0].is_string();
  if (!is_pair) {
    fail_template(
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and "
        "(2) a list of strings to be joined or a function that returns a list of strings (such as "
        "Fn::GetAZs) to be joined.");
  }
  const Document items = require_list(argument.as_array()[1], "Fn::Join");
  if (!items.is_array()) return items;
  std::vector<std::string> texts;
  for (const Document& item : items.as_array()) {
    if (!is_scalar(item)) {
      fail_template("Template error: every Fn::Join object requires a list of strings to be joined.");
    }
    texts.push_back(scalar_text(item));
  }
  return Document(join(texts, argument.as_array()[0].as_string()));
}

std::optional<Document> Resolver::split_text(const Document& argument) {
  const bool is_pair =
      argument.is_array() && argument.as_array().size() == 2 && argument.as_array()[0].is_string();
  if (!is_pair || argument.as_array()[0].as_string().empty()) {
    fail_template(
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and "
        "(2) a string to be split or a function that returns a string to be split.");
  }
  const std::string& delimiter = argument.as_array()[0].as_string();
  const std::string text = require_text(argument.as_array()[1], "Fn::Split");
  if (is_unknown(text)) return Document(names_.unknown);
  Document out = Document::array();
  size_t from = 0;
  for (size_t at = text.find(delimiter); at != std::string::npos; at = text.find(delimiter, from)) {
    out.push(text.substr(from, at - from));
    from = at + delimiter.size();
  }
  out.push(text.substr(from));
  return out;
}

std::optional<Document> Resolver::select(const Document& argument) {
  if (!argument.is_array() || argument.as_array().size() != 2) {
    fail_template(
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a "
        "list");
  }
  const std::string position = require_text(argument.as_array()[0], "Fn::Select index");
  if (is_unknown(position)) return Document(names_.unknown);
  const auto index = parse_int(position);
  if (!index) {
    fail_template("Template error: Fn::Select requires a list argument with a valid index");
  }
  const Document items = require_list(argument.as_array()[1], "Fn::Select");
  if (!items.is_array()) return items;
  if (*index < 0 || *index >= static_cast<int64_t>(items.as_array().size())) {
    fail_template(
        fmt::format("Template error: Fn::Select cannot select nonexistent value at index {}", *index));
  }
  return items.as_array()[static_cast<size_t>(*index)];
}

std::optional<Document> Resolver::base64(const Document& argument) {
  const std::string text = require_text(argument, "Fn::Base64 object");
  return is_unknown(text) ? Document(names_.unknown) : Document(base64_encode(text));
}

std::optional<Document> Resolver::cidr(const Document& argument) {
  const size_t size = argument.is_array() ? argument.as_array().size() : 0;
  if (size != 2 && size != 3) {
    fail_template(
        "Template error: Fn::Cidr requires a list argument with two or three elements: an IP block, a "
        "count and the number of subnet bits");
  }
  const auto& parts = argument.as_array();
  const std::string block = require_text(parts[0], "Fn::Cidr block");
  const std::string count_text = require_text(parts[1], "Fn::Cidr count");
  const std::string bits_text = size == 3 ? require_text(parts[2], "Fn::Cidr bits") : std::string("8");
  if (is_unknown(block) || is_unknown(count_text) || is_unknown(bits_text)) return Document(names_.unknown);
  const auto count = parse_int(count_text);
  const auto bits = parse_int(bits_text);
  if (!count || !bits) fail_template("Template error: Fn::Cidr requires whole numbers for count and bits");
  Document out = Document::array();
  for (std::string& one : cidr_blocks(block, *count, *bits)) out.push(std::move(one));
  return out;
}

std::optional<Document> Resolver::get_azs(const Document& argument) {
  std::string region = require_text(argument, "Fn::GetAZs region");
  if (is_unknown(region)) return Document(names_.unknown);
  if (region.empty()) region = scalar_text(named("AWS::Region"));
  Document out = Document::array();
  for (const char zone : {'a', 'b', 'c'}) out.push(region + zone);
  return out;
}

std::optional<Document> Resolver::length(const Document& argument) {
  require_extensions("Fn::Length");
  const Document list = require_list(argument, "Fn::Length");
  return list.is_array() ? Document(static_cast<int64_t>(list.as_array().size())) : list;
}

std::optional<Document> Resolver::to_json_string(const Document& argument) {
  require_extensions("Fn::ToJsonString");
  return Document(write_json(require(argument, "Fn::ToJsonString")));
}

}  // namespace haneul::cloudformation
