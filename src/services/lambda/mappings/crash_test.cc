// Crashes of the server while a stream is read: whatever moment the store stops at, the server that starts
// again gives every record to the function at least once and in order. The checkpoint may be behind what was
// done, never ahead of it.
#include "services/lambda/mappings/mapping_fixture.h"
#include "store/memory/memory_engine.h"

namespace haneul::lambda {
namespace {

std::unique_ptr<store::Db> open(std::shared_ptr<store::MemoryDisk> disk, store::FaultPlan plan = {}) {
  return std::make_unique<store::Db>(std::make_unique<store::MemoryEngine>(std::move(disk), plan),
                                     store::Syncing::kEachCommit);
}

// A server's life on a disk. Its function notes which records it was done with.
class Life final : public test::MappingFixture {
 public:
  Life(std::unique_ptr<store::Db> db, std::vector<std::string>& done,
       const std::filesystem::path& before = {})
      : MappingFixture(std::move(db), before) {
    answer = [&done, this](const Document& event) -> std::string {
      // What a function still does when the power is gone is seen by nobody.
      if (is_dead && is_dead()) return kThrottle;
      if (++runs % 3 == 0) return kFail;
      if (runs % 5 == 0) return kThrottle;
      for (const Document& record : event.find("Records")->as_array())
        done.push_back(record.find("kinesis")->string_or("sequenceNumber", ""));
      const Document* state = event.find("state");
      return state == nullptr ? "null" : R"({"state":{}})";
    };
  }
  void TestBody() override {}
  using MappingFixture::create;
  using MappingFixture::data;
  using MappingFixture::data_arn;
  using MappingFixture::directory;
  using MappingFixture::pass;
  int runs = 0;
  std::function<bool()> is_dead;
};

void fill(test::FakeStream& stream, const std::string& arn) {
  for (int count = 0; count < 12; ++count) stream.put("s1", "k" + std::to_string(count % 3), "x");
  for (int count = 0; count < 4; ++count) stream.put("s2", "k0", "y");
  stream.by_id["s1"].is_closed = true;
  stream.by_id["s2"].parents = {"s1"};
  stream.tell(arn);
}

// The first delivery of each record of a key must not overtake an earlier record of that key.
void expect_all(const std::vector<std::string>& done, uint64_t stop) {
  std::map<int, int> last;  // of each key: the highest number seen
  std::set<int> seen;
  for (const std::string& sequence : done) {
    const int number = std::stoi(sequence) - 100;
    const int key = number < 12 ? number % 3 : 0;
    if (!seen.insert(number).second) continue;
    const auto known = last.find(key);
    if (known != last.end()) {
      EXPECT_GT(number, known->second) << "stopped at " << stop;
    }
    last[key] = number;
  }
  EXPECT_EQ(seen.size(), 16u) << "stopped at " << stop;
}

struct Settings {
  int64_t factor;
  store::FaultPlan::Moment moment;
};

// One life that is cut at the n-th call of the store, and one that goes on. False when the first life was not
// cut: the work was done before.
bool live_and_die(uint64_t stop, const Settings& settings) {
  const auto disk = std::make_shared<store::MemoryDisk>();
  std::vector<std::string> done;
  const std::filesystem::path kept =
      std::filesystem::temp_directory_path() / ("haneul-crash-" + std::to_string(getpid()));
  {
    Life first(open(disk), done);
    first.create(first.data_arn, {{"BatchSize", 3}, {"ParallelizationFactor", settings.factor}});
    first.pass(Milliseconds(50));
    std::filesystem::remove_all(kept);
    std::filesystem::copy(first.directory, kept, std::filesystem::copy_options::recursive);
  }
  uint64_t calls = 0;
  {
    auto engine = std::make_unique<store::MemoryEngine>(
        disk, store::FaultPlan{.stop_at_call = stop, .stop = settings.moment});
    const store::MemoryEngine& watched = *engine;
    auto db = std::make_unique<store::Db>(std::move(engine), store::Syncing::kEachCommit);
    Life second(std::move(db), done, kept);
    second.is_dead = [&] { return watched.calls() >= stop; };
    fill(second.data, second.data_arn);
    second.pass(Seconds(60));
    calls = watched.calls();
  }
  Life third(open(disk), done, kept);
  fill(third.data, third.data_arn);
  third.pass(Seconds(100));
  std::filesystem::remove_all(kept);
  expect_all(done, stop);
  return calls >= stop;
}

void expect_nothing_skipped(const Settings& settings) {
  uint64_t stop = 6;  // the calls before are the start of the server
  while (live_and_die(stop, settings)) ++stop;
  EXPECT_GT(stop, 15u);
}

// A shard read by one lane, then its child; a commit that is lost.
TEST(MappingCrash, SkipsNothing) {
  expect_nothing_skipped({.factor = 1, .moment = store::FaultPlan::Moment::kBefore});
}

// A commit that took effect and was never heard of.
TEST(MappingCrash, SkipsNothingAfterAnUnheardCommit) {
  expect_nothing_skipped({.factor = 1, .moment = store::FaultPlan::Moment::kAfter});
}

// Lanes that are at different places when the server ends.
TEST(MappingCrash, SkipsNothingInLanes) {
  expect_nothing_skipped({.factor = 3, .moment = store::FaultPlan::Moment::kBefore});
}

}  // namespace
}  // namespace haneul::lambda
