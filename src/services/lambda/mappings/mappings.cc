#include "services/lambda/mappings/mappings.h"

#include "aws/arn.h"
#include "base/log.h"
#include "services/lambda/mappings/failure_record.h"
#include "services/lambda/mappings/queue_poller.h"
#include "services/lambda/mappings/stream_poller.h"
#include "store/record.h"

namespace haneul::lambda {

using platform::Job;
using platform::JobOutcome;
using Wanted = MappingRecord::Wanted;

namespace {

constexpr const char* kJob = "lambda.mapping";
constexpr size_t kParallelMax = 64;
constexpr Milliseconds kEndPatience{10'000};
constexpr Milliseconds kAgain{1'000};

}  // namespace

std::optional<MappingRecord> find_mapping(store::Reader& tx, const Place& place, std::string_view uuid) {
  const auto bytes = tx.get(keys::mapping(place, uuid));
  if (!bytes) return std::nullopt;
  return mapping_from(*bytes);
}

void put_mapping(store::Tx& tx, const MappingRecord& record) {
  const Place& place = record.function.place;
  tx.put(keys::mapping(place, record.uuid), encode(record));
  Document owner = Document::object();
  owner.set("account", place.account.str());
  owner.set("region", place.region.str());
  tx.put(keys::mapping_id(record.uuid), store::encode_record(owner));
}

void Mappings::register_jobs() {
  core_.jobs.handle(kJob, kParallelMax, [this](const Job& job) { return carry_out(job); });
  register_failure_delivery(core_);
}

void Mappings::changed(store::Tx& tx, const MappingRecord& record) {
  Document payload = Document::object();
  payload.set("account", record.function.place.account.str());
  payload.set("region", record.function.place.region.str());
  payload.set("uuid", record.uuid);
  payload.set("generation", record.generation);
  core_.jobs.add(tx, kJob, record.modified_at, std::move(payload));
}

void Mappings::start(std::function<Executor&()> next_executor) {
  next_executor_ = std::move(next_executor);
  std::vector<MappingRecord> enabled;
  core_.db.read([&](store::ReadTx& tx) {
    for (const store::Entry& row : tx.scan(keys::mapping_ids_scope().shard, keys::mapping_ids())) {
      const Document owner = store::decode_record(row.value);
      const Place place{AccountId(owner.string_or("account", "")), Region(owner.string_or("region", ""))};
      auto record = find_mapping(tx, place, keys::text_at(row.key, 0));
      if (record && record->state == "Enabled") enabled.push_back(*std::move(record));
    }
  });
  for (const MappingRecord& record : enabled) begin_poller(record);
}

Task<void> Mappings::stop(Milliseconds patience) {
  std::vector<std::shared_ptr<Poller>> all;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [uuid, poller] : pollers_) all.push_back(poller);
  }
  for (const auto& poller : all) poller->request_stop();
  const Timestamp given_up_at = core_.clock.now() + patience;
  for (const auto& poller : all) {
    const auto left = std::max(given_up_at - core_.clock.now(), Milliseconds(0));
    if (!co_await poller->stop(left))
      log_warning("a poller still runs", {{"mapping", poller->mapping().uuid}});
  }
}

Task<JobOutcome> Mappings::carry_out(const Job& job) {
  const Place place{AccountId(job.payload.string_or("account", "")),
                    Region(job.payload.string_or("region", ""))};
  const std::string uuid = job.payload.string_or("uuid", "");
  auto record = core_.db.read([&](store::ReadTx& tx) { return find_mapping(tx, place, uuid); });
  // A later change has a job of its own.
  if (!record || record->generation != job.payload.find("generation")->as_int()) co_return JobOutcome::done();
  if (!co_await end_poller(uuid)) co_return JobOutcome::again(core_.clock.now() + kAgain);
  if (record->wanted == Wanted::kGone) {
    remove(*record);
    co_return JobOutcome::done();
  }
  record->state = record->wanted == Wanted::kEnabled ? "Enabled" : "Disabled";
  if (record->wanted == Wanted::kEnabled) {
    // The poller reads the durable checkpoints of the one before it.
    co_await core_.db.wait_durable(core_.db.last_ordered());
    begin_poller(*record);
  }
  settle(*record);
  co_return JobOutcome::done();
}

Task<bool> Mappings::end_poller(const std::string& uuid) {
  std::shared_ptr<Poller> poller;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pollers_.find(uuid);
    if (found == pollers_.end()) co_return true;
    poller = found->second;
  }
  if (!co_await poller->stop(kEndPatience)) co_return false;
  const std::lock_guard lock(mutex_);
  pollers_.erase(uuid);
  co_return true;
}

void Mappings::begin_poller(const MappingRecord& record) {
  const std::string service = aws::parse_arn(record.source_arn)->service;
  std::shared_ptr<Poller> poller;
  const std::lock_guard lock(mutex_);
  if (stopping_ || !next_executor_ || pollers_.contains(record.uuid)) return;
  PollerParts parts{.core = core_, .sources = sources_, .mapping = record, .executor = next_executor_()};
  if (platform::QueueSource* queue = sources_.queue(service)) {
    poller = std::make_shared<QueuePoller>(std::move(parts), *queue);
  } else if (platform::StreamSource* stream = sources_.stream(service)) {
    poller = std::make_shared<StreamPoller>(std::move(parts), *stream);
  } else {
    log_warning("a mapping's source is not served here", {{"mapping", record.uuid}, {"service", service}});
    return;
  }
  pollers_.emplace(record.uuid, poller);
  poller->start();
}

void Mappings::settle(const MappingRecord& record) {
  core_.db.write(keys::functions_scope(record.function.place), [&](store::Tx& tx) {
    auto known = find_mapping(tx, record.function.place, record.uuid);
    if (!known || known->generation != record.generation) return;
    known->state = record.state;
    tx.put(keys::mapping(record.function.place, record.uuid), encode(*known));
  });
}

void Mappings::remove(const MappingRecord& record) {
  core_.db.write(keys::functions_scope(record.function.place), [&](store::Tx& tx) {
    const auto known = find_mapping(tx, record.function.place, record.uuid);
    if (!known || known->generation != record.generation) return;
    tx.del(keys::mapping(record.function.place, record.uuid));
    tx.del(keys::mapping_id(record.uuid));
    drop_progress(tx, record);
  });
}

}  // namespace haneul::lambda
