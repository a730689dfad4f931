#include "services/lambda/recursion.h"

#include <algorithm>

#include "aws/digest.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"

namespace haneul::lambda {

namespace {

constexpr std::string_view kField = "Lineage=";
constexpr int64_t kCountMax = 999;  // of what strangers may write

// How often a function was invoked before the last time.
struct Link {
  std::string function;
  int64_t before = 0;
};

struct Lineage {
  int64_t total = 0;
  std::vector<Link> links;  // the newest first
};

// Short, since the whole header has few bytes; a clash would only count two functions as one.
std::string short_name(const FunctionRef& ref) { return aws::sha256_hex(ref.arn()).substr(0, 8); }

bool is_lineage(std::string_view field) { return trim(field).starts_with(kField); }

Lineage parse_lineage(const std::string& header) {
  Lineage out;
  for (const std::string_view field : split(header, ';')) {
    if (!is_lineage(field)) continue;
    std::string_view text = trim(field).substr(kField.size());
    // The count in front is missing in the older form.
    if (const auto parts = split(text.substr(0, text.find('|')), ':'); parts.size() == 3) {
      out.total = std::clamp<int64_t>(parse_int(parts[0]).value_or(0), 0, kCountMax);
      text.remove_prefix(parts[0].size() + 1);
    }
    for (const std::string_view link : split(text, '|')) {
      const auto parts = split(link, ':');
      const auto before = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
      if (before && *before >= 0) out.links.push_back({std::string(parts[0]), std::min(*before, kCountMax)});
    }
  }
  return out;
}

std::string text_of(const Lineage& lineage) {
  std::string out = std::string(kField) + std::to_string(lineage.total) + ":";
  for (size_t i = 0; i < std::min(lineage.links.size(), kLineageLinksMax); ++i) {
    const Link& link = lineage.links[i];
    out += (i == 0 ? "" : "|") + link.function + ":" + std::to_string(link.before);
  }
  return out;
}

}  // namespace

std::string with_lineage(const std::string& trace_header, const FunctionRef& ref) {
  Lineage lineage = parse_lineage(trace_header);
  Link mine{.function = short_name(ref), .before = 0};
  const auto known = std::ranges::find(lineage.links, mine.function, &Link::function);
  if (known != lineage.links.end()) {
    mine.before = known->before + 1;
    lineage.links.erase(known);
  }
  lineage.links.insert(lineage.links.begin(), mine);
  ++lineage.total;
  std::string out;
  for (const std::string_view field : split(trace_header, ';')) {
    if (!is_lineage(field) && !trim(field).empty()) out += std::string(field) + ";";
  }
  return out + text_of(lineage);
}

bool is_runaway(const std::string& trace_header, const Resolved& resolved) {
  if (!resolved.stops_recursion) return false;
  const Lineage lineage = parse_lineage(trace_header);
  const auto known = std::ranges::find(lineage.links, short_name(resolved.ref), &Link::function);
  return known != lineage.links.end() && known->before + 1 >= kChainInvocationsMax;
}

void refuse_recursion() {
  refuse<RecursiveInvocationException>(
      "Lambda has detected your function being invoked in a recursive loop with other AWS resources and "
      "stopped "
      "your function's invocation.");
}

}  // namespace haneul::lambda
