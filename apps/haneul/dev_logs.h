// What the functions of a stack print, as it comes: one line per event behind the function's name, and for
// each invocation its duration, memory and price. Colours on a terminal, plain text elsewhere.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "dev_stack.h"
#include "platform/meter.h"

namespace haneul::app {

enum class Paint { kPlain, kBold, kDim, kRed, kGreen, kYellow };

// The text in a colour, where standard output is a terminal.
std::string painted(Paint paint, std::string_view text);

// The figures of a REPORT line.
struct ReportFigures {
  std::string duration_ms, init_ms, status;
  double billed_ms = 0;
  double memory_mb = 0;
  std::string max_memory_mb;
};
std::optional<ReportFigures> parse_report(std::string_view line);

// "12.3 ms (init 80 ms), 40 of 128 MB, $0.0000002"; the price is that of the request and its time.
std::string figures_text(const ReportFigures& figures, const platform::PriceTable& prices);

class DevLogs {
 public:
  DevLogs(const Client& client, platform::PriceTable prices);
  void follow(const std::vector<DeployedFunction>& functions);
  void print_new();

 private:
  void print_event(const DeployedFunction& function, std::string_view message);

  const Client& client_;
  platform::PriceTable prices_;
  std::vector<DeployedFunction> functions_;
  std::map<std::string, int64_t> since_;  // by log group
  std::set<std::string> seen_;
};

}  // namespace haneul::app
