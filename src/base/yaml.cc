// yaml-cpp's event parser feeding a YamlBuilder; its node tree is never made, since it would follow aliases
// unbounded.
#include "base/yaml.h"

#include <algorithm>
#include <istream>
#include <streambuf>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/text.h"
#include "base/yaml_builder.h"

namespace haneul {
namespace {

YamlMark mark_of(const YAML::Mark& mark) { return {.line = mark.line + 1, .column = mark.column + 1}; }

class Events final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.null({.mark = mark_of(mark), .tag = {}, .anchor = anchor});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.alias({.mark = mark_of(mark), .tag = {}, .anchor = anchor});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    builder_.scalar({.mark = mark_of(mark), .tag = tag, .anchor = anchor}, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    builder_.begin_list({.mark = mark_of(mark), .tag = tag, .anchor = anchor});
  }
  void OnSequenceEnd() override { builder_.end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    builder_.begin_map({.mark = mark_of(mark), .tag = tag, .anchor = anchor});
  }
  void OnMapEnd() override { builder_.end(); }

  Document take() { return builder_.take(); }

 private:
  YamlBuilder builder_;
};

class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

// The library takes 0x04 for the end of its input and guesses UTF-16 from zero bytes; YAML allows neither.
bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

}  // namespace

Document parse_yaml(std::string_view text) {
  if (!is_valid_utf8(text)) throw ParseError("YAML is not valid UTF-8");
  if (std::ranges::any_of(text, is_forbidden)) throw ParseError("YAML contains a control character");
  ViewBuffer buffer(text);
  std::istream in(&buffer);
  try {
    YAML::Parser parser(in);
    Events events;
    parser.HandleNextDocument(events);
    Events second;
    if (parser.HandleNextDocument(second)) throw ParseError("more than one YAML document");
    return events.take();
  } catch (const YAML::Exception& error) {
    const YamlMark mark = mark_of(error.mark);
    throw ParseError(fmt::format("{} (line {}, column {})", error.msg, mark.line, mark.column),
                     {.line = static_cast<size_t>(mark.line), .column = static_cast<size_t>(mark.column)});
  }
}

}  // namespace haneul
