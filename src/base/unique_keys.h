// Repeated keys of an object that was parsed from outside bytes. Parsers append entries as they come and
// settle repeats once at the end of the object: by sorting, since Document::set looks every key up in turn
// and a hash table can be flooded with colliding keys; either would let a small hostile document take
// quadratic time.
#pragma once

#include <cstddef>
#include <optional>

#include "base/document.h"

namespace haneul {

// The later value of a repeated key stands in the earlier one's place.
void merge_repeated_keys(Document::Object& entries);

// Index of the first entry (in order) whose key an earlier entry has.
std::optional<size_t> find_repeated_key(const Document::Object& entries);

}  // namespace haneul
