#include "services/dynamodb/access.h"

#include "base/text.h"
#include "model/error.h"
#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

using platform::AccessCheck;
using platform::AccessChecks;
using platform::Request;

namespace {

std::string text_of(const Value& value) {
  if (const std::string* text = value.string()) return *text;
  if (const Number* number = value.number()) return number->text();
  if (const std::string* bytes = value.binary()) return base64_encode(*bytes);
  return {};
}

// A value in the wire's form, without refusing anything: that is for the operation to do.
std::string text_of_wire(const Document& value) {
  for (const char* code : {"S", "N"}) {
    if (const Document* text = value.find(code); text != nullptr && text->is_string())
      return text->as_string();
  }
  const Document* bytes = value.find("B");
  return bytes != nullptr && bytes->is_blob() ? base64_encode(bytes->as_blob()) : std::string();
}

template <class Parse>
void parse_quietly(Parse&& parse) {
  try {
    parse();
  } catch (const model::ServiceError&) {
    // The operation answers it.
  }
}

void add_touch(const Table* table, const ItemTouch& touch, AccessCheck& check) {
  const auto set = [&](const char* key, const std::optional<std::string>& value) {
    if (value) check.context[key] = {*value};
  };
  set("dynamodb:Select", touch.select);
  set("dynamodb:ReturnValues", touch.return_values);
  set("dynamodb:ReturnConsumedCapacity", touch.return_consumed);
  set("dynamodb:EnclosingOperation", touch.enclosing);
  set("dynamodb:FullTableScan", touch.full_table_scan);
  if (!touch.attributes.empty()) {
    check.context["dynamodb:Attributes"] = {touch.attributes.begin(), touch.attributes.end()};
  }
  std::set<std::string> leading;
  for (const Value& hash : touch.hashes) leading.insert(text_of(hash));
  for (const Document* holder : touch.keys) {
    if (table == nullptr || holder == nullptr) continue;
    if (const Document* hash = holder->find(table->keys.hash)) leading.insert(text_of_wire(*hash));
  }
  if (!leading.empty()) check.context["dynamodb:LeadingKeys"] = {leading.begin(), leading.end()};
}

}  // namespace

AccessCheck TableAccess::check_of(const TableName& where, std::string action, TablePtr& table) const {
  AccessCheck check{.action = std::move(action), .resource = table_arn(where)};
  check.resource_account = where.account;
  table = db_->read([&](store::ReadTx& tx) { return catalog_->find(tx, where); });
  if (table == nullptr) return check;
  for (const auto& [key, value] : table->tags) check.context["aws:ResourceTag/" + key] = {value};
  if (table->policy) check.resource_policy = table->policy->parsed;
  return check;
}

TablePtr TableAccess::find(const Request& request, std::string_view table) const {
  return db_->read([&](store::ReadTx& tx) { return catalog_->find(tx, table_in(request, table)); });
}

AccessChecks TableAccess::on_table(const Request& request, std::string action, std::string_view table) const {
  TablePtr found;
  return {check_of(table_in(request, table), std::move(action), found)};
}

AccessChecks TableAccess::on_items(const Request& request, std::string action, std::string_view table,
                                   const ItemTouch& touch) const {
  TablePtr found;
  AccessCheck check = check_of(table_in(request, table), std::move(action), found);
  add_touch(found.get(), touch, check);
  AccessChecks checks;
  checks.push_back(std::move(check));
  return checks;
}

AccessChecks TableAccess::on_index(const Request& request, std::string action, std::string_view table,
                                   const std::optional<std::string>& index, const ItemTouch& touch) const {
  AccessChecks checks = on_items(request, std::move(action), table, touch);
  if (index) checks.front().resource += "/index/" + *index;
  return checks;
}

AccessChecks TableAccess::on_arn(const Request& request, std::string action, std::string_view arn) const {
  TablePtr found;
  return {check_of(table_in_arn(request, arn), std::move(action), found)};
}

AccessCheck TableAccess::on_stream(const StreamName& stream, std::string action) const {
  return stream_check(*db_, stream, std::move(action));
}

AccessCheck stream_check(store::Db& db, const StreamName& stream, std::string action) {
  AccessCheck check{.action = std::move(action),
                    .resource = table_arn(stream.table) + "/stream/" + stream.label};
  check.resource_account = stream.table.account;
  const auto found = db.read([&](store::ReadTx& tx) { return find_stream(tx, stream); });
  if (found && found->policy) check.resource_policy = found->policy->parsed;
  return check;
}

void TableAccess::add_names(const Document& holder, ItemTouch& touch) {
  for (const auto& [name, value] : holder.as_object()) touch.attributes.insert(name);
}

void TableAccess::add_condition(const std::optional<std::string>& expression,
                                const std::optional<Placeholders::Names>& names,
                                const std::optional<Document>& values, ItemTouch& touch) {
  if (!expression) return;
  parse_quietly([&] {
    Placeholders placeholders(names, values);
    touch.attributes.merge(parse_condition(*expression, "ConditionExpression", placeholders).attributes());
  });
}

void TableAccess::add_update(const std::optional<std::string>& expression,
                             const std::optional<Placeholders::Names>& names,
                             const std::optional<Document>& values, ItemTouch& touch) {
  if (!expression) return;
  parse_quietly([&] {
    Placeholders placeholders(names, values);
    touch.attributes.merge(parse_update(*expression, placeholders).attributes());
  });
}

void TableAccess::add_selection(const SelectionRequest& request, ItemTouch& touch) {
  parse_quietly([&] { touch.attributes.merge(selection_of(request).attributes()); });
}

void TableAccess::add_request_tags(AccessCheck& check, const std::vector<Tag>& tags) {
  std::vector<std::string> keys;
  for (const Tag& tag : tags) {
    check.context["aws:RequestTag/" + tag.key] = {tag.value};
    keys.push_back(tag.key);
  }
  if (!keys.empty()) check.context["aws:TagKeys"] = std::move(keys);
}

void TableAccess::add_tagging(AccessChecks& checks, const std::vector<Tag>& tags) {
  if (tags.empty()) return;
  add_request_tags(checks.front(), tags);
  AccessCheck tagging = checks.front();
  tagging.action = "dynamodb:TagResource";
  checks.push_back(std::move(tagging));
}

}  // namespace haneul::dynamodb
