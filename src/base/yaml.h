// YAML 1.1 core as CloudFormation reads it, to Document (yaml-cpp behind it). Plain scalars become null,
// bool, int, double or string; quoted ones stay strings; dates stay strings. The short tags (!Ref, !Sub,
// !GetAtt ...) become their long forms ({"Ref": ...}, {"Fn::Sub": ...}; "!GetAtt A.B" splits at the first
// dot). Aliases are followed, bounded by kYamlNodesMax nodes in all; duplicate keys, unknown tags, several
// documents and more than kDepthMax levels are a ParseError with line and column.
#pragma once

#include <string_view>

#include "base/document.h"
#include "base/parse_error.h"

namespace haneul {

inline constexpr int kYamlNodesMax = 200'000;

Document parse_yaml(std::string_view text);

}  // namespace haneul
