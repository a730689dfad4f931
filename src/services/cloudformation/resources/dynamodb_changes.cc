#include "services/cloudformation/resources/dynamodb_changes.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

using ByName = std::map<std::string, Document>;

std::string text_of(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  return value == nullptr || !is_scalar(*value) ? std::string() : scalar_text(*value);
}

ByName by_name(const Document* list, std::string_view name) {
  ByName out;
  if (list == nullptr || !list->is_array()) return out;
  for (const Document& one : list->as_array()) out[text_of(one, name)] = one;
  return out;
}

bool is_on_demand(const Document& properties) {
  return text_of(properties, "BillingMode") == "PAY_PER_REQUEST";
}

bool is_on_demand_now(const Document& table) {
  const Document* summary = table.find("BillingModeSummary");
  return summary != nullptr && summary->is_object() && is_on_demand(*summary);
}

bool same_throughput(const Document& now, const Document& wish) {
  const Document* shown = now.find("ProvisionedThroughput");
  if (shown == nullptr || !shown->is_object()) return false;
  return text_of(*shown, "ReadCapacityUnits") == text_of(wish, "ReadCapacityUnits") &&
         text_of(*shown, "WriteCapacityUnits") == text_of(wish, "WriteCapacityUnits");
}

// Keys and projection in a form that can be compared; the order of projected attributes says nothing.
std::string shape_of(const Document& index) {
  std::string out;
  if (const Document* keys = index.find("KeySchema"); keys != nullptr && keys->is_array()) {
    for (const Document& key : keys->as_array()) {
      out += fmt::format("{} {};", text_of(key, "KeyType"), text_of(key, "AttributeName"));
    }
  }
  const Document* projection = index.find("Projection");
  if (projection == nullptr || !projection->is_object()) return out;
  out += text_of(*projection, "ProjectionType");
  std::set<std::string> names;
  if (const Document* list = projection->find("NonKeyAttributes"); list != nullptr && list->is_array()) {
    for (const Document& name : list->as_array()) names.insert(scalar_text(name));
  }
  for (const std::string& name : names) out += " " + name;
  return out;
}

void add_key_names(const Document& owner, std::set<std::string>& names) {
  const Document* keys = owner.find("KeySchema");
  if (keys == nullptr || !keys->is_array()) return;
  for (const Document& key : keys->as_array()) names.insert(text_of(key, "AttributeName"));
}

enum class Billing { kProvisioned, kOnDemand };
Billing billing_of(const Document& properties) {
  return is_on_demand(properties) ? Billing::kOnDemand : Billing::kProvisioned;
}

// A number of what a table or an index may use at most; -1: no limit.
std::string limit_in(const Document& owner, std::string_view name) {
  const Document* maximum = owner.find("OnDemandThroughput");
  const bool has = maximum != nullptr && maximum->is_object() && maximum->find(name) != nullptr;
  return has ? text_of(*maximum, name) : "-1";
}

// What the template wants at most, when it is another maximum than now. Beside provisioned capacity, which
// ends every maximum, it is refused as when a table is made.
void add_maximum_change(const Document& now, const Document& wish, Billing billing, Document& out) {
  if (billing == Billing::kProvisioned && wish.find("OnDemandThroughput") == nullptr) return;
  Document limits = Document::object();
  for (const char* name : {"MaxReadRequestUnits", "MaxWriteRequestUnits"}) {
    const std::string limit = limit_in(wish, name);
    if (limit != limit_in(now, name)) limits.set(name, limit);
  }
  if (!limits.as_object().empty()) out.set("OnDemandThroughput", std::move(limits));
}

// It only grows: what a template no longer says stays as it is.
void add_warm_change(const Document& now, const Document& wish, Document& out) {
  const Document* wanted = wish.find("WarmThroughput");
  const Document* shown = now.find("WarmThroughput");
  if (wanted == nullptr || !wanted->is_object()) return;
  for (const char* name : {"ReadUnitsPerSecond", "WriteUnitsPerSecond"}) {
    if (wanted->find(name) == nullptr) continue;
    if (shown == nullptr || text_of(*shown, name) != text_of(*wanted, name)) {
      out.set("WarmThroughput", *wanted);
    }
  }
}

// Indexes that stay take the capacity of the template.
Document index_throughputs(const Document& table, const Document& properties) {
  Document out = Document::array();
  const ByName now = by_name(table.find("GlobalSecondaryIndexes"), "IndexName");
  for (const auto& [name, index] : by_name(properties.find("GlobalSecondaryIndexes"), "IndexName")) {
    const auto found = now.find(name);
    if (found == now.end()) continue;
    Document update = Document::Object{{"IndexName", name}};
    const Document* wish = index.find("ProvisionedThroughput");
    if (wish != nullptr && (is_on_demand_now(table) || !same_throughput(found->second, *wish))) {
      update.set("ProvisionedThroughput", *wish);
    }
    add_maximum_change(found->second, index, billing_of(properties), update);
    add_warm_change(found->second, index, update);
    if (update.as_object().size() > 1) out.push(Document::Object{{"Update", std::move(update)}});
  }
  return out;
}

}  // namespace

bool redefines_attribute(const Document* before, const Document* after) {
  const ByName now = by_name(after, "AttributeName");
  return std::ranges::any_of(by_name(before, "AttributeName"), [&](const auto& known) {
    const auto found = now.find(known.first);
    return found != now.end() &&
           text_of(known.second, "AttributeType") != text_of(found->second, "AttributeType");
  });
}

bool differs_by_index_name(const Document* before, const Document* after) {
  const ByName old_ones = by_name(before, "IndexName"), new_ones = by_name(after, "IndexName");
  return !std::ranges::equal(old_ones, new_ones, [](const auto& one, const auto& other) {
    return one.first == other.first && shape_of(one.second) == shape_of(other.second);
  });
}

void check_definitions(const Document& properties) {
  std::set<std::string> used;
  add_key_names(properties, used);
  for (const char* list : {"LocalSecondaryIndexes", "GlobalSecondaryIndexes"}) {
    for (const auto& [name, index] : by_name(properties.find(list), "IndexName")) add_key_names(index, used);
  }
  std::vector<std::string> defined;
  for (const auto& [name, definition] : by_name(properties.find("AttributeDefinitions"), "AttributeName")) {
    defined.push_back(name);
  }
  if (std::ranges::all_of(defined, [&](const std::string& name) { return used.contains(name); })) return;
  fail_template(
      fmt::format("One or more parameter values were invalid: Some AttributeDefinitions are not used. "
                  "AttributeDefinitions: [{}], keys used: [{}]",
                  join(defined, ", "), join({used.begin(), used.end()}, ", ")));
}

Document find_settings_change(const Document& table, const Document& properties) {
  Document out = Document::object();
  const bool turns = is_on_demand(properties) != is_on_demand_now(table);
  if (turns) out.set("BillingMode", is_on_demand(properties) ? "PAY_PER_REQUEST" : "PROVISIONED");
  if (const Document* wish = properties.find("ProvisionedThroughput")) {
    // Beside PAY_PER_REQUEST it is refused, as when a table is made.
    if (turns || is_on_demand(properties) || !same_throughput(table, *wish)) {
      out.set("ProvisionedThroughput", *wish);
    }
  }
  add_maximum_change(table, properties, billing_of(properties), out);
  Document updates = index_throughputs(table, properties);
  if (!updates.as_array().empty()) out.set("GlobalSecondaryIndexUpdates", std::move(updates));
  const std::string table_class =
      properties.find("TableClass") ? text_of(properties, "TableClass") : "STANDARD";
  const Document* summary = table.find("TableClassSummary");
  const bool has_class = summary != nullptr && summary->is_object();
  if (table_class != (has_class ? text_of(*summary, "TableClass") : "STANDARD")) {
    out.set("TableClass", table_class);
  }
  const bool is_protected = text_of(properties, "DeletionProtectionEnabled") == "true";
  if (is_protected != (text_of(table, "DeletionProtectionEnabled") == "true")) {
    out.set("DeletionProtectionEnabled", is_protected);
  }
  return out;
}

Document find_index_change(const Document& table, const Document& properties) {
  const ByName now = by_name(table.find("GlobalSecondaryIndexes"), "IndexName");
  const ByName wished = by_name(properties.find("GlobalSecondaryIndexes"), "IndexName");
  std::vector<Document> changes;
  for (const auto& [name, index] : now) {
    const auto found = wished.find(name);
    if (found == wished.end()) {
      changes.emplace_back(Document::Object{{"Delete", Document::Object{{"IndexName", name}}}});
    } else if (shape_of(index) != shape_of(found->second)) {
      fail_template(
          "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
          "Specification. You can create a new GSI with a different name.");
    }
  }
  for (const auto& [name, index] : wished) {
    if (!now.contains(name)) changes.emplace_back(Document::Object{{"Create", index}});
  }
  if (changes.size() > 1) {
    fail_template("Cannot perform more than one GSI creation or deletion in a single update");
  }
  return changes.empty() ? Document() : changes.front();
}

Document stream_wish(const Document& specification) {
  return Document::Object{{"StreamEnabled", true},
                          {"StreamViewType", text_of(specification, "StreamViewType")}};
}

std::vector<Document> find_stream_changes(const Document& table, const Document& properties) {
  const auto view_of = [](const Document& from) {
    const Document* stream = from.find("StreamSpecification");
    return stream == nullptr || !stream->is_object() ? std::string() : text_of(*stream, "StreamViewType");
  };
  const std::string now = view_of(table), wish = view_of(properties);
  std::vector<Document> steps;
  if (now == wish) return steps;
  if (!now.empty()) steps.emplace_back(Document::Object{{"StreamEnabled", false}});
  if (!wish.empty()) steps.push_back(stream_wish(*properties.find("StreamSpecification")));
  return steps;
}

Document find_time_to_live_change(const Document& now, const Document* wish) {
  const bool is_enabled = text_of(now, "TimeToLiveStatus").starts_with("ENABL");
  const std::string attribute = is_enabled ? text_of(now, "AttributeName") : "";
  const bool shall_be = wish != nullptr && text_of(*wish, "Enabled") == "true";
  if (!shall_be) {
    if (!is_enabled) return {};
    return Document::Object{{"Enabled", false}, {"AttributeName", attribute}};
  }
  const std::string wished = text_of(*wish, "AttributeName");
  if (is_enabled && wished == attribute) return {};
  // Of another attribute it is refused by DynamoDB: it has to be disabled by an update of its own.
  return Document::Object{{"Enabled", true}, {"AttributeName", wished}};
}

Document find_recovery_change(const Document& now, const Document* wish) {
  const bool is_enabled = text_of(now, "PointInTimeRecoveryStatus") == "ENABLED";
  const bool shall_be = wish != nullptr && text_of(*wish, "PointInTimeRecoveryEnabled") == "true";
  if (!shall_be) {
    if (!is_enabled) return {};
    return Document::Object{{"PointInTimeRecoveryEnabled", false}};
  }
  const std::string given = text_of(*wish, "RecoveryPeriodInDays");
  const std::string days = given.empty() ? "35" : given;
  if (is_enabled && text_of(now, "RecoveryPeriodInDays") == days) return {};
  return Document::Object{{"PointInTimeRecoveryEnabled", true}, {"RecoveryPeriodInDays", days}};
}

}  // namespace haneul::cloudformation
