#include "services/lambda/ops/url_ops.h"

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/pages.h"
#include "services/lambda/urls/address.h"
#include "services/lambda/urls/cors.h"
#include "services/lambda/urls/record.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr std::string_view kIdLetters = "abcdefghijklmnopqrstuvwxyz234567";
constexpr size_t kIdLettersCount = 32;

std::string make_id(Random& random) {
  std::string out;
  for (const char byte : random.bytes(kIdLettersCount))
    out += kIdLetters[static_cast<unsigned char>(byte) % kIdLetters.size()];
  return out;
}

template <class In>
FunctionRef url_owner(const Request& request, const In& in) {
  FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier == kLatest) ref.qualifier.clear();
  if (is_version_number(ref.qualifier)) {
    refuse<InvalidParameterValueException>(
        "Function URLs belong to functions and aliases; a version cannot have one.");
  }
  return ref;
}

void require_owner(store::Reader& tx, const FunctionRef& ref) {
  const bool is_there =
      find_function(tx, ref) && (ref.qualifier.empty() || find_alias(tx, ref, ref.qualifier));
  if (!is_there) refuse<ResourceNotFoundException>("Function does not exist");
}

UrlRecord require_url(store::Reader& tx, const FunctionRef& ref) {
  const auto bytes = tx.get(keys::url(ref, ref.qualifier));
  if (!bytes) refuse<ResourceNotFoundException>("The resource you requested does not exist.");
  return url_from(*bytes);
}

// The members that all answers share; list items are the same shape under another name.
template <class Out>
Out describe(const Core& core, const Request& request, const FunctionRef& ref, const UrlRecord& record) {
  Out out;
  out.function_url = make_function_url(
      record.id, {request, ref.place.region.str(), core.port.load(std::memory_order_relaxed)});
  out.function_arn = ref.qualified_arn();
  out.auth_type = record.auth_type;
  out.cors = record.cors;
  out.invoke_mode = record.invoke_mode;
  out.creation_time = format_iso8601_millis(record.created_at);
  if constexpr (requires { out.last_modified_time; })
    out.last_modified_time = format_iso8601_millis(record.modified_at);
  return out;
}

std::optional<Cors> cors_of(const Cors& given) {
  require_cors(given);
  const bool is_empty = !given.allow_credentials && !given.allow_headers && !given.allow_methods &&
                        !given.allow_origins && !given.expose_headers && !given.max_age;
  return is_empty ? std::nullopt : std::optional<Cors>(given);
}

template <class In>
auto on_url(const Core& core, const char* action) {
  return [&core, action](const Request& request, const In& in) {
    auto checks = core.function_check(action, url_owner(request, in));
    if constexpr (requires { std::string(in.auth_type); }) {
      checks.front().context["lambda:FunctionUrlAuthType"] = {in.auth_type};
    } else if constexpr (requires { in.auth_type->size(); }) {
      if (in.auth_type) checks.front().context["lambda:FunctionUrlAuthType"] = {*in.auth_type};
    }
    return checks;
  };
}

}  // namespace

void drop_url(store::Tx& tx, const FunctionRef& ref, std::string_view alias) {
  const store::Key key = keys::url(ref, alias);
  const auto bytes = tx.get(key);
  if (!bytes) return;
  tx.del(keys::url_id(url_from(*bytes).id));
  tx.del(key);
}

void drop_urls(store::Tx& tx, const FunctionRef& ref) {
  for (const store::Entry& row : tx.scan(keys::functions_scope(ref.place).shard, keys::urls(ref)))
    drop_url(tx, ref, keys::text_at(row.key, 1));
}

void UrlOps::register_operations(platform::OperationTable& table) {
  table.add<op::CreateFunctionUrlConfig>(
      {.access = on_url<CreateFunctionUrlConfigInput>(core_, "lambda:CreateFunctionUrlConfig"),
       .run = bind_run(this, &UrlOps::create)});
  table.add<op::UpdateFunctionUrlConfig>(
      {.access = on_url<UpdateFunctionUrlConfigInput>(core_, "lambda:UpdateFunctionUrlConfig"),
       .run = bind_run(this, &UrlOps::update)});
  table.add<op::GetFunctionUrlConfig>(
      {.access = on_url<GetFunctionUrlConfigInput>(core_, "lambda:GetFunctionUrlConfig"),
       .run = bind_run(this, &UrlOps::get),
       .effect = Effect::kReadOnly});
  table.add<op::DeleteFunctionUrlConfig>(
      {.access = on_url<DeleteFunctionUrlConfigInput>(core_, "lambda:DeleteFunctionUrlConfig"),
       .run = bind_run(this, &UrlOps::remove)});
  table.add<op::ListFunctionUrlConfigs>(
      {.access =
           [this](const Request& request, const ListFunctionUrlConfigsInput& in) {
             return core_.function_check("lambda:ListFunctionUrlConfigs",
                                         parse_function(request, in.function_name));
           },
       .run = bind_run(this, &UrlOps::list),
       .effect = Effect::kReadOnly});
}

CreateFunctionUrlConfigOutput UrlOps::create(const Request& request, const CreateFunctionUrlConfigInput& in) {
  const FunctionRef ref = url_owner(request, in);
  UrlRecord record{.id = make_id(core_.random),
                   .auth_type = in.auth_type,
                   .invoke_mode = in.invoke_mode.value_or("BUFFERED"),
                   .cors = {},
                   .created_at = request.now,
                   .modified_at = request.now};
  if (in.cors) record.cors = cors_of(*in.cors);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_owner(tx, ref);
    if (tx.get(keys::url(ref, ref.qualifier))) {
      refuse<ResourceConflictException>(
          fmt::format("Failed to create function url config for [functionArn = {}]. Error message:  "
                      "FunctionUrlConfig exists for this Lambda function",
                      ref.qualified_arn()));
    }
    tx.put(keys::url(ref, ref.qualifier), encode(record));
    tx.put(keys::url_id(record.id), encode_owner(ref));
  });
  return describe<CreateFunctionUrlConfigOutput>(core_, request, ref, record);
}

UpdateFunctionUrlConfigOutput UrlOps::update(const Request& request, const UpdateFunctionUrlConfigInput& in) {
  const FunctionRef ref = url_owner(request, in);
  const UrlRecord record = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_owner(tx, ref);
    UrlRecord changed = require_url(tx, ref);
    if (in.auth_type) changed.auth_type = *in.auth_type;
    if (in.invoke_mode) changed.invoke_mode = *in.invoke_mode;
    if (in.cors) changed.cors = cors_of(*in.cors);
    changed.modified_at = request.now;
    tx.put(keys::url(ref, ref.qualifier), encode(changed));
    return changed;
  });
  return describe<UpdateFunctionUrlConfigOutput>(core_, request, ref, record);
}

GetFunctionUrlConfigOutput UrlOps::get(const Request& request, const GetFunctionUrlConfigInput& in) {
  const FunctionRef ref = url_owner(request, in);
  const UrlRecord record = core_.db.read([&](store::ReadTx& tx) { return require_url(tx, ref); });
  return describe<GetFunctionUrlConfigOutput>(core_, request, ref, record);
}

DeleteFunctionUrlConfigOutput UrlOps::remove(const Request& request, const DeleteFunctionUrlConfigInput& in) {
  const FunctionRef ref = url_owner(request, in);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_url(tx, ref);
    drop_url(tx, ref, ref.qualifier);
  });
  return {};
}

ListFunctionUrlConfigsOutput UrlOps::list(const Request& request, const ListFunctionUrlConfigsInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    if (!find_function(tx, ref)) refuse<ResourceNotFoundException>("Function does not exist");
    const Page page = read_page(tx, keys::functions_scope(ref.place).shard, keys::urls(ref),
                                {request, in.marker, in.max_items}, kKeepAll);
    ListFunctionUrlConfigsOutput out;
    out.next_marker = page.next_marker;
    for (const store::Entry& row : page.rows) {
      FunctionRef owner = ref;
      owner.qualifier = keys::text_at(row.key, 1);
      out.function_url_configs.push_back(
          describe<FunctionUrlConfig>(core_, request, owner, url_from(row.value)));
    }
    return out;
  });
}

}  // namespace haneul::lambda
