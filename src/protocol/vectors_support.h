// The public protocol vectors (botocore's, made from Smithy's) as test data: files of suites, each with raw
// shapes and cases. Values are compared in one canonical form: blobs and times as their kinds, NaN and
// infinities as their names, keys sorted.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "model/schema_builder.h"
#include "protocol/wire.h"

namespace haneul::protocol::vectors {

struct Case {
  std::string id;
  Document data;           // one entry of "cases"
  const Document* shapes;  // raw shapes of its suite
  const Document* metadata;
};

// What a case needs to run: the schema with the one operation, and its raw description.
struct CaseSetup {
  explicit CaseSetup(const Case& test);
  model::SchemaBuilder builder;
  model::OperationModel operation;
  model::ServiceModel service;
  const Document& given;
};

// Cases of ../shared/data/protocol-vectors/<direction>/*.json, or where HANEUL_VECTORS points; nothing when
// absent.
std::optional<std::vector<Case>> load_cases(std::string_view direction);

// Why a case is not run, or how it is read differently; empty: it runs as it is.
std::string_view exception_reason(std::string_view id);

// `params`, `result` and `error` of a case as a model Document.
Document from_params(const Document& shapes, std::string_view shape, const Document& value);
Document canonical(Document value);

const Document& raw_shape(const Document& shapes, std::string_view name);
std::string text_of(const Document& object, std::string_view key);
bool flag_of(const Document& object, std::string_view key);

// Reads an answer as a client would, from the raw shapes alone; shares nothing with the codecs but the
// parsers.
struct ClientAnswer {
  Document value;    // result, or members of the error
  std::string code;  // of an error
  std::string message;
};
ClientAnswer read_answer(const Case& test, const WireResponse& response);
Document read_xml_answer(const Case& test, std::string_view body, std::string_view shape,
                         ClientAnswer& answer);
// Answers have headers and a status; a member bound to the query string or path of requests stands in their
// body.
bool is_outside_body(const Document& reference);
// A scalar of the raw shape from text in the given location ("header", "xml").
Document client_scalar(const Document& shapes, const Document& reference, std::string_view text,
                       std::string_view location);

}  // namespace haneul::protocol::vectors
