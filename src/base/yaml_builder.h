// What a parsed YAML document becomes, event by event: scalars resolved to kinds, short tags to intrinsic
// functions, aliases to copies, all within bounds. Knows nothing of the YAML library. See yaml.h for the
// rules.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"

namespace haneul {

struct YamlMark {
  int line = 0, column = 0;  // from 1
};

// How a node is written: its tag ("?" plain, "!" quoted, "!Ref", "tag:yaml.org,2002:str", empty for none) and
// anchor (0: none).
struct YamlNode {
  YamlMark mark;
  std::string_view tag;
  size_t anchor = 0;
};

class YamlBuilder {
 public:
  void null(const YamlNode& node);
  void scalar(const YamlNode& node, const std::string& text);
  void alias(const YamlNode& node);
  void begin_list(const YamlNode& node);
  void begin_map(const YamlNode& node);
  void end();
  Document take() { return std::move(root_); }

 private:
  struct Size {  // of a value with all that it holds
    size_t nodes = 1;
    size_t bytes = 0;
    size_t depth = 0;
  };
  struct Sized {
    Document value;
    Size size;
  };
  struct Frame {
    YamlMark mark;
    std::string tag;
    size_t anchor = 0;
    Sized content;
    std::optional<std::string> key;
    std::vector<YamlMark> key_marks;
  };

  bool expects_key() const;
  void key(const YamlNode& node, const std::string& text);
  void begin(const YamlNode& node, Document container);
  void count(const YamlMark& mark, size_t nodes);
  void add(Sized item, size_t anchor);
  void add_tagged(const YamlNode& node, Sized item);

  Document root_;
  std::vector<Frame> open_;
  std::map<size_t, Sized> anchors_;
  size_t nodes_ = 0;
  size_t alias_bytes_ = 0;
};

}  // namespace haneul
