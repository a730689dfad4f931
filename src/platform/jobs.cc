#include "platform/jobs.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/log.h"
#include "base/task/completion.h"
#include "base/task/executor.h"
#include "base/text.h"
#include "store/db.h"

namespace haneul::platform {

namespace {

// Rows are spread over this many shards so that unrelated writers do not meet at one lock.
constexpr uint64_t kJobShards = 16;
constexpr char kRecordVersion = 1;
constexpr Milliseconds kRetryFirst = std::chrono::seconds(1);
constexpr Milliseconds kRetryMax = std::chrono::minutes(5);

store::Scope job_scope(uint64_t index) {
  return store::make_scope(AccountId(), Region(), "jobs", std::to_string(index));
}

struct JobName {  // a job id is "<shard index>.<due in ms>.<random>": it tells where the row is
  uint64_t index = 0;
  int64_t due = 0;
  std::string random;

  std::string str() const { return fmt::format("{}.{}.{}", index, due, random); }
  store::Key key() const {
    return store::KeyWriter(job_scope(index)).text("job").i64(due).text(random).key();
  }
};

std::optional<JobName> parse_name(std::string_view id) {
  const auto parts = split(id, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto index = parse_int(parts[0]);
  const auto due = parse_int(parts[1]);
  if (!index || !due || *index < 0 || *index >= static_cast<int64_t>(kJobShards)) return std::nullopt;
  return JobName{static_cast<uint64_t>(*index), *due, std::string(parts[2])};
}

std::string encode_job(const Job& job) {
  return kRecordVersion + write_json(Document::Object{{"kind", job.kind},
                                                      {"attempt", job.attempt},
                                                      {"created", job.created_at.time_since_epoch().count()},
                                                      {"payload", job.payload}});
}

Job decode_job(const JobName& name, std::string_view record) {
  if (record.empty() || record.front() != kRecordVersion)
    throw store::Corrupt("a job record of an unknown version");
  Document document = parse_json(record.substr(1));
  Job job;
  job.id = name.str();
  job.kind = document.string_or("kind", "");
  job.due = Timestamp(Milliseconds(name.due));
  job.attempt = static_cast<int>(document.find("attempt")->as_int());
  job.created_at = Timestamp(Milliseconds(document.find("created")->as_int()));
  job.payload = std::move(*document.find("payload"));
  return job;
}

Milliseconds retry_delay(int attempt) {
  const int doublings = std::min(attempt - 1, 9);
  return std::min<Milliseconds>(kRetryFirst * (1 << doublings), kRetryMax);
}

}  // namespace

struct Jobs::Impl : std::enable_shared_from_this<Jobs::Impl> {
  struct Kind {
    size_t parallel_max = 1;
    Handler handler;
    size_t running = 0;
    std::set<std::pair<int64_t, std::string>> waiting;  // due time, id
  };

  Impl(store::Db& db_in, const Clock& clock_in, Random& random_in)
      : db(db_in), clock(clock_in), random(random_in) {}

  store::Db& db;
  const Clock& clock;
  Random& random;
  mutable std::mutex mutex;
  std::map<std::string, Kind, std::less<>> kinds;
  std::function<Executor&()> next_executor;
  bool started = false;
  bool stopping = false;
  size_t running = 0;
  int64_t alarm_at = INT64_MAX;  // the earliest wake-up already asked for
  std::optional<Completion<bool>> drained;

  void enqueue(const std::string& kind, int64_t due, const std::string& id);
  void pump();
  Executor& pick() { return next_executor(); }
  std::vector<std::pair<std::string, std::string>> take_ready();
  void arm();
  void alarm();
  Task<void> run(std::string kind, std::string id);
  Task<void> run_once(const std::string& kind, const JobName& name);
  void settle(const JobName& name, const Job& job, const JobOutcome& outcome);
  void finished(const std::string& kind);
  void load();
};

Jobs::Jobs(store::Db& db, const Clock& clock, Random& random)
    : impl_(std::make_shared<Impl>(db, clock, random)) {}
Jobs::~Jobs() = default;

void Jobs::handle(std::string kind, size_t parallel_max, Handler handler) {
  const std::lock_guard lock(impl_->mutex);
  HANEUL_CHECK(!impl_->started, "job handlers are registered before the start");
  Impl::Kind& entry = impl_->kinds[std::move(kind)];
  entry.parallel_max = parallel_max;
  entry.handler = std::move(handler);
}

std::string Jobs::add(store::Tx& tx, std::string_view kind, Timestamp due, Document payload) {
  const JobName name{impl_->random.below(kJobShards), due.time_since_epoch().count(), impl_->random.hex(16)};
  const Job job{.id = name.str(),
                .kind = std::string(kind),
                .due = due,
                .attempt = 1,
                .created_at = impl_->clock.now(),
                .payload = std::move(payload)};
  tx.put(name.key(), encode_job(job));
  tx.on_durable([impl = impl_, kind = job.kind, due = name.due, id = job.id] {
    impl->enqueue(kind, due, id);
    impl->pump();
  });
  return job.id;
}

void Jobs::cancel(store::Tx& tx, std::string_view job_id) {
  if (const auto name = parse_name(job_id)) tx.del(name->key());
}

void Jobs::start(std::function<Executor&()> next_executor) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->next_executor = std::move(next_executor);
    impl_->started = true;
  }
  impl_->load();
  impl_->pump();
}

Task<void> Jobs::stop(Milliseconds patience) {
  Completion<bool> drained;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    if (impl_->running == 0) co_return;
    impl_->drained = drained;
  }
  co_await drained.wait(patience);
}

size_t Jobs::pending() const {
  const std::lock_guard lock(impl_->mutex);
  size_t count = impl_->running;
  for (const auto& [name, kind] : impl_->kinds) count += kind.waiting.size();
  return count;
}

void Jobs::Impl::load() {
  for (uint64_t index = 0; index < kJobShards; ++index) {
    const store::KeyWriter prefix = std::move(store::KeyWriter(job_scope(index)).text("job"));
    const auto rows = db.read([&](store::ReadTx& tx) { return tx.scan(prefix.shard(), prefix.range()); });
    for (const store::Entry& row : rows) {
      store::KeyReader reader(row.key);
      reader.text();
      JobName name{index, reader.i64(), {}};
      name.random = reader.text();
      enqueue(decode_job(name, row.value).kind, name.due, name.str());
    }
  }
}

void Jobs::Impl::enqueue(const std::string& kind, int64_t due, const std::string& id) {
  const std::lock_guard lock(mutex);
  kinds[kind].waiting.emplace(due, id);
}

std::vector<std::pair<std::string, std::string>> Jobs::Impl::take_ready() {
  const std::lock_guard lock(mutex);
  std::vector<std::pair<std::string, std::string>> ready;
  if (!started || stopping) return ready;
  const int64_t now = clock.now().time_since_epoch().count();
  for (auto& [name, kind] : kinds) {
    while (kind.handler && kind.running < kind.parallel_max && !kind.waiting.empty() &&
           kind.waiting.begin()->first <= now) {
      ready.emplace_back(name, kind.waiting.begin()->second);
      kind.waiting.erase(kind.waiting.begin());
      kind.running += 1;
      running += 1;
    }
  }
  return ready;
}

void Jobs::Impl::pump() {
  for (auto& [kind, id] : take_ready()) {
    spawn(pick(), "job",
          [](std::shared_ptr<Impl> self, std::string job_kind, std::string job_id) -> Task<void> {
            co_await self->run(std::move(job_kind), std::move(job_id));
          }(shared_from_this(), kind, id));
  }
  arm();
}

void Jobs::Impl::arm() {
  int64_t due = INT64_MAX;
  {
    const std::lock_guard lock(mutex);
    if (!started || stopping) return;
    for (const auto& [name, kind] : kinds) {
      // A kind at its limit is pumped again when one of its handlers ends.
      if (!kind.handler || kind.running >= kind.parallel_max || kind.waiting.empty()) continue;
      due = std::min(due, kind.waiting.begin()->first);
    }
    if (due >= alarm_at) return;
    alarm_at = due;
  }
  const int64_t now = clock.now().time_since_epoch().count();
  // The alarm is capped: a wall clock that is set forward is noticed within a minute.
  const Milliseconds delay = std::clamp(Milliseconds(due - now), Milliseconds(0), Milliseconds(60'000));
  pick().post_after(delay, [self = shared_from_this()] { self->alarm(); });
}

void Jobs::Impl::alarm() {
  {
    const std::lock_guard lock(mutex);
    alarm_at = INT64_MAX;
  }
  pump();
}

Task<void> Jobs::Impl::run(std::string kind, std::string id) {
  const auto name = parse_name(id);
  HANEUL_CHECK(name.has_value(), "a job id is one that add() made");
  try {
    co_await run_once(kind, *name);
  } catch (const std::exception& error) {
    // Only the store fails here: the row stays and is taken up again.
    log_error("a job could not be settled", {{"kind", kind}, {"job", id}, {"what", error.what()}});
    const std::lock_guard lock(mutex);
    kinds[kind].waiting.emplace((clock.now() + kRetryFirst).time_since_epoch().count(), id);
  }
  finished(kind);
}

Task<void> Jobs::Impl::run_once(const std::string& kind, const JobName& name) {
  const auto record = db.read([&](store::ReadTx& tx) { return tx.get(name.key()); });
  if (!record) co_return;  // cancelled
  const Job job = decode_job(name, *record);
  Handler* handler = nullptr;
  {
    const std::lock_guard lock(mutex);
    handler = &kinds[kind].handler;
  }
  JobOutcome outcome;
  try {
    outcome = co_await (*handler)(job);
  } catch (const std::exception& error) {
    log_error("a job failed and runs again", {{"kind", kind}, {"job", job.id}, {"what", error.what()}});
    outcome = JobOutcome::again(clock.now() + retry_delay(job.attempt));
  }
  settle(name, job, outcome);
}

void Jobs::Impl::settle(const JobName& name, const Job& job, const JobOutcome& outcome) {
  Job next = job;
  JobName next_name = name;
  if (outcome.again_at) {
    next.attempt += 1;
    if (outcome.payload) next.payload = *outcome.payload;
    next_name.due = outcome.again_at->time_since_epoch().count();
    next_name.random = random.hex(16);
  }
  db.write(job_scope(name.index), [&](store::Tx& tx) {
    if (!tx.contains(name.key())) return;  // cancelled while it ran
    tx.del(name.key());
    if (!outcome.again_at) return;
    tx.put(next_name.key(), encode_job(next));
    // Not earlier: the next run reads durable rows only and would take a missing one for a cancelled one.
    tx.on_durable([self = shared_from_this(), kind = job.kind, next_name] {
      self->enqueue(kind, next_name.due, next_name.str());
      self->pump();
    });
  });
}

void Jobs::Impl::finished(const std::string& kind) {
  {
    const std::lock_guard lock(mutex);
    kinds[kind].running -= 1;
    running -= 1;
    if (running == 0 && drained) drained->set(true);
  }
  pump();
}

}  // namespace haneul::platform
