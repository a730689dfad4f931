// What a function answers to a batch: which records it could not process, and the state of its window.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/lambda/mappings/events.h"

namespace haneul::lambda {

// Positions in the batch of what failed, in order; all of them when the answer cannot be understood or names
// a record that was not given. Null, an empty object and an empty or null list mean that nothing failed.
std::vector<size_t> failed_positions(const std::string& answer, const std::vector<Item>& items);

// The JSON of the member "state"; nothing when the answer has none.
std::optional<std::string> window_state(const std::string& answer);

}  // namespace haneul::lambda
