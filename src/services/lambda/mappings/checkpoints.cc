#include "services/lambda/mappings/checkpoints.h"

#include "store/record.h"

namespace haneul::lambda {

using platform::StreamPosition;

namespace {

Timestamp time(const Document* from) { return Timestamp(Milliseconds(from == nullptr ? 0 : from->as_int())); }

std::string encode(const ShardProgress& progress) {
  Document out = Document::object();
  out.set("kind", static_cast<int>(progress.position.kind));
  out.set("at", int64_t{progress.position.at.time_since_epoch().count()});
  out.set("after", progress.position.sequence_number);
  out.set("ended", progress.is_ended);
  out.set("factor", progress.factor);
  return store::encode_record(out);
}

ShardProgress shard_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  ShardProgress out;
  out.position.kind = static_cast<StreamPosition::Kind>(from.find("kind")->as_int());
  out.position.at = time(from.find("at"));
  out.position.sequence_number = from.string_or("after", "");
  out.is_ended = from.find("ended")->as_bool();
  out.factor = from.find("factor")->as_int();
  return out;
}

std::string encode(const LaneProgress& progress) {
  Document out = Document::object();
  out.set("done", progress.done);
  if (progress.window_start) out.set("window", int64_t{progress.window_start->time_since_epoch().count()});
  out.set("state", progress.state);
  return store::encode_record(out);
}

LaneProgress lane_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  LaneProgress out{.done = from.string_or("done", ""), .window_start = {}, .state = {}};
  if (const Document* start = from.find("window")) out.window_start = time(start);
  out.state = from.string_or("state", "{}");
  return out;
}

}  // namespace

Checkpoints::Checkpoints(const Core& core, const MappingRecord& mapping)
    : core_(core), place_(mapping.function.place), uuid_(mapping.uuid), generation_(mapping.generation) {}

std::map<std::string, ShardProgress> Checkpoints::shards() const {
  return core_.db.read([&](store::ReadTx& tx) {
    std::map<std::string, ShardProgress> out;
    const store::Shard at = keys::mapping_scope(place_, uuid_).shard;
    for (const store::Entry& row : tx.scan(at, keys::mapping_shards(place_, uuid_)))
      out.emplace(keys::text_at(row.key, 1), shard_from(row.value));
    return out;
  });
}

std::optional<LaneProgress> Checkpoints::lane(const std::string& shard, int64_t lane) const {
  return core_.db.read([&](store::ReadTx& tx) -> std::optional<LaneProgress> {
    const auto bytes = tx.get(keys::mapping_lane(place_, uuid_, shard, lane));
    if (!bytes) return std::nullopt;
    return lane_from(*bytes);
  });
}

bool Checkpoints::save(const std::function<void(store::Tx&)>& body) const {
  return core_.db.write(keys::mapping_scope(place_, uuid_), [&](store::Tx& tx) {
    const auto bytes = tx.get(keys::mapping(place_, uuid_));
    if (!bytes || mapping_from(*bytes).generation != generation_) return false;
    body(tx);
    return true;
  });
}

void Checkpoints::put(store::Tx& tx, const std::string& shard, const ShardProgress& progress) const {
  tx.put(keys::mapping_shard(place_, uuid_, shard), encode(progress));
}

void Checkpoints::put(store::Tx& tx, const std::string& shard, int64_t lane,
                      const LaneProgress& progress) const {
  tx.put(keys::mapping_lane(place_, uuid_, shard, lane), encode(progress));
}

void Checkpoints::drop(store::Tx& tx, const std::string& shard) const {
  tx.del(keys::mapping_shard(place_, uuid_, shard));
  drop_lanes(tx, shard);
}

void Checkpoints::drop_lanes(store::Tx& tx, const std::string& shard) const {
  tx.del_range(keys::mapping_scope(place_, uuid_).shard, keys::mapping_lanes(place_, uuid_, shard));
}

bool Checkpoints::note_result(const std::string& text) const {
  return save([&](store::Tx& tx) {
    tx.put(keys::mapping_result(place_, uuid_), store::encode_record(Document(text)));
  });
}

std::string last_result(store::Reader& tx, const MappingRecord& mapping) {
  const auto bytes = tx.get(keys::mapping_result(mapping.function.place, mapping.uuid));
  return bytes ? store::decode_record(*bytes).as_string() : std::string();
}

void drop_progress(store::Tx& tx, const MappingRecord& mapping) {
  const Place& place = mapping.function.place;
  const store::Shard at = keys::mapping_scope(place, mapping.uuid).shard;
  tx.del_range(at, keys::mapping_shards(place, mapping.uuid));
  tx.del_range(at, keys::mapping_lanes(place, mapping.uuid));
  tx.del(keys::mapping_result(place, mapping.uuid));
}

}  // namespace haneul::lambda
