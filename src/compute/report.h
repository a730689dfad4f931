// The platform's own log lines and error documents, in AWS's words.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "compute/image.h"
#include "compute/invocation.h"

namespace haneul::compute {

enum class InitPhase { kInit, kInvoke };
enum class InitStatus { kError, kTimeout };

std::string init_start_line(const RuntimeChoice& runtime);
std::string restore_start_line(const RuntimeChoice& runtime);
std::string restore_report_line(std::chrono::microseconds duration, std::optional<InitStatus> failure,
                                std::string_view error_type);
// Of the initialisation that a snapshot is taken after.
std::string snapshot_report_line(std::chrono::microseconds duration);
std::string start_line(const Invocation& invocation, std::string_view version);
std::string end_line(const Invocation& invocation);
std::string report_line(const Invocation& invocation, const InvokeResult& result);
std::string init_report_line(std::chrono::microseconds duration, InitPhase phase, InitStatus status,
                             std::string_view error_type);

// "1-5759e988-..." of "Root=1-5759e988-...;Sampled=1"; empty when it is not there.
std::string_view trace_field(std::string_view header, std::string_view name);

std::string error_document(std::string_view type, std::string_view message);
std::string seconds_text(std::chrono::milliseconds duration);            // "3.00"
std::chrono::milliseconds round_up(std::chrono::microseconds duration);  // billing counts begun milliseconds

// The new environment's log stream, for example 2023/11/14/[$LATEST]0123456789abcdef0123456789abcdef.
std::string make_log_stream(Timestamp at, std::string_view version, std::string_view hex32);

}  // namespace haneul::compute
