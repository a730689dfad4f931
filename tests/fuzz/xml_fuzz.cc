// S3 bodies are XML from outside. What parses must read the same after being written.
#include <cstdint>
#include <cstdlib>

#include "base/xml.h"

namespace {

void write(haneul::XmlWriter& out, const haneul::XmlElement& element) {
  out.open(element.name);
  out.text(element.text);
  for (const haneul::XmlElement& child : element.children) write(out, child);
  out.close();
}

bool same(const haneul::XmlElement& a, const haneul::XmlElement& b) {
  if (a.name != b.name || a.children.size() != b.children.size()) return false;
  // Blanks beside child elements are not kept.
  if (a.children.empty() && a.text != b.text) return false;
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!same(a.children[i], b.children[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  XmlElement root;
  try {
    root = parse_xml(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const ParseError&) {
    return 0;
  }
  XmlWriter out(true);
  write(out, root);
  const XmlElement again = parse_xml(out.take());
  if (!same(root, again)) std::abort();
  return 0;
}
