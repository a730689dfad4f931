// Compiled patterns, kept for the life of the process: models have a few hundred, requests are checked
// against the same ones again and again. Matching is of the whole text, as AWS's is. Thread rule: any thread.
#pragma once

#include <string_view>

namespace haneul::model {

// `pattern` is RE2's syntax; one that does not compile is a broken model and ends the process.
bool matches_pattern(std::string_view pattern, std::string_view text);
bool is_valid_pattern(std::string_view pattern);

}  // namespace haneul::model
