#include "platform/meter.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace haneul::platform {

namespace {

std::string month_of(Timestamp at) { return format_iso8601(at).substr(0, 7); }

// What a bill names: the bucket and not each of its objects, the log group and not each stream. A request
// that failed names what its caller made up, so it is not named; else the meter would grow with every new
// name.
std::string billed_resource(const RequestFact& fact) {
  if (fact.status >= 400) return "";
  std::string_view resource = fact.resource;
  if (fact.service == "s3") resource = resource.substr(0, resource.find('/'));
  if (fact.service == "logs") resource = resource.substr(0, resource.find(":log-stream:"));
  return std::string(resource);
}

Document to_document(const Usage& usage) {
  Document rows = Document::array();
  for (const auto& [key, amount] : usage) {
    rows.push(Document::Object{{"account", key.account},
                               {"region", key.region},
                               {"service", key.service},
                               {"resource", key.resource},
                               {"unit", key.unit},
                               {"operation", key.operation},
                               {"amount", amount}});
  }
  return Document::Object{{"version", 1}, {"usage", std::move(rows)}};
}

bool write_synced(const std::filesystem::path& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = ::fdatasync(file) == 0;
  return ::close(file) == 0 && written && synced;
}

}  // namespace

Meter::Meter(std::filesystem::path folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::string month = month_of(clock_.now());
  months_[month] = load_usage(folder_, month);
  flusher_ = std::thread([this] { keep_flushing(); });
}

Meter::~Meter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  flusher_.join();
  flush();
}

void Meter::subscribe(FactBus& bus) {
  bus.on_request([this](const RequestFact& fact) { record(fact); });
  bus.on_usage([this](const UsageFact& fact) {
    add(fact.at, {fact.account.str(), fact.region.str(), fact.service, fact.resource, fact.unit, ""},
        fact.amount);
  });
}

void Meter::record(const RequestFact& fact) {
  if (fact.account.empty()) return;  // nobody to charge: the request was not authenticated
  UsageKey key{fact.account.str(),    fact.region.str(), fact.service,
               billed_resource(fact), "requests",        fact.operation};
  const std::string month = month_of(fact.at);
  const std::lock_guard lock(mutex_);
  Usage& usage = usage_of(month);
  usage[key] += 1;
  key.operation.clear();
  if (fact.bytes_in > 0) {
    key.unit = "bytes-in";
    usage[key] += static_cast<double>(fact.bytes_in);
  }
  if (fact.bytes_out > 0) {
    key.unit = "bytes-out";
    usage[key] += static_cast<double>(fact.bytes_out);
  }
}

void Meter::add(Timestamp at, UsageKey key, double amount) {
  const std::string month = month_of(at);
  const std::lock_guard lock(mutex_);
  usage_of(month)[std::move(key)] += amount;
}

Usage& Meter::usage_of(const std::string& month) {
  auto [found, is_new] = months_.try_emplace(month);
  if (is_new) found->second = load_usage(folder_, month);
  dirty_[month] = true;
  return found->second;
}

void Meter::keep_flushing() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    lock.unlock();
    flush();
    lock.lock();
  }
}

void Meter::flush() {
  const std::lock_guard one_at_a_time(flush_mutex_);
  std::vector<std::pair<std::string, std::string>> files;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [month, is_dirty] : dirty_) {
      if (is_dirty) files.emplace_back(month, write_json(to_document(months_[month])));
      is_dirty = false;
    }
  }
  for (const auto& [month, text] : files) {
    const std::filesystem::path target = folder_ / (month + ".json");
    const std::filesystem::path fresh = folder_ / (month + ".json.new");
    std::error_code error;
    if (write_synced(fresh, text)) std::filesystem::rename(fresh, target, error);
    if (error)
      log_error("the meter cannot be written", {{"file", target.string()}, {"reason", error.message()}});
  }
}

Usage load_usage(const std::filesystem::path& folder, const std::string& month) {
  Usage usage;
  std::ifstream file(folder / (month + ".json"));
  if (!file) return usage;
  std::stringstream text;
  text << file.rdbuf();
  const Document document = parse_json(text.str());
  const Document* rows = document.find("usage");
  if (rows == nullptr || !rows->is_array()) throw ParseError("a meter file has no list of usage");
  for (const Document& row : rows->as_array()) {
    const Document* amount = row.find("amount");
    if (amount == nullptr || !amount->is_number()) throw ParseError("a row of a meter file has no amount");
    usage[{row.string_or("account", ""), row.string_or("region", ""), row.string_or("service", ""),
           row.string_or("resource", ""), row.string_or("unit", ""), row.string_or("operation", "")}] =
        amount->as_double();
  }
  return usage;
}

PriceTable parse_prices(std::string_view json) {
  const Document document = parse_json(json);
  PriceTable table{.currency = document.string_or("currency", "USD"), .prices = {}};
  const Document* rows = document.find("prices");
  if (rows == nullptr || !rows->is_array()) throw ParseError("the price table has no list named prices");
  for (const Document& row : rows->as_array()) {
    const Document* per = row.find("per");
    const Document* price = row.find("price");
    if (per == nullptr || !per->is_number() || per->as_double() <= 0 || price == nullptr ||
        !price->is_number()) {
      throw ParseError("a row of the price table needs a positive number per and a number price");
    }
    Price entry{
        row.string_or("service", ""), row.string_or("unit", ""), {}, per->as_double(), price->as_double()};
    if (const Document* operations = row.find("operations");
        operations != nullptr && operations->is_array()) {
      for (const Document& name : operations->as_array()) {
        if (name.is_string()) entry.operations.push_back(name.as_string());
      }
    }
    table.prices.push_back(std::move(entry));
  }
  return table;
}

double cost_of(const PriceTable& table, const UsageKey& key, double amount) {
  for (const Price& price : table.prices) {
    if (price.service != key.service || price.unit != key.unit) continue;
    if (price.operations.empty() ||
        std::ranges::find(price.operations, key.operation) != price.operations.end()) {
      return amount / price.per * price.price;
    }
  }
  return 0;
}

}  // namespace haneul::platform
