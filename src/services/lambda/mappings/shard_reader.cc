#include "services/lambda/mappings/shard_reader.h"

#include <numeric>

#include "aws/digest.h"
#include "base/json.h"
#include "base/log.h"

namespace haneul::lambda {

using platform::StreamPage;
using platform::StreamPosition;

namespace {

constexpr Milliseconds kPollPause{1'000};
// What is read ahead of the function. A lane that cannot go on holds the others up when it has filled this.
constexpr size_t kOutstandingMax = 10'000;
constexpr size_t kWaitingBytesMax = 32 << 20;
constexpr platform::StreamLimit kReadLimit{.records = 1000, .bytes = 1 << 20};

StreamPosition after(const std::string& sequence_number) {
  return {.kind = StreamPosition::Kind::kAfterSequence, .at = {}, .sequence_number = sequence_number};
}

}  // namespace

ShardReader::ShardReader(StreamPoller& poller, std::string id, ShardProgress progress)
    : poller_(poller), id_(std::move(id)), progress_(std::move(progress)), read_from_(progress_.position) {}
ShardReader::~ShardReader() = default;

Task<void> ShardReader::run() {
  try {
    load_lanes();
    for (const auto& lane : lanes_) {
      ++lanes_running_;
      poller_.run_beside("a lane of a shard", run_lane(*lane));
    }
    while (!is_stopping() && !is_read_out_) co_await read_on();
  } catch (const std::exception& error) {
    fail(error.what());
  }
  for (const auto& lane : lanes_) lane->wake();
  // The lanes stand on this object: it may not go before them.
  while (lanes_running_ > 0) co_await wakeup_.wait(kPollPause);
  if (!is_stopping() && outstanding_.empty()) end_shard();
}

void ShardReader::fail(std::string_view reason) {
  is_failed_ = true;
  log_warning("a shard is read again from its checkpoint",
              {{"mapping", poller_.mapping().uuid}, {"shard", id_}, {"reason", std::string(reason)}});
}

void ShardReader::end_shard() {
  ShardProgress ended = progress_;
  ended.is_ended = true;
  const bool is_ours = poller_.checkpoints().save([&](store::Tx& tx) {
    poller_.checkpoints().put(tx, id_, ended);
    poller_.checkpoints().drop_lanes(tx, id_);
  });
  if (is_ours) progress_ = ended;
}

void ShardReader::load_lanes() {
  const bool is_same = progress_.factor == poller_.mapping().factor;
  for (int64_t number = 0; number < poller_.mapping().factor; ++number) {
    auto known = is_same ? poller_.checkpoints().lane(id_, number) : std::nullopt;
    lanes_.push_back(std::make_unique<Lane>(*this, number, known.value_or(LaneProgress{})));
  }
  if (is_same) return;
  // Lanes divide the keys another way now; what they did is behind the shard's position or comes again.
  progress_.factor = poller_.mapping().factor;
  poller_.checkpoints().save([&](store::Tx& tx) {
    poller_.checkpoints().drop_lanes(tx, id_);
    poller_.checkpoints().put(tx, id_, progress_);
  });
}

Task<void> ShardReader::read_on() {
  Milliseconds pause = kPollPause;
  if (outstanding_.size() < kOutstandingMax && waiting_bytes_ < kWaitingBytesMax) {
    std::optional<StreamPage> page;
    const Timestamp asked_at = poller_.now();
    try {
      page = co_await poller_.source().read(poller_.access().reader(), poller_.mapping().source_arn, id_,
                                            read_from_, kReadLimit);
      troubles_ = 0;
    } catch (const model::ServiceError& error) {
      poller_.reader_trouble(error);
    }
    if (!page) {
      pause = trouble_pause(++troubles_);
    } else {
      const bool has_records = !page->records.empty();
      if (has_records) read_until_ = std::max(read_until_, page->records.back().arrived_at);
      admit(std::move(page->records));
      is_read_out_ = page->rest == StreamPage::Rest::kNone;
      if (!has_records || is_read_out_) read_until_ = std::max(read_until_, asked_at);
      for (const auto& lane : lanes_) lane->wake();
      if (has_records || is_read_out_) co_return;
    }
  }
  co_await poller_.sleep(wakeup_, pause);
}

size_t ShardReader::lane_of(std::string_view partition_key) const {
  if (lanes_.size() == 1) return 0;
  const std::string digest = aws::hash(aws::HashKind::kMd5, partition_key);
  const auto number =
      std::accumulate(digest.begin(), digest.begin() + 4, uint32_t{0},
                      [](uint32_t sum, char byte) { return (sum << 8) | static_cast<unsigned char>(byte); });
  return number % lanes_.size();
}

void ShardReader::admit(std::vector<platform::StreamRecord> records) {
  const StreamPlace place{.shard = id_, .role = poller_.access().role()};
  for (platform::StreamRecord& record : records) {
    read_from_ = after(record.sequence_number);
    const uint64_t ordinal = first_ordinal_ + outstanding_.size();
    outstanding_.push_back({record.sequence_number});
    Lane& lane = *lanes_[lane_of(record.partition_key)];
    const Document event = stream_event(poller_.mapping(), place, record);
    if (lane.has_done(record.sequence_number) || !poller_.filter().accepts(event, record.data)) {
      finish(ordinal);
      continue;
    }
    Item item{.id = std::move(record.sequence_number),
              .receipt_handle = {},
              .partition_key = std::move(record.partition_key),
              .arrived_at = record.arrived_at,
              .json = write_json(event),
              .ordinal = ordinal};
    waiting_bytes_ += item.json.size();
    lane.add(std::move(item));
  }
  advance();
  // Nothing else would note a page that the filter dropped as a whole.
  if (outstanding_.empty() && !is_saved_) save(nullptr, {});
}

void ShardReader::finish(uint64_t ordinal) { outstanding_[ordinal - first_ordinal_].is_done = true; }

void ShardReader::advance() {
  while (!outstanding_.empty() && outstanding_.front().is_done) {
    progress_.position = after(outstanding_.front().sequence_number);
    outstanding_.pop_front();
    ++first_ordinal_;
    is_saved_ = false;
  }
}

void ShardReader::commit(const Lane& lane, std::span<const Item> done,
                         const std::function<void(store::Tx&)>& more) {
  for (const Item& item : done) {
    waiting_bytes_ -= item.json.size();
    finish(item.ordinal);
  }
  advance();
  save(&lane, more);
  wakeup_.wake();
}

void ShardReader::save(const Lane* lane, const std::function<void(store::Tx&)>& more) {
  const bool keeps_lanes = lanes_.size() > 1 || poller_.mapping().tumbling_seconds > 0;
  const bool is_ours = poller_.checkpoints().save([&](store::Tx& tx) {
    poller_.checkpoints().put(tx, id_, progress_);
    if (lane != nullptr && keeps_lanes) poller_.checkpoints().put(tx, id_, lane->number(), lane->progress());
    if (more) more(tx);
  });
  is_saved_ = true;
  if (!is_ours) is_failed_ = true;
}

// When a lane cannot go on the whole shard is read again from its stored position.
Task<void> ShardReader::run_lane(Lane& lane) {
  try {
    co_await lane.run();
  } catch (const std::exception& error) {
    fail(error.what());
  }
  --lanes_running_;
  if (is_failed_) {
    for (const auto& other : lanes_) other->wake();
  }
  wakeup_.wake();
}

}  // namespace haneul::lambda
