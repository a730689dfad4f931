// JSON and CBOR bodies: both parse to a Document of the wire; this turns such a Document into one of the
// model and back. They differ in names (jsonName is rest-json's alone) and in how blobs and times travel.
#pragma once

#include <string_view>

#include "base/document.h"
#include "base/value_sink.h"
#include "model/schema.h"
#include "protocol/place.h"

namespace haneul::protocol {

struct DocumentStyle {
  enum class Names { kModel, kWire };
  enum class Values { kJson, kCbor };
  Names names = Names::kModel;
  Values values = Values::kJson;
};
inline constexpr DocumentStyle kJsonRpcStyle{};
inline constexpr DocumentStyle kRestJsonStyle{.names = DocumentStyle::Names::kWire};
inline constexpr DocumentStyle kCborStyle{.values = DocumentStyle::Values::kCbor};

class DocumentReader {
 public:
  explicit DocumentReader(DocumentStyle style) : style_(style) {}
  // Body members only. Takes the wire value apart.
  Document structure(const model::Shape& shape, Document& wire, const Place& place) const;
  Document value(const model::Shape& shape, model::TimestampFormat format, Document& wire,
                 const Place& place) const;

 private:
  Document list(const model::Shape& shape, Document& wire, const Place& place) const;
  Document map(const model::Shape& shape, Document& wire, const Place& place) const;
  Document number(const model::Shape& shape, const Document& wire, const Place& place) const;
  Document blob(const model::Shape& shape, Document& wire, const Place& place) const;
  Document timestamp(const model::Shape& shape, const Document& wire, const Place& place) const;

  DocumentStyle style_;
};

// Writes a Document of the model into a sink, under the names and in the forms of the wire.
class DocumentWriter {
 public:
  DocumentWriter(DocumentStyle style, ValueSink& sink) : style_(style), sink_(sink) {}
  void structure(const model::Shape& shape, const Document& value) const;
  void value(const model::Shape& shape, model::TimestampFormat format, const Document& value) const;

 private:
  const Document* written(const model::Member& member, const Document& value) const;

  DocumentStyle style_;
  ValueSink& sink_;
};

}  // namespace haneul::protocol
