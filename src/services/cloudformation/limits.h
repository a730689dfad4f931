// Limits of CloudFormation. Source: "Understand CloudFormation quotas" in the user guide.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace haneul::cloudformation {

inline constexpr size_t kTemplateBodyBytesMax = 51'200;
inline constexpr size_t kTemplateUrlBytesMax = 1'048'576;
inline constexpr size_t kDescriptionBytesMax = 1024;
inline constexpr size_t kParametersMax = 200;
inline constexpr size_t kMappingsMax = 200;
inline constexpr size_t kResourcesMax = 500;
inline constexpr size_t kOutputsMax = 200;
inline constexpr size_t kLogicalIdBytesMax = 255;
inline constexpr size_t kParameterValueBytesMax = 4096;
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kStacksMax = 2000;

// Of our own.
inline constexpr size_t kResolvedBytesMax = 1u << 20;       // of one value after all functions
inline constexpr size_t kStackResolvedBytesMax = 8u << 20;  // of a stack's resources and outputs together
inline constexpr size_t kEventsPage = 100;
inline constexpr size_t kStacksPage = 100;
inline constexpr size_t kParallelResources = 8;  // of one stack at a time
inline constexpr size_t kParallelStacks = 16;    // operations that proceed at a time
// How long an answer waits for the operation it began, so that clients which ask at long intervals (the CLI's
// waiters: every 5 or 30 s) find a stack of little work at rest when they ask first.
inline constexpr Milliseconds kAnswerPatience = std::chrono::seconds(2);
inline constexpr Milliseconds kAnswerPoll = std::chrono::milliseconds(20);
inline constexpr Milliseconds kDeletedStacksKept = std::chrono::hours(24 * 90);

}  // namespace haneul::cloudformation
