#include "base/xml.h"
#include "protocol/vectors_support.h"

namespace haneul::protocol::vectors {
namespace {

Document read_element(const Document& shapes, const Document& reference, const XmlElement& element);

std::string or_else(std::string text, std::string_view fallback) {
  return text.empty() ? std::string(fallback) : text;
}

Document read_items(const Document& shapes, const Document& shape, const XmlElement& parent,
                    std::string_view item) {
  Document out = Document::array();
  for (const XmlElement& child : parent.children) {
    if (child.name == item) out.push(read_element(shapes, *shape.find("member"), child));
  }
  return out;
}

Document read_entries(const Document& shapes, const Document& shape, const XmlElement& parent,
                      std::string_view entry) {
  const std::string key = or_else(text_of(*shape.find("key"), "locationName"), "key");
  const std::string value = or_else(text_of(*shape.find("value"), "locationName"), "value");
  Document out = Document::object();
  for (const XmlElement& child : parent.children) {
    if (child.name != entry) continue;
    out.set(child.find(key)->text, read_element(shapes, *shape.find("value"), *child.find(value)));
  }
  return out;
}

Document read_structure(const Document& shapes, const Document& shape, const XmlElement& element) {
  Document out = Document::object();
  for (const auto& [key, reference] : shape.find("members")->as_object()) {
    if (is_outside_body(reference)) continue;
    const std::string name = or_else(text_of(reference, "locationName"), key);
    const Document& target = raw_shape(shapes, text_of(reference, "shape"));
    const std::string type = text_of(target, "type");
    if (flag_of(reference, "xmlAttribute")) {
      if (const std::string* value = element.attribute(name)) out.set(key, *value);
      continue;
    }
    const XmlElement* child = element.find(name);
    if (child == nullptr) continue;
    if (flag_of(reference, "flattened") && type == "list") {
      out.set(key, read_items(shapes, target, element, name));
    } else if (flag_of(reference, "flattened") && type == "map") {
      out.set(key, read_entries(shapes, target, element, name));
    } else {
      out.set(key, read_element(shapes, reference, *child));
    }
  }
  return out;
}

Document read_element(const Document& shapes, const Document& reference, const XmlElement& element) {
  const Document& shape = raw_shape(shapes, text_of(reference, "shape"));
  const std::string type = text_of(shape, "type");
  if (type == "structure") return read_structure(shapes, shape, element);
  if (type == "list") {
    return read_items(shapes, shape, element,
                      or_else(text_of(*shape.find("member"), "locationName"), "member"));
  }
  if (type == "map") return read_entries(shapes, shape, element, "entry");
  return client_scalar(shapes, reference, element.text, "xml");
}

const XmlElement* error_element(const XmlElement& root) {
  if (root.name == "Error") return &root;
  if (const XmlElement* errors = root.find("Errors")) return errors->find("Error");
  return root.find("Error");
}

}  // namespace

Document read_xml_answer(const Case& test, std::string_view body, std::string_view shape,
                         ClientAnswer& answer) {
  if (shape.empty() || body.empty()) return Document::object();
  const XmlElement root = parse_xml(body);
  const XmlElement* element = &root;
  if (test.data.find("errorCode") != nullptr) {
    element = error_element(root);
    answer.code = element->find("Code")->text;
    if (const XmlElement* message = element->find("Message")) answer.message = message->text;
  } else if (text_of(*test.metadata, "protocol") == "query") {
    element = root.find(text_of(*test.data.find("given"), "name") + "Result");
    if (element == nullptr) return Document::object();
  }
  return read_structure(*test.shapes, raw_shape(*test.shapes, shape), *element);
}

}  // namespace haneul::protocol::vectors
