// XML bodies of rest-xml (both ways) and of query and ec2 answers. Elements are matched by local name; a
// missing list element is an absent list, an empty one an empty list.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/xml.h"
#include "model/schema.h"
#include "protocol/place.h"

namespace haneul::protocol {

class XmlReader {
 public:
  Document structure(const model::Shape& shape, const XmlElement& element, const Place& place) const;
  Document value(const model::Shape& shape, const XmlElement& element, const Place& place) const;

 private:
  std::optional<Document> member(const model::Member& member, const XmlElement& parent,
                                 const Place& place) const;
  Document list(const model::Shape& shape, const std::vector<const XmlElement*>& items,
                const Place& place) const;
  Document map(const model::Shape& shape, const std::vector<const XmlElement*>& entries,
               const Place& place) const;
  Document scalar(const model::Shape& shape, std::string_view text, const Place& place) const;
};

struct XmlStyle {
  bool millis = false;       // times always with three decimals, as S3 writes them
  bool query_names = false;  // names of the query protocol, where a model states them
};

class XmlShapeWriter {
 public:
  XmlShapeWriter(XmlWriter& out, XmlStyle style) : out_(out), style_(style) {}
  // Opens no element of its own: attributes and child elements of the structure.
  void members(const model::Shape& shape, const Document& value);
  void member(const model::Member& member, const Document& value);
  void content(const model::Shape& shape, const Document& value);  // what stands inside of an open element

 private:
  std::string text(const model::Member* member, const model::Shape& shape, const Document& value) const;
  std::string_view name_of(const model::Member& member) const;
  void open(std::string_view name, const model::Member* member, const model::Shape& shape);
  void list_items(std::string_view item_name, const model::Shape& shape, const Document& value,
                  const model::Member* member);
  void map_entries(std::string_view entry_name, const model::Shape& shape, const Document& value,
                   const model::Member* member);

  XmlWriter& out_;
  XmlStyle style_;
};

void write_namespace(XmlWriter& out, std::string_view uri, std::string_view prefix);

}  // namespace haneul::protocol
