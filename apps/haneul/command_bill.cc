// haneul bill: what was used, by service and resource, and what it would cost by the price table.

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "gen/data/prices.h"
#include "platform/meter.h"

namespace haneul::app {

namespace {

struct Line {
  std::map<std::string, double> units;
  double cost = 0;
};

using Lines = std::map<std::pair<std::string, std::string>, Line>;  // service, resource

Document to_json(const std::string& month, const platform::PriceTable& prices, const Lines& lines,
                 double total) {
  Document rows = Document::array();
  for (const auto& [key, line] : lines) {
    Document units = Document::object();
    for (const auto& [unit, amount] : line.units) units.set(unit, amount);
    rows.push(Document::Object{
        {"service", key.first}, {"resource", key.second}, {"usage", std::move(units)}, {"cost", line.cost}});
  }
  return Document::Object{
      {"month", month}, {"currency", prices.currency}, {"total", total}, {"resources", std::move(rows)}};
}

std::string amount_text(double amount) {
  return amount == std::floor(amount) ? fmt::format("{:.0f}", amount) : fmt::format("{:.3f}", amount);
}

void print(const std::string& month, const platform::PriceTable& prices, const Lines& lines, double total) {
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows{{"service", "resource", "usage", prices.currency}};
  for (const auto& [key, line] : lines) {
    std::string usage;
    for (const auto& [unit, amount] : line.units) {
      usage += fmt::format("{}{} {}", usage.empty() ? "" : ", ", amount_text(amount), unit);
    }
    const std::string resource = key.second.empty() ? "-" : key.second;
    rows.push_back({key.first, resource, usage, fmt::format("{:.8f}", line.cost)});
  }
  rows.push_back({"total of " + month, "", "", fmt::format("{:.8f}", total)});
  std::array<size_t, 4> widths{};
  for (const Row& row : rows) {
    for (size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], row[at].size());
  }
  for (const Row& row : rows) {
    std::cout << fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1], row[2],
                             widths[2], row[3], widths[3]);
  }
}

}  // namespace

int command_bill(const CommandOptions& options, const BillOptions& bill) {
  const std::string month =
      bill.month.empty() ? format_iso8601(SystemClock().now()).substr(0, 7) : bill.month;
  const std::string table =
      bill.prices_file.empty() ? std::string(data::prices()) : read_text_file(bill.prices_file);
  const platform::PriceTable prices = platform::parse_prices(table);
  Lines lines;
  double total = 0;
  for (const auto& [key, amount] : platform::load_usage(options.data / "meter", month)) {
    Line& line = lines[{key.service, key.resource}];
    line.units[key.unit] += amount;
    const double cost = platform::cost_of(prices, key, amount);
    line.cost += cost;
    total += cost;
  }
  if (options.json) {
    std::cout << write_json_pretty(to_json(month, prices, lines, total)) << "\n";
  } else {
    print(month, prices, lines, total);
  }
  return 0;
}

}  // namespace haneul::app
