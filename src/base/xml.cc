// pugixml reads the tree; what it is lenient about (characters, entities, several roots, DOCTYPE, depth) is
// checked here, and entities are decoded here because pugixml leaves unknown ones as they stand.
#include "base/xml.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/check.h"
#include "base/text.h"

namespace haneul {
namespace {

bool is_xml_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

void append_utf8(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0U | code >> 6U);
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

// "#65" or "#x41", without ampersand and semicolon. Control characters are allowed: S3 clients send keys that
// hold them.
std::optional<uint32_t> character_reference(std::string_view name) {
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x');
  if (is_hex) name.remove_prefix(1);
  uint32_t code = 0;
  if (name.empty() || name.size() > 8) return std::nullopt;
  for (const char c : name) {
    const bool decimal = c >= '0' && c <= '9';
    const char low = static_cast<char>(c | 0x20);
    if (!decimal && !(is_hex && low >= 'a' && low <= 'f')) return std::nullopt;
    code = code * (is_hex ? 16 : 10) + static_cast<uint32_t>(decimal ? c - '0' : low - 'a' + 10);
    if (code > 0x10FFFF) return std::nullopt;
  }
  if (code == 0 || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
  return code;
}

void append_entity(std::string& out, std::string_view name) {
  if (name == "amp") {
    out += '&';
  } else if (name == "lt") {
    out += '<';
  } else if (name == "gt") {
    out += '>';
  } else if (name == "quot") {
    out += '"';
  } else if (name == "apos") {
    out += '\'';
  } else if (const auto code = character_reference(name)) {
    append_utf8(out, *code);
  } else {
    throw ParseError(fmt::format("unknown entity \"&{};\"", name.substr(0, 32)));
  }
}

// Character data as written: entities decoded, line ends made one newline (XML 1.0, 2.11).
void append_decoded(std::string& out, std::string_view raw) {
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r') {
      if (i + 1 >= raw.size() || raw[i + 1] != '\n') out += '\n';
    } else if (raw[i] == '&') {
      const size_t end = raw.find(';', i);
      if (end == std::string_view::npos) throw ParseError("\"&\" is not followed by an entity");
      append_entity(out, raw.substr(i + 1, end - i - 1));
      i = end;
    } else {
      out += raw[i];
    }
  }
}

std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// pugixml checks the start of the whole name; behind a prefix another begins (Namespaces in XML, NCName).
bool starts_name(std::string_view name) {
  constexpr std::string_view kNever = "-.0123456789:";
  return !name.empty() && kNever.find(name.front()) == std::string_view::npos;
}

XmlElement convert(const pugi::xml_node& node, int depth) {
  if (depth > kXmlDepthMax)
    throw ParseError(fmt::format("XML is nested deeper than {} levels", kXmlDepthMax));
  XmlElement out{.name = std::string(local_name(node.name()))};
  if (!starts_name(out.name)) throw ParseError("an element whose name after the prefix is no name");
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    std::string value;
    append_decoded(value, attribute.value());
    out.attributes.emplace_back(attribute.name(), std::move(value));
  }
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) out.children.push_back(convert(child, depth + 1));
    if (child.type() == pugi::node_pcdata) append_decoded(out.text, child.value());
    if (child.type() == pugi::node_cdata) out.text += child.value();
  }
  return out;
}

pugi::xml_node single_root(const pugi::xml_document& document) {
  pugi::xml_node root;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) throw ParseError("a document type declaration is not allowed");
    const bool is_element = node.type() == pugi::node_element;
    if ((is_element && root) || (!is_element && !trim(node.value()).empty())) {
      throw ParseError("content after the root element or outside of it");
    }
    if (is_element) root = node;
  }
  if (!root) throw ParseError("there is no root element");
  return root;
}

void append_escaped(std::string& out, std::string_view value, std::string_view also) {
  for (const char c : value) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '\r' || is_xml_control(c) || also.find(c) != std::string_view::npos) {
      out += fmt::format("&#x{:X};", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
}

void append_text(std::string& out, std::string_view value, std::string_view also) {
  if (is_valid_utf8(value)) return append_escaped(out, value, also);
  append_escaped(out, to_valid_utf8(value), also);
}

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

const std::string* XmlElement::attribute(std::string_view attribute_name) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute_name) return &value;
  }
  return nullptr;
}

XmlElement parse_xml(std::string_view text) {
  if (!is_valid_utf8(text)) throw ParseError("XML is not valid UTF-8");
  if (std::ranges::any_of(text, is_xml_control)) throw ParseError("XML contains a control character");
  // A text node that is nothing but blanks counts only where it is all that an element holds.
  constexpr unsigned kFlags =
      pugi::parse_cdata | pugi::parse_doctype | pugi::parse_ws_pcdata_single | pugi::parse_fragment;
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!result) throw ParseError(fmt::format("{} (offset {})", result.description(), result.offset));
  return convert(single_root(document), 1);
}

XmlWriter::XmlWriter(bool with_declaration) {
  if (with_declaration) out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
}

void XmlWriter::end_start_tag() {
  if (in_start_tag_) out_ += '>';
  in_start_tag_ = false;
}

void XmlWriter::open(std::string_view name) {
  end_start_tag();
  out_ += '<';
  out_ += name;
  open_.emplace_back(name);
  in_start_tag_ = true;
}

void XmlWriter::attribute(std::string_view name, std::string_view value) {
  HANEUL_CHECK(in_start_tag_, "an attribute stands right after its element's open");
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_text(out_, value, "\"\n\t");
  out_ += '"';
}

void XmlWriter::text(std::string_view value) {
  if (value.empty()) return;
  end_start_tag();
  append_text(out_, value, {});
}

void XmlWriter::close() {
  HANEUL_CHECK(!open_.empty(), "an element is open");
  if (in_start_tag_) {
    out_ += "/>";
    in_start_tag_ = false;
  } else {
    out_ += "</" + open_.back() + ">";
  }
  open_.pop_back();
}

void XmlWriter::element(std::string_view name, std::string_view value) {
  open(name);
  text(value);
  close();
}

std::string XmlWriter::take() {
  HANEUL_CHECK(open_.empty(), "every element is closed");
  return std::move(out_);
}

}  // namespace haneul
