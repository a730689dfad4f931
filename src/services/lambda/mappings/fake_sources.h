// Sources of the tests' own: a queue with visibility timeouts and a stream of shards with lineage, both in
// memory, on the test's clock. They outlive the service, as a source's data outlives a crash.
#pragma once

#include <algorithm>

#include "gen/lambda/errors.h"
#include "model/common_errors.h"
#include "platform/event_sources.h"

namespace haneul::lambda::test {

enum class Door { kOpen, kBarred };
inline void require_reader(const platform::CallContext& reader, Door door) {
  if (door == Door::kBarred || reader.caller.kind != platform::Caller::Kind::kRoleSession)
    throw model::AccessDeniedException("not for you");
}

class FakeQueue final : public platform::QueueSource {
 public:
  explicit FakeQueue(const Clock& clock) : clock_(clock) {}

  platform::QueueFacts describe(const platform::CallContext& reader, const std::string&) override {
    require_reader(reader, door);
    return facts;
  }
  Task<std::vector<platform::QueueMessage>> receive(const platform::CallContext& reader, const std::string&,
                                                    size_t count_max) override {
    require_reader(reader, door);
    ++receives;
    std::vector<platform::QueueMessage> out;
    for (Stored& each : messages) {
      if (out.size() == count_max) break;
      if (each.visible_at > clock_.now()) continue;
      each.visible_at = clock_.now() + facts.visibility_timeout;
      each.message.attributes["ApproximateReceiveCount"] = std::to_string(++each.receives);
      out.push_back(each.message);
    }
    co_return out;
  }
  Task<void> remove(const platform::CallContext& reader, const std::string&,
                    std::vector<std::string> receipt_handles) override {
    require_reader(reader, door);
    for (const std::string& handle : receipt_handles)
      std::erase_if(messages, [&](const Stored& each) { return each.message.receipt_handle == handle; });
    co_return;
  }
  platform::Watch watch(const std::string& arn, platform::Listener listener) override {
    return watchers.add(arn, std::move(listener));
  }
  void send(const std::string& arn, const std::string& body) {
    const std::string id = "m" + std::to_string(++sent_);
    messages.push_back({.message = {.id = id,
                                    .receipt_handle = "r-" + id,
                                    .body = body,
                                    .body_md5 = "5d41402abc4b2a76b9719d911017c592",
                                    .attributes = {{"SenderId", "AIDAX"}, {"SentTimestamp", "1"}},
                                    .message_attributes = Document::object(),
                                    .message_attributes_md5 = {}}});
    watchers.notify(arn);
  }

  struct Stored {
    platform::QueueMessage message;
    Timestamp visible_at{};
    int receives = 0;
  };
  platform::QueueFacts facts;
  platform::Watchers watchers;
  std::vector<Stored> messages;
  Door door = Door::kOpen;
  int receives = 0;

 private:
  const Clock& clock_;
  int sent_ = 0;
};

class FakeStream final : public platform::StreamSource {
 public:
  explicit FakeStream(const Clock& clock) : clock_(clock) {}

  struct Shard {
    std::vector<std::string> parents;
    std::vector<platform::StreamRecord> records;
    bool is_closed = false;
  };

  platform::StreamFacts describe(const platform::CallContext& reader, const std::string&) override {
    require_reader(reader, door);
    return facts;
  }
  std::vector<platform::StreamShard> shards(const platform::CallContext& reader,
                                            const std::string&) override {
    require_reader(reader, door);
    std::vector<platform::StreamShard> out;
    for (const auto& [id, shard] : by_id) out.push_back({.id = id, .parents = shard.parents});
    return out;
  }
  Task<platform::StreamPage> read(const platform::CallContext& reader, const std::string&,
                                  const std::string& id, const platform::StreamPosition& position,
                                  platform::StreamLimit limit) override {
    require_reader(reader, door);
    platform::StreamPage page;
    const Shard& shard = by_id[id];
    bool is_all = true;
    size_t bytes = 0;
    for (const platform::StreamRecord& record : shard.records) {
      if (!is_after(record, position)) continue;
      is_all = page.records.size() < limit.records && bytes < limit.bytes;
      if (!is_all) break;
      bytes += record.data.size();
      ++given;
      page.records.push_back(record);
    }
    if (shard.is_closed && is_all) page.rest = platform::StreamPage::Rest::kNone;
    co_return page;
  }
  platform::Watch watch(const std::string& arn, platform::Listener listener) override {
    return watchers.add(arn, std::move(listener));
  }

  // Returns the sequence number.
  std::string put(const std::string& shard, const std::string& key, const std::string& data) {
    const std::string sequence = std::to_string(++sequence_);
    Document change = Document::object();
    change.set("eventID", "e" + sequence);
    change.set("eventName", "INSERT");
    change.set("eventVersion", "1.1");
    change.set("dynamodb",
               Document::Object{{"ApproximateCreationDateTime", clock_.now()},
                                {"Keys", Document::Object{{"Id", Document::Object{{"N", sequence}}}}},
                                {"NewImage", Document::Object{{"Kind", Document::Object{{"S", data}}}}},
                                {"SequenceNumber", sequence},
                                {"SizeBytes", 26},
                                {"StreamViewType", "NEW_IMAGE"}});
    by_id[shard].records.push_back({.sequence_number = sequence,
                                    .partition_key = key,
                                    .arrived_at = clock_.now(),
                                    .data = data,
                                    .change = std::move(change)});
    return sequence;
  }
  void tell(const std::string& arn) { watchers.notify(arn); }

  platform::StreamFacts facts;
  platform::Watchers watchers;
  std::map<std::string, Shard> by_id;
  size_t given = 0;  // records, over all reads
  Door door = Door::kOpen;

 private:
  static bool is_after(const platform::StreamRecord& record, const platform::StreamPosition& position) {
    using Kind = platform::StreamPosition::Kind;
    if (position.kind == Kind::kTrimHorizon) return true;
    if (position.kind == Kind::kAtTimestamp) return record.arrived_at >= position.at;
    return platform::compare_sequence(record.sequence_number, position.sequence_number) > 0;
  }

  const Clock& clock_;
  int64_t sequence_ = 99;
};

}  // namespace haneul::lambda::test
