#include "services/lambda/records.h"

#include "store/record.h"

namespace haneul::lambda {

namespace {

int64_t int_or(const Document& from, std::string_view key, int64_t fallback) {
  const Document* value = from.find(key);
  return value != nullptr && value->is_number() ? value->as_int() : fallback;
}

std::optional<int64_t> maybe_int(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->as_int();
}

Timestamp time_or_epoch(const Document& from, std::string_view key) {
  return Timestamp(Milliseconds(int_or(from, key, 0)));
}

int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }

Document from_map(const TextMap& map) {
  Document out = Document::object();
  for (const auto& [key, value] : map) out.set(key, value);
  return out;
}

TextMap map_from(const Document& from, std::string_view key) {
  TextMap out;
  const Document* value = from.find(key);
  if (value == nullptr) return out;
  for (const auto& [name, text] : value->as_object()) out[name] = text.as_string();
  return out;
}

Document from_list(const std::vector<std::string>& list) {
  Document out = Document::array();
  for (const std::string& each : list) out.push(each);
  return out;
}

std::vector<std::string> list_from(const Document& from, std::string_view key) {
  std::vector<std::string> out;
  const Document* value = from.find(key);
  if (value == nullptr) return out;
  for (const Document& each : value->as_array()) out.push_back(each.as_string());
  return out;
}

Document to_document(const PackageRef& package) {
  Document out = Document::object();
  out.set("sha256", package.sha256);
  out.set("bytes", package.bytes);
  out.set("unpacked", package.unpacked_bytes);
  return out;
}

PackageRef package_ref_from(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  if (value == nullptr) return {};
  return {value->string_or("sha256", ""), int_or(*value, "bytes", 0), int_or(*value, "unpacked", 0)};
}

Document to_document(const std::vector<LayerUse>& layers) {
  Document out = Document::array();
  for (const LayerUse& layer : layers) {
    Document each = Document::object();
    each.set("arn", layer.arn);
    each.set("package", to_document(layer.package));
    out.push(std::move(each));
  }
  return out;
}

std::vector<LayerUse> layers_from(const Document& from) {
  std::vector<LayerUse> out;
  const Document* value = from.find("layers");
  if (value == nullptr) return out;
  for (const Document& each : value->as_array())
    out.push_back({each.string_or("arn", ""), package_ref_from(each, "package")});
  return out;
}

Document to_document(const Condition& condition) {
  return Document::Object{
      {"status", condition.status}, {"reason", condition.reason}, {"code", condition.code}};
}

Condition condition_from(const Document& from) {
  return {from.string_or("status", ""), from.string_or("reason", ""), from.string_or("code", "")};
}

Document to_document(const Settings& settings) {
  Document out = Document::object();
  out.set("version", settings.version);
  out.set("runtime", settings.runtime);
  out.set("role", settings.role);
  out.set("handler", settings.handler);
  out.set("description", settings.description);
  out.set("timeout", settings.timeout);
  out.set("memory", settings.memory_mb);
  out.set("tmp", settings.tmp_mb);
  out.set("environment", from_map(settings.environment));
  out.set("has_environment", settings.has_environment);
  out.set("layers", to_document(settings.layers));
  out.set("architecture", settings.architecture);
  out.set("tracing", settings.tracing);
  out.set("log_format", settings.log_format);
  out.set("log_level", settings.application_log_level);
  out.set("system_log_level", settings.system_log_level);
  out.set("log_group", settings.log_group);
  out.set("package", to_document(settings.package));
  out.set("runtime_updates", settings.runtime_updates);
  out.set("runtime_pin", settings.runtime_pin);
  if (settings.snap_start) out.set("snap_start", true);
  if (settings.durable) {
    Document& durable = out.set("durable", Document::object());
    durable.set("timeout", settings.durable->timeout_seconds);
    durable.set("retention", settings.durable->retention_days);
  }
  out.set("revision", settings.revision);
  if (!settings.shown_revision.empty()) out.set("shown_revision", settings.shown_revision);
  if (!settings.former_revision.empty()) out.set("former_revision", settings.former_revision);
  out.set("modified", millis(settings.modified_at));
  if (settings.state.status != kActive) out.set("state", to_document(settings.state));
  if (settings.last_update.status != kSuccessful) out.set("last_update", to_document(settings.last_update));
  return out;
}

Settings settings_from_document(const Document& from) {
  Settings out;
  out.version = from.string_or("version", "$LATEST");
  out.runtime = from.string_or("runtime", "");
  out.role = from.string_or("role", "");
  out.handler = from.string_or("handler", "");
  out.description = from.string_or("description", "");
  out.timeout = int_or(from, "timeout", 3);
  out.memory_mb = int_or(from, "memory", 128);
  out.tmp_mb = int_or(from, "tmp", 512);
  const Document* snap_start = from.find("snap_start");
  out.snap_start = snap_start != nullptr && snap_start->as_bool();
  out.environment = map_from(from, "environment");
  const Document* given = from.find("has_environment");
  out.has_environment = given != nullptr && given->as_bool();
  out.layers = layers_from(from);
  out.architecture = from.string_or("architecture", "");
  out.tracing = from.string_or("tracing", "PassThrough");
  out.log_format = from.string_or("log_format", "Text");
  out.application_log_level = from.string_or("log_level", "");
  out.system_log_level = from.string_or("system_log_level", out.log_format == "JSON" ? "INFO" : "");
  out.log_group = from.string_or("log_group", "");
  out.package = package_ref_from(from, "package");
  out.runtime_updates = from.string_or("runtime_updates", "Auto");
  out.runtime_pin = from.string_or("runtime_pin", "");
  if (const Document* durable = from.find("durable")) {
    out.durable = DurableSettings{.timeout_seconds = int_or(*durable, "timeout", 0),
                                  .retention_days = int_or(*durable, "retention", 14)};
  }
  out.revision = from.string_or("revision", "");
  out.shown_revision = from.string_or("shown_revision", "");
  out.former_revision = from.string_or("former_revision", "");
  out.modified_at = time_or_epoch(from, "modified");
  if (const Document* state = from.find("state")) out.state = condition_from(*state);
  if (const Document* update = from.find("last_update")) out.last_update = condition_from(*update);
  return out;
}

Document to_document(const PolicyRecord& policy) {
  Document out = Document::object();
  out.set("statements", policy.statements);
  out.set("revision", policy.revision);
  out.set("id", policy.id);
  if (policy.pins.empty()) return out;
  Document& pins = out.set("pins", Document::object());
  for (const auto& [arn, id] : policy.pins) pins.set(arn, id);
  return out;
}

PolicyRecord policy_from_document(const Document& from) {
  PolicyRecord out;
  if (const Document* statements = from.find("statements")) out.statements = *statements;
  if (const Document* pins = from.find("pins")) {
    for (const auto& [arn, id] : pins->as_object()) out.pins[arn] = id.as_string();
  }
  out.revision = from.string_or("revision", "");
  out.id = from.string_or("id", "default");
  return out;
}

}  // namespace

std::string encode(const Settings& record) { return store::encode_record(to_document(record)); }
Settings settings_from(std::string_view bytes) { return settings_from_document(store::decode_record(bytes)); }

std::string encode(const FunctionRecord& record) {
  Document out = Document::object();
  out.set("name", record.name);
  out.set("latest", to_document(record.latest));
  if (record.in_force) out.set("in_force", to_document(*record.in_force));
  out.set("tags", from_map(record.tags));
  if (record.reserved) out.set("reserved", *record.reserved);
  out.set("last_version", record.last_version);
  if (record.published_description) out.set("published_description", *record.published_description);
  out.set("recursive_loop", record.recursive_loop);
  out.set("born", record.born);
  return store::encode_record(out);
}

FunctionRecord function_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  FunctionRecord out;
  out.name = from.string_or("name", "");
  if (const Document* latest = from.find("latest")) out.latest = settings_from_document(*latest);
  if (const Document* in_force = from.find("in_force")) out.in_force = settings_from_document(*in_force);
  out.tags = map_from(from, "tags");
  out.reserved = maybe_int(from, "reserved");
  out.last_version = int_or(from, "last_version", 0);
  if (const Document* description = from.find("published_description"))
    out.published_description = description->as_string();
  out.recursive_loop = from.string_or("recursive_loop", "Terminate");
  out.born = from.string_or("born", "");
  return out;
}

std::string encode(const AliasRecord& record) {
  Document out = Document::object();
  out.set("name", record.name);
  out.set("version", record.version);
  out.set("description", record.description);
  Document weights = Document::object();
  for (const auto& [version, weight] : record.weights) weights.set(version, weight);
  out.set("weights", std::move(weights));
  out.set("revision", record.revision);
  return store::encode_record(out);
}

AliasRecord alias_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  AliasRecord out;
  out.name = from.string_or("name", "");
  out.version = from.string_or("version", "");
  out.description = from.string_or("description", "");
  if (const Document* weights = from.find("weights")) {
    for (const auto& [version, weight] : weights->as_object()) out.weights[version] = weight.as_double();
  }
  out.revision = from.string_or("revision", "");
  return out;
}

std::string encode(const PolicyRecord& record) { return store::encode_record(to_document(record)); }
PolicyRecord policy_from(std::string_view bytes) { return policy_from_document(store::decode_record(bytes)); }

std::string encode(const EventConfig& record) {
  Document out = Document::object();
  if (record.retries_max) out.set("retries", *record.retries_max);
  if (record.age_seconds_max) out.set("age", *record.age_seconds_max);
  out.set("on_success", record.on_success);
  out.set("on_failure", record.on_failure);
  out.set("modified", millis(record.modified_at));
  return store::encode_record(out);
}

EventConfig event_config_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  EventConfig out;
  out.retries_max = maybe_int(from, "retries");
  out.age_seconds_max = maybe_int(from, "age");
  out.on_success = from.string_or("on_success", "");
  out.on_failure = from.string_or("on_failure", "");
  out.modified_at = time_or_epoch(from, "modified");
  return out;
}

std::string encode(const LayerVersion& record) {
  Document out = Document::object();
  out.set("version", record.version);
  out.set("description", record.description);
  out.set("license", record.license);
  if (record.runtimes) out.set("runtimes", from_list(*record.runtimes));
  if (record.architectures) out.set("architectures", from_list(*record.architectures));
  out.set("package", to_document(record.package));
  out.set("created", millis(record.created_at));
  out.set("policy", to_document(record.policy));
  return store::encode_record(out);
}

LayerVersion layer_version_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  LayerVersion out;
  out.version = int_or(from, "version", 0);
  out.description = from.string_or("description", "");
  out.license = from.string_or("license", "");
  if (from.find("runtimes") != nullptr) out.runtimes = list_from(from, "runtimes");
  if (from.find("architectures") != nullptr) out.architectures = list_from(from, "architectures");
  out.package = package_ref_from(from, "package");
  out.created_at = time_or_epoch(from, "created");
  if (const Document* policy = from.find("policy")) out.policy = policy_from_document(*policy);
  return out;
}

std::string encode(const PackageRecord& record) {
  Document out = Document::object();
  out.set("blob", record.blob);
  out.set("bytes", record.bytes);
  out.set("unpacked", record.unpacked_bytes);
  return store::encode_record(out);
}

PackageRecord package_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  return {from.string_or("blob", ""), int_or(from, "bytes", 0), int_or(from, "unpacked", 0)};
}

const std::string& revision_id(const Settings& settings) {
  return settings.shown_revision.empty() ? settings.revision : settings.shown_revision;
}

void renew_revision_id(Settings& settings, std::string id) {
  settings.shown_revision = std::move(id);
  settings.former_revision.clear();
}

std::string fingerprint(const Settings& settings) {
  Document document = to_document(settings);
  for (const char* own : {"version", "revision", "shown_revision", "former_revision", "modified",
                          "runtime_updates", "runtime_pin", "state", "last_update"})
    document.erase(own);
  return store::encode_record(document);
}

}  // namespace haneul::lambda
