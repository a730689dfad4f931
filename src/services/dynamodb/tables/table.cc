#include "services/dynamodb/tables/table.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/errors.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

Document keys_document(const KeySchema& keys) {
  Document out = Document::Object{{"hash", keys.hash}};
  if (keys.range) out.set("range", *keys.range);
  return out;
}

Document throughput_document(const Throughput& throughput) {
  return Document::Object{{"read", throughput.read}, {"write", throughput.write}};
}

Document index_document(const Index& index) {
  Document out = Document::Object{{"name", index.name},
                                  {"number", index.number},
                                  {"local", index.is_local()},
                                  {"keys", keys_document(index.keys)},
                                  {"projection", index.projection},
                                  {"backfilling", index.state == Index::State::kBackfilling},
                                  {"throughput", throughput_document(index.throughput)}};
  if (index.on_demand_max) out.set("on_demand_max", throughput_document(*index.on_demand_max));
  if (index.warm) out.set("warm", throughput_document(*index.warm));
  for (const std::string& name : index.included) {
    Document* list = out.find("included");
    (list == nullptr ? out.set("included", Document::array()) : *list).push(name);
  }
  return out;
}

template <class T>
void set_optional(Document& out, std::string_view name, const std::optional<T>& value) {
  if (value) out.set(name, *value);
}

// Reads the members of a record; what is missing takes the default, as rows of earlier releases do.
class Members {
 public:
  explicit Members(const Document& record) : record_(record) {}
  std::string text(std::string_view name, std::string_view fallback = {}) const {
    return record_.string_or(name, fallback);
  }
  std::optional<std::string> optional_text(std::string_view name) const {
    const Document* found = record_.find(name);
    return found == nullptr ? std::nullopt : std::optional(found->as_string());
  }
  int64_t number(std::string_view name) const {
    const Document* found = record_.find(name);
    return found == nullptr ? 0 : found->as_int();
  }
  bool flag(std::string_view name) const {
    const Document* found = record_.find(name);
    return found != nullptr && found->as_bool();
  }
  std::optional<Timestamp> time(std::string_view name) const {
    const Document* found = record_.find(name);
    return found == nullptr ? std::nullopt : std::optional(found->as_timestamp());
  }
  const Document* find(std::string_view name) const { return record_.find(name); }
  Members inside(std::string_view name) const {
    static const Document kNothing = Document::object();
    const Document* found = record_.find(name);
    return Members(found == nullptr ? kNothing : *found);
  }
  template <class Visit>
  void each(std::string_view name, Visit&& visit) const {
    const Document* found = record_.find(name);
    if (found == nullptr) return;
    for (const Document& element : found->as_array()) visit(element);
  }
  template <class Visit>
  void each_member(std::string_view name, Visit&& visit) const {
    const Document* found = record_.find(name);
    if (found == nullptr) return;
    for (const auto& [key, value] : found->as_object()) visit(key, value);
  }
  KeySchema keys(std::string_view name) const {
    const Members held = inside(name);
    return {.hash = held.text("hash"), .range = held.optional_text("range")};
  }
  Throughput throughput(std::string_view name) const {
    const Members held = inside(name);
    return {.read = held.number("read"), .write = held.number("write")};
  }
  std::optional<Throughput> optional_throughput(std::string_view name) const {
    return record_.find(name) == nullptr ? std::nullopt : std::optional(throughput(name));
  }

 private:
  const Document& record_;
};

Index index_of(const Document& record) {
  const Members members(record);
  Index out{.name = members.text("name"),
            .kind = members.flag("local") ? Index::Kind::kLocal : Index::Kind::kGlobal,
            .number = static_cast<uint64_t>(members.number("number")),
            .keys = members.keys("keys"),
            .projection = members.text("projection"),
            .included = {},
            .state = members.flag("backfilling") ? Index::State::kBackfilling : Index::State::kActive,
            .throughput = members.throughput("throughput"),
            .on_demand_max = members.optional_throughput("on_demand_max"),
            .warm = members.optional_throughput("warm")};
  members.each("included", [&](const Document& name) { out.included.push_back(name.as_string()); });
  return out;
}

Document settings_document(const Table& table) {
  Document out = Document::Object{{"on_demand", table.on_demand},
                                  {"throughput", throughput_document(table.throughput)},
                                  {"class", table.table_class},
                                  {"protected", table.deletion_protection}};
  set_optional(out, "on_demand_since", table.on_demand_since);
  set_optional(out, "increased", table.throughput_increased);
  set_optional(out, "decreased", table.throughput_decreased);
  if (table.on_demand_max) out.set("on_demand_max", throughput_document(*table.on_demand_max));
  if (table.warm) out.set("warm", throughput_document(*table.warm));
  set_optional(out, "class_since", table.table_class_since);
  if (table.stream) {
    out.set("stream", Document::Object{{"label", table.stream->label},
                                       {"view", table.stream->view_type},
                                       {"number", table.stream->number}});
  }
  set_optional(out, "ttl", table.ttl_attribute);
  if (table.policy) out.set("policy", policy_document(*table.policy));
  if (table.recovery) {
    out.set("recovery", Document::Object{{"since", table.recovery->since}, {"days", table.recovery->days}});
  }
  if (!table.copies.empty()) {
    Document& copies = out.set("copies", Document::array());
    for (const std::string& copy : table.copies) copies.push(copy);
  }
  if (table.cut != Timestamp{}) out.set("cut", table.cut);
  if (table.origin) {
    out.set("origin", Document::Object{{"backup", table.origin->backup_arn},
                                       {"table", table.origin->table_arn},
                                       {"at", table.origin->at}});
  }
  if (table.is_filling) out.set("filling", true);
  Document& tags = out.set("tags", Document::object());
  for (const auto& [key, value] : table.tags) tags.as_object().emplace_back(key, value);
  return out;
}

void read_settings(const Members& members, Table& out) {
  out.on_demand = members.flag("on_demand");
  out.on_demand_since = members.time("on_demand_since");
  out.throughput = members.throughput("throughput");
  out.throughput_increased = members.time("increased");
  out.throughput_decreased = members.time("decreased");
  out.on_demand_max = members.optional_throughput("on_demand_max");
  out.warm = members.optional_throughput("warm");
  out.table_class = members.text("class", "");
  out.table_class_since = members.time("class_since");
  out.deletion_protection = members.flag("protected");
  const Members stream = members.inside("stream");
  if (const auto label = stream.optional_text("label"))
    out.stream = {*label, stream.text("view"), static_cast<uint64_t>(stream.number("number"))};
  out.ttl_attribute = members.optional_text("ttl");
  if (const Document* policy = members.find("policy")) out.policy = policy_of(*policy);
  const Members recovery = members.inside("recovery");
  if (const auto since = recovery.time("since")) out.recovery = {*since, recovery.number("days")};
  members.each("copies", [&](const Document& copy) { out.copies.insert(copy.as_string()); });
  out.cut = members.time("cut").value_or(Timestamp{});
  const Members origin = members.inside("origin");
  if (const auto at = origin.time("at")) out.origin = {origin.text("backup"), origin.text("table"), *at};
  out.is_filling = members.flag("filling");
  members.each_member("tags", [&](const std::string& key, const Document& value) {
    out.tags.emplace(key, value.as_string());
  });
}

}  // namespace

std::string table_arn(const TableName& table) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", table.region.str(), table.account.str(), table.name);
}

bool Table::is_updating() const {
  return std::ranges::find(indexes, Index::State::kBackfilling, &Index::state) != indexes.end();
}

const Index* Table::index(std::string_view name) const {
  const auto found = std::ranges::find(indexes, name, &Index::name);
  return found == indexes.end() ? nullptr : &*found;
}

Index* Table::index(std::string_view name) { return const_cast<Index*>(std::as_const(*this).index(name)); }

std::vector<std::string> not_projected(const Table& table, const Index& index,
                                       const std::set<std::string>& attributes) {
  std::vector<std::string> out;
  if (index.projection == "ALL") return out;
  const auto is_key = [](const KeySchema& keys, const std::string& name) {
    return name == keys.hash || name == keys.range;
  };
  for (const std::string& name : attributes) {
    if (is_key(table.keys, name) || is_key(index.keys, name)) continue;
    if (std::ranges::find(index.included, name) == index.included.end()) out.push_back(name);
  }
  return out;
}

std::string encode(const Table& table) {
  Document out = Document::Object{{"id", table.id},
                                  {"number", table.number},
                                  {"revision", table.revision},
                                  {"created", table.created},
                                  {"keys", keys_document(table.keys)}};
  Document& attributes = out.set("attributes", Document::object());
  for (const auto& [name, type] : table.attributes) {
    attributes.as_object().emplace_back(name, std::string(type_code(type)));
  }
  Document& indexes = out.set("indexes", Document::array());
  for (const Index& index : table.indexes) indexes.push(index_document(index));
  out.set("settings", settings_document(table));
  return store::encode_record(out);
}

Table decode_table(std::string_view bytes, TableName where) {
  const Document record = store::decode_record(bytes);
  const Members members(record);
  Table out;
  out.where = std::move(where);
  out.id = members.text("id");
  out.number = static_cast<uint64_t>(members.number("number"));
  out.revision = static_cast<uint64_t>(members.number("revision"));
  out.created = members.time("created").value_or(Timestamp{});
  out.keys = members.keys("keys");
  members.each_member("attributes", [&](const std::string& name, const Document& code) {
    ValueType type{};
    if (!type_of_code(code.as_string(), type)) throw store::Corrupt("a table's row names no type");
    out.attributes.emplace(name, type);
  });
  members.each("indexes", [&](const Document& index) { out.indexes.push_back(index_of(index)); });
  read_settings(members.inside("settings"), out);
  return out;
}

}  // namespace haneul::dynamodb
