// LambdaFixture: the service over a memory store with a virtual clock, IAM, and a runner and a log of the
// test's own. Calls go through the operation table and the judge of access, as from the wire.
#pragma once

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/task/manual_executor.h"
#include "gen/lambda/errors.h"
#include "gen/lambda/operations.h"
#include "model/common_errors.h"
#include "platform/body.h"
#include "platform/runner.h"
#include "services/iam/testing.h"
#include "services/lambda/fakes.h"
#include "services/lambda/service.h"

namespace haneul::lambda::test {

class LambdaFixture : public testing::Test {
 protected:
  // On a store and a data directory of the test's own, or fresh ones.
  explicit LambdaFixture(std::unique_ptr<store::Db> db = store::make_memory_db(),
                         const std::filesystem::path& copied = {})
      : house(std::move(db)) {
    if (!copied.empty())
      std::filesystem::copy(
          copied, directory,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    house.iam.ensure_account(house.seed());
    if (copied.empty()) house.put_role("r", iam::TestIam::trust(R"({"Service":"lambda.amazonaws.com"})"));
    facts.on_usage([this](const platform::UsageFact& fact) { usages.push_back(fact); });
    service.connect(dispatcher, authorizer);
    service.register_operations(table);
    service.register_jobs();
    jobs.start([this]() -> Executor& { return executor; });
    loop.start();
  }
  ~LambdaFixture() override {
    executor.run_until_done(jobs.stop(Milliseconds(0)));
    service.drain();
    loop.stop_and_join();
  }

  platform::Caller root() const {
    platform::Caller caller;
    caller.kind = platform::Caller::Kind::kRoot;
    caller.account = house.account;
    caller.arn = "arn:aws:iam::123456789012:root";
    return caller;
  }

  template <class Op>
  platform::Request request_of() {
    return request_of(Op::model());
  }
  platform::Request request_of(const model::OperationModel& operation) {
    platform::Request request;
    request.id = RequestId(random.uuid());
    request.service = &op::Invoke::service();
    request.operation = &operation;
    request.account = house.account;
    request.region = Region("eu-west-1");
    request.caller = caller;
    request.now = house.clock.now();
    request.trace_id = trace_id;
    request.host = "127.0.0.1:4566";
    return request;
  }

  // As the pipeline: validated, judged, run, durable. Throws what the client would be answered.
  template <class Op>
  Document call(Document input) {
    return call(Op::model(), std::move(input));
  }
  Document call(const model::OperationModel& wanted, Document input) {
    const platform::Request request = request_of(wanted);
    const auto* operation = table.find(*request.service, request.operation->name);
    std::promise<Document> done;
    spawn(loop, "call",
          [](LambdaFixture& self, const platform::RegisteredOperation& found, const platform::Request& asked,
             Document in, std::promise<Document>& promise) -> Task<void> {
            platform::Exchange exchange;
            platform::RequestFact fact;
            try {
              Document out = co_await self.runner.run(found, asked, std::move(in), exchange, fact);
              if (exchange.response_body)
                out.set("streamed", Blob{co_await platform::read_all(*exchange.response_body, 16 << 20)});
              promise.set_value(std::move(out));
            } catch (...) {
              promise.set_exception(std::current_exception());
            }
          }(*this, *operation, request, std::move(input), done));
    Document out = done.get_future().get();
    // Unpacking is real work, which virtual time would overtake.
    if (makes_ready && wanted.name == "CreateFunction")
      settled(out.string_or("FunctionName", ""), "State", "Pending");
    return out;
  }

  // Runs the jobs until the member of the configuration is no longer this.
  std::string settled(const std::string& name, const char* member, const std::string& unsettled) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string now = unsettled;
    while (now == unsettled && std::chrono::steady_clock::now() < patience) {
      driven->run();
      now = text(call<op::GetFunctionConfiguration>(of({{"FunctionName", name}})), member);
    }
    return now;
  }

  // The error's code and message, or "" when it succeeds.
  template <class Op>
  std::string refusal(Document input) {
    return refusal(Op::model(), std::move(input));
  }
  std::string refusal(const model::OperationModel& wanted, Document input) {
    try {
      call(wanted, std::move(input));
      return "";
    } catch (const model::ServiceError& error) {
      return std::string(error.shape().code) + ": " + error.message();
    }
  }

  static Document of(std::initializer_list<std::pair<const char*, Document>> members) {
    Document out = Document::object();
    for (const auto& [name, value] : members) out.set(name, value);
    return out;
  }
  static Document code(const std::string& text) {
    return of({{"ZipFile", Blob{make_zip({{"app.py", text}})}}});
  }
  Document function(const std::string& name, const std::string& text = "x = 1") {
    return of({{"FunctionName", name},
               {"Runtime", "python3.11"},
               {"Handler", "app.handler"},
               {"Role", role},
               {"Code", code(text)}});
  }
  Document invoke(const std::string& name, const std::string& type = "RequestResponse") {
    return call<op::Invoke>(of({{"FunctionName", name}, {"InvocationType", type}, {"Payload", Blob{"{}"}}}));
  }
  std::string text(const Document& document, std::string_view member) {
    return document.string_or(member, "");
  }
  size_t code_directories() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "code"))
      count += entry.is_directory() ? 1 : 0;
    return count;
  }
  size_t blob_count() { return blobs.list(std::nullopt, 100).size(); }

  // What a service stands on here; of a later start, or of a machine with another Python.
  LambdaParts parts(platform::Jobs& its_jobs, const std::string& python) {
    return {.db = *house.db,
            .blobs = blobs,
            .pool = pool,
            .jobs = its_jobs,
            .runner = functions,
            .iam = house.iam,
            .logs = logs,
            .facts = facts,
            .sources = sources,
            .clock = house.clock,
            .random = random,
            .code_directory = directory / "code",
            .runtimes = compute::RuntimeCatalog(
                {{compute::RuntimeFamily::kPython, python, "/usr/bin/python" + python}})};
  }

  static std::filesystem::path make_directory() {
    // In memory where there is such a place: the files are real, their syncs need not be.
    const std::filesystem::path shared = "/dev/shm";
    const auto base = std::filesystem::exists(shared) ? shared : std::filesystem::temp_directory_path();
    std::string name = (base / "haneul-lambda-XXXXXX").string();
    std::filesystem::path made = ::mkdtemp(name.data());
    std::filesystem::create_directories(made / "blobs");
    return made;
  }

  bool makes_ready = true;  // what CreateFunction has made, before call() returns
  std::string trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0";
  std::filesystem::path directory = make_directory();
  struct Removal {  // after all who may still write there
    const std::filesystem::path& doomed;
    ~Removal() { std::filesystem::remove_all(doomed); }
  } removal{directory};
  const std::string role = "arn:aws:iam::123456789012:role/r";
  const std::string arn_start = "arn:aws:lambda:eu-west-1:123456789012:function:";
  iam::TestIam house;
  platform::Caller caller = root();
  SeededRandom random{7};
  Loop loop;
  ManualExecutor executor{house.clock};
  ManualExecutor* driven = &executor;  // by settled()
  BlockingPool pool{2};                // ends before those that it posts to
  store::SpaceGuard space{directory, {.floor_bytes = 1, .cap_bytes = 1, .ballast_bytes = 0}};
  store::BlobStore blobs{directory / "blobs", pool, random, space};
  platform::Jobs jobs{*house.db, house.clock, random};
  FakeRunner functions;
  FakeLogs logs;
  FakeDispatcher dispatcher;
  platform::FactBus facts;
  platform::EventSources sources;
  std::vector<platform::UsageFact> usages;
  platform::OperationTable table;
  platform::Authorizer authorizer{house.iam.identities()};
  platform::Runner runner{*house.db, authorizer};
  LambdaService service{parts(jobs, "3.11")};
};

}  // namespace haneul::lambda::test
