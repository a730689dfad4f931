#include "gap_page.h"

#include <stdexcept>

#include <stdlib.h>

#include "base/clock.h"
#include "services.h"
#include "store/memory/memory_engine.h"

namespace haneul::app {

namespace {

// The services are built over a store in memory only to ask what they register; nothing is ever started.
class NoLauncher final : public sandbox::Launcher {
 public:
  Task<sandbox::Environment> start(sandbox::EnvironmentSpec) override {
    refuse();
    co_return sandbox::Environment{};
  }
  Task<void> freeze(sandbox::EnvironmentId) override {
    refuse();
    co_return;
  }
  Task<void> thaw(sandbox::EnvironmentId) override {
    refuse();
    co_return;
  }
  Task<void> kill(sandbox::EnvironmentId) override {
    refuse();
    co_return;
  }
  Task<sandbox::ExitStatus> wait(sandbox::EnvironmentId) override {
    refuse();
    co_return sandbox::ExitStatus{};
  }
  Task<sandbox::Usage> usage(sandbox::EnvironmentId) override {
    refuse();
    co_return sandbox::Usage{};
  }
  Task<void> signal(sandbox::EnvironmentId, int, sandbox::ProgramId) override {
    refuse();
    co_return;
  }
  Task<sandbox::Program> run(sandbox::EnvironmentId, sandbox::ProgramSpec) override {
    refuse();
    co_return sandbox::Program{};
  }
  Task<sandbox::ExitStatus> wait_program(sandbox::EnvironmentId, sandbox::ProgramId) override {
    refuse();
    co_return sandbox::ExitStatus{};
  }
  Task<Fd> open_socket(sandbox::EnvironmentId) override {
    refuse();
    co_return Fd();
  }
  void forget(sandbox::EnvironmentId) override {}

 private:
  static void refuse() { throw std::logic_error("nothing runs while the gap page is made"); }
};

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "haneul-gaps-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder could be made");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

ServiceGaps gaps_of(const model::ServiceModel& model, const platform::OperationTable& table) {
  ServiceGaps gaps{.service = std::string(model.name),
                   .title = std::string(model.id),
                   .implemented = {},
                   .missing = {},
                   .fields = {}};
  for (const model::OperationModel* operation : model.operations) {
    auto& list = table.implements(model, operation->name) ? gaps.implemented : gaps.missing;
    list.emplace_back(operation->name);
  }
  for (const platform::FieldGap& gap : field_gaps(model.name)) gaps.fields.push_back(gap);
  return gaps;
}

enum class Implemented { kNo, kYes };

void push_operations(Document& out, const std::vector<std::string>& list, Implemented implemented) {
  for (const std::string& name : list) {
    out.push(Document::Object{{"name", name}, {"implemented", implemented == Implemented::kYes}});
  }
}

}  // namespace

GapPage make_gap_page() {
  const ScratchFolder scratch;
  SystemClock clock;
  SystemRandom random;
  Loops loops(1);
  BlockingPool pool(1);
  store::SpaceGuard space(scratch.path(), {.floor_bytes = 0, .cap_bytes = 0, .ballast_bytes = 0});
  const std::unique_ptr<store::Db> db = store::make_memory_db();
  store::BlobStore blobs(scratch.path(), pool, random, space);
  platform::Jobs jobs(*db, clock, random);
  platform::FactBus facts;
  NoLauncher launcher;
  compute::EngineConfig config;
  config.work_directory = scratch.path().string();
  compute::Engine engine({.launcher = launcher, .loops = loops, .clock = clock, .random = random}, config);
  GapPage page;
  {
    const Services services({.db = *db,
                             .blobs = blobs,
                             .pool = pool,
                             .loops = loops,
                             .jobs = jobs,
                             .engine = engine,
                             .facts = facts,
                             .clock = clock,
                             .random = random,
                             .data = scratch.path(),
                             .token_key = Secret<std::string>(std::string(32, 'k'))});
    for (const model::ServiceModel* model : services.table().services()) {
      page.push_back(gaps_of(*model, services.table()));
    }
  }
  return page;
}

Document to_document(const GapPage& page) {
  Document services = Document::array();
  for (const ServiceGaps& gaps : page) {
    Document fields = Document::array();
    for (const platform::FieldGap& field : gaps.fields) {
      fields.push(Document::Object{{"operation", field.operation},
                                   {"member", field.member},
                                   {"answer", field.answer},
                                   {"reason", field.reason}});
    }
    Document operations = Document::array();
    push_operations(operations, gaps.implemented, Implemented::kYes);
    push_operations(operations, gaps.missing, Implemented::kNo);
    services.push(Document::Object{
        {"name", gaps.service}, {"operations", std::move(operations)}, {"refused", std::move(fields)}});
  }
  return Document::Object{{"services", std::move(services)}};
}

std::string to_markdown(const GapPage& page) {
  std::string out =
      "# What is not supported\n\n"
      "Made by `haneul gaps` from the API models and the operation table. Operations that are missing answer "
      "`NotImplemented` (501)\nwith their name; members that are refused answer as listed; every other "
      "member of an "
      "implemented operation is effective.\n";
  for (const ServiceGaps& gaps : page) {
    out += "\n## " + gaps.title + "\n\n" + std::to_string(gaps.implemented.size()) +
           " operations implemented, " + std::to_string(gaps.missing.size()) + " missing.\n";
    if (!gaps.fields.empty()) {
      out += "\n| operation | member | answer | reason |\n|---|---|---|---|\n";
      for (const platform::FieldGap& field : gaps.fields) {
        out += "| " + std::string(field.operation) + " | " + std::string(field.member) + " | " +
               std::string(field.answer) + " | " + std::string(field.reason) + " |\n";
      }
    }
    if (!gaps.missing.empty()) out += "\nMissing:\n\n";
    for (const std::string& name : gaps.missing) out += "- " + name + "\n";
  }
  return out;
}

}  // namespace haneul::app
