#include "protocol/vectors_support.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"

namespace haneul::protocol::vectors {
namespace {

struct Exception {
  std::string_view id_part;  // of the ids it holds for
  std::string_view reason;
};

constexpr std::array kExceptions = {
    Exception{"SDKApplied",
              "request compression: the vector carries no body, it only asks the client to compress"},
    Exception{"SDKAppend",
              "request compression: the vector carries no body, it only asks the client to compress"},
    Exception{"AwsJson10EndpointTrait",
              "host prefix: the vector is about the client's host and leaves out X-Amz-Target"},
    Exception{"HttpPrefixHeadersAreNotPresent", "an empty map of headers cannot be told from an absent one"},
    Exception{"HostWithPath", "the path of the client's endpoint is not part of the server's routes"},
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Beside the source tree: found from the working directory upwards, since tests run from the build tree.
std::filesystem::path vectors_root() {
  if (const char* given = std::getenv("HANEUL_VECTORS")) return given;
  for (std::filesystem::path at = std::filesystem::current_path(); at != at.root_path();
       at = at.parent_path()) {
    if (std::filesystem::is_directory(at / "shared/data/protocol-vectors")) return at / "shared/data";
  }
  return {};
}

// Loaded files stay for the whole run: cases point into them.
std::deque<Document>& kept() {
  static std::deque<Document> documents;
  return documents;
}

Document float_param(const Document& value) {
  if (!value.is_string()) return value.as_double();
  if (value.as_string() == "NaN") return std::nan("");
  return value.as_string().front() == '-' ? -HUGE_VAL : HUGE_VAL;
}

Document structure_param(const Document& shapes, const Document& shape, const Document& value) {
  Document out = Document::object();
  for (const auto& [key, member] : value.as_object()) {
    const Document* reference = shape.find("members")->find(key);
    if (member.is_null() || reference == nullptr) continue;
    out.set(key, from_params(shapes, text_of(*reference, "shape"), member));
  }
  return out;
}

}  // namespace

std::string text_of(const Document& object, std::string_view key) { return object.string_or(key, ""); }

bool flag_of(const Document& object, std::string_view key) {
  const Document* found = object.find(key);
  return found != nullptr && found->is_bool() && found->as_bool();
}

const Document& raw_shape(const Document& shapes, std::string_view name) { return *shapes.find(name); }

CaseSetup::CaseSetup(const Case& test)
    : builder(*test.shapes, *test.metadata),
      operation(builder.operation(*test.data.find("given"))),
      service(builder.service()),
      given(*test.data.find("given")) {}

std::optional<std::vector<Case>> load_cases(std::string_view direction) {
  const std::filesystem::path folder = vectors_root() / "protocol-vectors" / direction;
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  std::vector<Case> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Document& suites = kept().emplace_back(parse_json(read_file(entry.path())));
    for (const Document& suite : suites.as_array()) {
      for (const Document& one : suite.find("cases")->as_array()) {
        out.push_back({text_of(one, "id"), one, suite.find("shapes"), suite.find("metadata")});
      }
    }
  }
  return out;
}

std::string_view exception_reason(std::string_view id) {
  for (const Exception& exception : kExceptions) {
    if (id.find(exception.id_part) != std::string_view::npos) return exception.reason;
  }
  return {};
}

Document from_params(const Document& shapes, std::string_view name, const Document& value) {
  const Document& shape = raw_shape(shapes, name);
  const std::string type = text_of(shape, "type");
  if (value.is_null() || flag_of(shape, "document")) return value;
  if (type == "structure") return structure_param(shapes, shape, value);
  if (type == "timestamp") return Timestamp(Milliseconds(std::llround(value.as_double() * 1000)));
  if (type == "blob") return Blob{value.as_string()};
  if (type == "float" || type == "double") return float_param(value);
  if (type == "list") {
    Document out = Document::array();
    const std::string element = text_of(*shape.find("member"), "shape");
    for (const Document& item : value.as_array()) out.push(from_params(shapes, element, item));
    return out;
  }
  if (type != "map") return value;
  Document out = Document::object();
  const std::string element = text_of(*shape.find("value"), "shape");
  for (const auto& [key, item] : value.as_object()) out.set(key, from_params(shapes, element, item));
  return out;
}

Document canonical(Document value) {
  if (value.is_double()) {
    const double number = value.as_double();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  } else if (value.is_array()) {
    for (Document& element : value.as_array()) element = canonical(std::move(element));
  } else if (value.is_object()) {
    std::erase_if(value.as_object(), [](const Document::Entry& entry) { return entry.second.is_null(); });
    for (auto& [key, member] : value.as_object()) member = canonical(std::move(member));
    std::ranges::sort(value.as_object(), {}, [](const Document::Entry& entry) { return entry.first; });
  }
  return value;
}

}  // namespace haneul::protocol::vectors
