// XML for the wire: a small element tree for requests and a writer for answers (pugixml behind the parser).
// No DTD, no entities beyond the five, no processing instructions kept: a document with a DOCTYPE is a
// ParseError, as are bad UTF-8, unbalanced tags and more than kXmlDepthMax levels. Namespace prefixes of
// elements are stripped; attributes keep theirs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parse_error.h"

namespace haneul {

inline constexpr int kXmlDepthMax = 128;

struct XmlElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // concatenated character data directly below
  std::vector<XmlElement> children;

  const XmlElement* find(std::string_view child) const;
  const std::string* attribute(std::string_view attribute_name) const;
};

XmlElement parse_xml(std::string_view text);

// Appends well-formed XML; open and close must balance. Text and attribute values are escaped, characters
// that XML 1.0 cannot carry become character references as S3 does for keys.
class XmlWriter {
 public:
  explicit XmlWriter(bool with_declaration);
  void open(std::string_view name);
  void attribute(std::string_view name, std::string_view value);  // right after open
  void text(std::string_view value);
  void close();
  void element(std::string_view name, std::string_view value);  // open, text, close
  std::string take();

 private:
  void end_start_tag();
  std::string out_;
  std::vector<std::string> open_;
  bool in_start_tag_ = false;
};

}  // namespace haneul
