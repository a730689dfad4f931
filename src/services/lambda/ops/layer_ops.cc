#include "services/lambda/ops/layer_ops.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/code_source.h"
#include "services/lambda/code_url.h"
#include "services/lambda/pages.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"
#include "store/record.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

// Of what is about one version; others may not be numbered so.
LayerRef version_ref(const platform::Request& request, std::string_view layer, int64_t version) {
  const LayerRef ref = parse_layer(request, layer, version);
  if (version < 1) refuse<InvalidParameterValueException>("Layer Version Cannot be less than 1");
  return ref;
}

LayerVersionsListItem describe_item(LayerRef ref, const LayerVersion& layer) {
  ref.version = layer.version;
  LayerVersionsListItem out;
  out.layer_version_arn = ref.version_arn();
  out.version = layer.version;
  out.description = layer.description;
  out.created_date = format_modified(layer.created_at);
  out.compatible_runtimes = layer.runtimes;
  out.compatible_architectures = layer.architectures;
  if (!layer.license.empty()) out.license_info = layer.license;
  return out;
}

bool fits(const std::optional<std::vector<std::string>>& list, const MaybeText& wanted) {
  return !wanted || (list && std::find(list->begin(), list->end(), *wanted) != list->end());
}

// The newest version that fits, from the range of a layer's versions.
std::optional<LayerVersion> newest(store::Reader& tx, const LayerRef& ref, const ListLayersInput& in) {
  std::optional<LayerVersion> found;
  const store::KeyRange range = keys::layer_versions(ref);
  tx.scan_each({keys::functions_scope(ref.place).shard, range.from, range.to},
               {.direction = store::Direction::kReverse}, [&](std::string_view, std::string_view value) {
                 LayerVersion layer = layer_version_from(value);
                 if (!fits(layer.runtimes, in.compatible_runtime) ||
                     !fits(layer.architectures, in.compatible_architecture))
                   return store::Visit::kContinue;
                 found = std::move(layer);
                 return store::Visit::kStop;
               });
  return found;
}

}  // namespace

void LayerOps::register_operations(platform::OperationTable& table) {
  table
      .add_parking<op::PublishLayerVersion>(
          {.access =
               [](const Request& r, const PublishLayerVersionInput& in) {
                 return platform::check("lambda:PublishLayerVersion", parse_layer(r, in.layer_name).arn());
               },
           .run = bind_run(this, &LayerOps::publish)})
      .body_bytes_max = kCodeRequestBytesMax;
  table.add<op::GetLayerVersion>({.access =
                                      [this](const Request& r, const GetLayerVersionInput& in) {
                                        return core_.layer_check(
                                            "lambda:GetLayerVersion",
                                            parse_layer(r, in.layer_name, in.version_number));
                                      },
                                  .run = bind_run(this, &LayerOps::get),
                                  .effect = Effect::kReadOnly});
  table.add<op::GetLayerVersionByArn>({.access =
                                           [this](const Request&, const GetLayerVersionByArnInput& in) {
                                             const auto ref = parse_layer_version_arn(in.arn);
                                             return ref ? core_.layer_check("lambda:GetLayerVersion", *ref)
                                                        : platform::check("lambda:GetLayerVersion", in.arn);
                                           },
                                       .run = bind_run(this, &LayerOps::get_by_arn),
                                       .effect = Effect::kReadOnly});
  table.add<op::DeleteLayerVersion>({.access =
                                         [this](const Request& r, const DeleteLayerVersionInput& in) {
                                           return core_.layer_check(
                                               "lambda:DeleteLayerVersion",
                                               parse_layer(r, in.layer_name, in.version_number));
                                         },
                                     .run = bind_run(this, &LayerOps::remove)});
  table.add<op::ListLayers>(
      {.access = [](const Request&,
                    const ListLayersInput&) { return platform::check("lambda:ListLayers", "*"); },
       .run = bind_run(this, &LayerOps::list),
       .effect = Effect::kReadOnly});
  table.add<op::ListLayerVersions>({.access =
                                        [](const Request& r, const ListLayerVersionsInput& in) {
                                          return platform::check("lambda:ListLayerVersions",
                                                                 parse_layer(r, in.layer_name).arn());
                                        },
                                    .run = bind_run(this, &LayerOps::list_versions),
                                    .effect = Effect::kReadOnly});
  register_policies(table);
}

Task<PublishLayerVersionOutput> LayerOps::publish(const Request& request, const PublishLayerVersionInput& in,
                                                  platform::Exchange&) {
  LayerRef ref = parse_layer(request, in.layer_name);
  if (!(ref.place.account == request.account))
    refuse<InvalidParameterValueException>("A layer is published in the caller's own account.");
  LayerVersion layer;
  layer.description = in.description.value_or("");
  layer.license = in.license_info.value_or("");
  layer.runtimes = in.compatible_runtimes;
  if (layer.runtimes) require_known_runtimes(*layer.runtimes);
  layer.architectures = in.compatible_architectures;
  layer.created_at = request.now;
  const LayerVersionContentInput& content = in.content;
  const CodeStore::Staged staged = co_await core_.code.stage(
      co_await fetch_zip(core_, request,
                         {content.zip_file, content.s3_bucket, content.s3_key, content.s3_object_version,
                          content.s3_object_storage_mode}));
  layer.package = staged.package;
  layer.version = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_storage(tx, ref.place, staged.package.bytes);
    const auto last = tx.get(keys::layer(ref.place, ref.name));
    LayerVersion numbered = layer;
    numbered.version = last ? store::decode_record(*last).as_int() + 1 : 1;
    LayerRef target = ref;
    target.version = numbered.version;
    tx.put(keys::layer(ref.place, ref.name), store::encode_record(numbered.version));
    tx.put(keys::layer_version(target), encode(numbered));
    core_.code.add_use(tx, staged, target.version_arn());
    return numbered.version;
  });
  ref.version = layer.version;
  const GetLayerVersionResponse shown = describe_layer(request, ref, layer);
  PublishLayerVersionOutput out;
  out.content = shown.content;
  out.layer_arn = shown.layer_arn;
  out.layer_version_arn = shown.layer_version_arn;
  out.description = shown.description;
  out.created_date = shown.created_date;
  out.version = shown.version;
  out.compatible_runtimes = shown.compatible_runtimes;
  out.compatible_architectures = shown.compatible_architectures;
  out.license_info = shown.license_info;
  co_return out;
}

GetLayerVersionResponse LayerOps::describe_layer(const Request& request, const LayerRef& ref,
                                                 const LayerVersion& layer) const {
  GetLayerVersionResponse out;
  LayerVersionContentOutput content;
  content.location = make_code_url(core_, request, layer.package);
  content.code_sha256 = package_hash(layer.package);
  content.code_size = layer.package.bytes;
  out.content = content;
  out.layer_arn = ref.arn();
  out.layer_version_arn = ref.version_arn();
  out.description = layer.description;
  out.created_date = format_modified(layer.created_at);
  out.version = layer.version;
  out.compatible_runtimes = layer.runtimes;
  out.compatible_architectures = layer.architectures;
  if (!layer.license.empty()) out.license_info = layer.license;
  return out;
}

GetLayerVersionOutput LayerOps::get(const Request& request, const GetLayerVersionInput& in) {
  const LayerRef ref = version_ref(request, in.layer_name, in.version_number);
  return core_.db.read(
      [&](store::ReadTx& tx) { return describe_layer(request, ref, require_layer_version(tx, ref)); });
}

GetLayerVersionByArnOutput LayerOps::get_by_arn(const Request& request, const GetLayerVersionByArnInput& in) {
  const auto ref = parse_layer_version_arn(in.arn);
  if (!ref) refuse<InvalidParameterValueException>("Invalid layer version ARN: " + in.arn);
  return core_.db.read(
      [&](store::ReadTx& tx) { return describe_layer(request, *ref, require_layer_version(tx, *ref)); });
}

DeleteLayerVersionOutput LayerOps::remove(const Request& request, const DeleteLayerVersionInput& in) {
  const LayerRef ref = version_ref(request, in.layer_name, in.version_number);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    const auto layer = find_layer_version(tx, ref);
    if (!layer) return;  // deleted is deleted, says AWS
    core_.code.drop_use(tx, layer->package, ref.version_arn());
    tx.del(keys::layer_version(ref));
  });
  return {};
}

ListLayersOutput LayerOps::list(const Request& request, const ListLayersInput& in) {
  const Place place = place_of(request);
  return core_.db.read([&](store::ReadTx& tx) {
    const auto of = [&](std::string_view key) {
      return LayerRef{.place = place, .name = keys::text_at(key, 0), .version = 0};
    };
    const Page page = read_page(
        tx, keys::functions_scope(place).shard, keys::layers(place), {request, in.marker, in.max_items},
        [&](std::string_view key, std::string_view) { return newest(tx, of(key), in).has_value(); });
    ListLayersOutput out;
    out.next_marker = page.next_marker;
    out.layers.emplace();
    for (const store::Entry& row : page.rows) {
      const LayerRef ref = of(row.key);
      const auto layer = newest(tx, ref, in);
      if (!layer) continue;
      out.layers->push_back(LayersListItem{.layer_name = ref.name,
                                           .layer_arn = ref.arn(),
                                           .latest_matching_version = describe_item(ref, *layer)});
    }
    return out;
  });
}

ListLayerVersionsOutput LayerOps::list_versions(const Request& request, const ListLayerVersionsInput& in) {
  const LayerRef ref = parse_layer(request, in.layer_name);
  return core_.db.read([&](store::ReadTx& tx) {
    std::vector<LayerVersionsListItem> items;
    const store::KeyRange range = keys::layer_versions(ref);
    tx.scan_each({keys::functions_scope(ref.place).shard, range.from, range.to},
                 {.direction = store::Direction::kReverse}, [&](std::string_view, std::string_view value) {
                   const LayerVersion layer = layer_version_from(value);
                   if (fits(layer.runtimes, in.compatible_runtime) &&
                       fits(layer.architectures, in.compatible_architecture))
                     items.push_back(describe_item(ref, layer));
                   return store::Visit::kContinue;
                 });
    // Newest first, so the marker is a version number and the page begins below it.
    const std::string operation(request.operation->name);
    int64_t below = INT64_MAX;
    if (in.marker && !in.marker->empty()) {
      const auto position = platform::open_page_token(operation, request.account, *in.marker);
      const auto number = position ? parse_int(*position) : std::nullopt;
      if (!number) refuse<InvalidParameterValueException>("Invalid pagination token: " + *in.marker);
      below = *number;
    }
    std::erase_if(items, [&](const LayerVersionsListItem& item) { return *item.version >= below; });
    const auto limit =
        static_cast<size_t>(std::clamp(in.max_items.value_or(kListItemsMax), 1, kListItemsMax));
    ListLayerVersionsOutput out;
    if (items.size() > limit) {
      items.resize(limit);
      out.next_marker =
          platform::make_page_token(operation, request.account, std::to_string(*items.back().version));
    }
    out.layer_versions = std::move(items);
    return out;
  });
}

}  // namespace haneul::lambda
