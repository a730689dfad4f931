// haneul bill: what was used, by service and resource, and what it would cost by the price table.

#include <iostream>
#include <map>

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

void print(const std::string& month, const platform::PriceTable& prices, const Lines& lines, double total) {
  std::cout << fmt::format("{:<16} {:<64} {:<34} {:>14}\n", "service", "resource", "usage", prices.currency);
  for (const auto& [key, line] : lines) {
    std::string usage;
    for (const auto& [unit, amount] : line.units) {
      usage += fmt::format("{}{:.6g} {}", usage.empty() ? "" : ", ", amount, unit);
    }
    const std::string resource = key.second.empty() ? "-" : key.second;
    std::cout << fmt::format("{:<16} {:<64} {:<34} {:>14.8f}\n", key.first, resource, usage, line.cost);
  }
  std::cout << fmt::format("{:<116} {:>14.8f}\n", "total of " + month, total);
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
