// A small client for the vectors: reads answers from the raw shapes alone. Headers, JSON and CBOR here, XML
// beside.
#include <cmath>

#include "base/cbor.h"
#include "base/json.h"
#include "base/text.h"
#include "protocol/vectors_support.h"

namespace haneul::protocol::vectors {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

std::string_view name_in(const Document& reference, std::string_view key, std::string& store) {
  store = text_of(reference, "locationName");
  return store.empty() ? key : std::string_view(store);
}

// Value of a JSON or CBOR body.
Document read_value(const Document& shapes, std::string_view name, const Document& wire) {
  const Document& shape = raw_shape(shapes, name);
  const std::string type = text_of(shape, "type");
  if (wire.is_null() || flag_of(shape, "document")) return wire;
  if (type == "blob") return wire.is_blob() ? wire : Document(Blob{base64_decode(wire.as_string()).value()});
  if (type == "timestamp")
    return client_scalar(shapes, shape, wire.is_string() ? wire.as_string() : write_json(wire), "body");
  if ((type == "float" || type == "double") && wire.is_number()) return wire.as_double();
  if (type == "structure") {
    Document out = Document::object();
    for (const auto& [key, reference] : shape.find("members")->as_object()) {
      std::string store;
      const Document* found = wire.find(name_in(reference, key, store));
      const bool in_body = !is_outside_body(reference);
      if (in_body && found != nullptr) out.set(key, read_value(shapes, text_of(reference, "shape"), *found));
    }
    return out;
  }
  if (type == "list") {
    Document out = Document::array();
    for (const Document& item : wire.as_array()) {
      if (!item.is_null()) out.push(read_value(shapes, text_of(*shape.find("member"), "shape"), item));
    }
    return out;
  }
  if (type != "map") return wire;
  Document out = Document::object();
  for (const auto& [key, item] : wire.as_object()) {
    if (!item.is_null()) out.set(key, read_value(shapes, text_of(*shape.find("value"), "shape"), item));
  }
  return out;
}

// Items of a header list as RFC 9110 quotes them; dates keep their comma.
std::vector<std::string> header_items(const std::string& text, std::string_view type) {
  std::vector<std::string> out;
  if (type == "timestamp") {
    for (size_t at = 0; at < text.size(); at += 31) out.push_back(text.substr(at, 29));
    return out;
  }
  for (size_t at = 0; at < text.size();) {
    std::string item;
    if (text[at] == '"') {
      for (++at; text[at] != '"'; ++at) item += text[at] == '\\' ? text[++at] : text[at];
      at = std::min(text.find(',', at), text.size());
    } else {
      const size_t end = std::min(text.find(',', at), text.size());
      item = trim(std::string_view(text).substr(at, end - at));
      at = end;
    }
    out.push_back(item);
    at = std::min(text.find_first_not_of(", ", at), text.size());
  }
  return out;
}

Document read_header(const Document& shapes, const Document& reference, const std::string& text) {
  const Document& shape = raw_shape(shapes, text_of(reference, "shape"));
  if (flag_of(reference, "jsonvalue")) return base64_decode(text).value();
  if (text_of(shape, "type") != "list") return client_scalar(shapes, reference, text, "header");
  const Document& item = *shape.find("member");
  Document out = Document::array();
  for (const std::string& one :
       header_items(text, text_of(raw_shape(shapes, text_of(item, "shape")), "type"))) {
    out.push(client_scalar(shapes, item, one, "header"));
  }
  return out;
}

void read_bound(const Case& test, std::string_view name, const WireResponse& response, Document& out) {
  for (const auto& [key, reference] : raw_shape(*test.shapes, name).find("members")->as_object()) {
    const std::string location = text_of(reference, "location");
    const std::string wire = text_of(reference, "locationName");
    if (location == "statusCode") out.set(key, response.status);
    for (const auto& [header, value] : response.headers) {
      if (location == "header" && equals_ignore_case(header, wire)) {
        out.set(key, read_header(*test.shapes, reference, value));
      }
      const bool is_ours =
          equals_ignore_case(header, "x-amzn-RequestId") || equals_ignore_case(header, "Content-Type");
      if (location == "headers" && starts_with_ignoring_case(header, wire) && !is_ours) {
        if (out.find(key) == nullptr) out.set(key, Document::object());
        out.find(key)->set(header.substr(wire.size()), value);
      }
    }
  }
}

bool read_payload(const Case& test, std::string_view name, const WireResponse& response,
                  ClientAnswer& answer) {
  const std::string payload = text_of(raw_shape(*test.shapes, name), "payload");
  if (payload.empty()) return false;
  const std::string target = text_of(*raw_shape(*test.shapes, name).find("members")->find(payload), "shape");
  const std::string type = text_of(raw_shape(*test.shapes, target), "type");
  if (response.body.empty()) return true;
  if (type == "blob") {
    answer.value.set(payload, Blob{response.body});
  } else if (type == "string") {
    answer.value.set(payload, response.body);
  } else if (text_of(*test.metadata, "protocol") == "rest-xml") {
    answer.value.set(payload, read_xml_answer(test, response.body, target, answer));
  } else {
    answer.value.set(payload, read_value(*test.shapes, target, parse_json(response.body)));
  }
  return true;
}

std::string bare_code(std::string code) {
  code = code.substr(0, code.find(':'));
  return code.substr(code.find('#') + 1);
}

void read_error_code(const WireResponse& response, const Document& body, ClientAnswer& answer) {
  const HeaderView headers(response.headers);
  answer.code = body.string_or("__type", body.string_or("code", ""));
  if (headers.find("x-amzn-errortype") != nullptr) answer.code = headers.get("x-amzn-errortype");
  if (headers.find("x-amzn-query-error") != nullptr) {
    const std::string_view text = headers.get("x-amzn-query-error");
    answer.code = text.substr(0, text.find(';'));
  }
  answer.code = bare_code(answer.code);
  answer.message = body.string_or("message", body.string_or("Message", ""));
}

}  // namespace

bool is_outside_body(const Document& reference) {
  const std::string location = text_of(reference, "location");
  return location == "header" || location == "headers" || location == "statusCode";
}

Document client_scalar(const Document& shapes, const Document& reference, std::string_view text,
                       std::string_view location) {
  const std::string target = text_of(reference, "shape");
  const Document& shape = target.empty() ? reference : raw_shape(shapes, target);
  const std::string type = text_of(shape, "type");
  if (type == "boolean") return text == "true";
  if (type == "integer" || type == "long") return parse_int(text).value();
  if (type == "float" || type == "double") {
    return text == "NaN" ? Document("NaN") : Document(std::stod(std::string(text)));
  }
  if (type == "blob") return Blob{base64_decode(text).value()};
  if (type != "timestamp") return text;
  std::string format = text_of(reference, "timestampFormat");
  if (format.empty()) format = text_of(shape, "timestampFormat");
  if (location == "header" && (format.empty() || format == "rfc822")) return parse_http_date(text).value();
  if (format == "rfc822") return parse_http_date(text).value();
  if (const auto at = parse_iso8601(text)) return *at;
  return Timestamp(Milliseconds(std::llround(std::stod(std::string(text)) * 1000)));
}

ClientAnswer read_answer(const Case& test, const WireResponse& response) {
  ClientAnswer answer{.value = Document::object(), .code = {}, .message = {}};
  const Document& given = *test.data.find("given");
  const bool is_error = test.data.find("errorCode") != nullptr;
  const Document* output = is_error ? &given.find("errors")->as_array().front() : given.find("output");
  const std::string protocol = text_of(*test.metadata, "protocol");
  const std::string name = output == nullptr ? "" : text_of(*output, "shape");
  const bool is_rest = protocol.starts_with("rest-");
  if (!name.empty() && !is_error && is_rest && read_payload(test, name, response, answer)) {
    read_bound(test, name, response, answer.value);
    return answer;
  }
  if (protocol == "rest-xml" || protocol == "query" || protocol == "ec2") {
    answer.value = read_xml_answer(test, response.body, name, answer);
  } else {
    Document body = Document::object();
    if (!response.body.empty())
      body = protocol.starts_with("smithy") ? parse_cbor(response.body) : parse_json(response.body);
    if (!name.empty()) answer.value = read_value(*test.shapes, name, body);
    if (is_error) read_error_code(response, body, answer);
  }
  if (is_rest && !name.empty()) read_bound(test, name, response, answer.value);
  return answer;
}

}  // namespace haneul::protocol::vectors
