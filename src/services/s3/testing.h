// S3Fixture: the service behind the real runner, over a memory store and blobs in a temporary directory, for
// the unit tests. Calls go through the dispatcher, so validation and access checks take part.
#pragma once

#include <future>

#include <gtest/gtest.h>

#include "aws/policy/policy.h"
#include "services/s3/check.h"
#include "services/s3/service.h"
#include "store/memory/memory_engine.h"
#include "store/testing/temp_directory.h"

namespace haneul::s3 {

// Every caller has this one policy.
class OnePolicy final : public platform::IdentitySource {
 public:
  Lookup find_credential(std::string_view, std::string_view) const override { return {}; }
  platform::PolicySet policies_of(const platform::Caller& caller) const override {
    platform::PolicySet set;
    if (caller.kind == platform::Caller::Kind::kAnonymous) return set;
    set.identity.push_back({"p", aws::policy::parse_policy(policy, aws::policy::PolicyKind::kIdentity)});
    return set;
  }
  std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
};

class S3Fixture : public testing::Test {
 protected:
  S3Fixture() {
    service.register_operations(table);
    pipeline = std::make_unique<platform::Pipeline>(
        platform::PipelineParts{table, *db, identities, clock, random, facts});
    service.connect(dispatcher_of_functions ? *dispatcher_of_functions : *pipeline, pipeline->authorizer());
  }
  ~S3Fixture() override {
    settle();
    loops.stop();
  }

  static platform::Caller user(const std::string& account) {
    platform::Caller caller;
    caller.kind = platform::Caller::Kind::kUser;
    caller.account = AccountId(account);
    caller.arn = "arn:aws:iam::" + account + ":user/u";
    caller.unique_id = "AIDAUSER";
    return caller;
  }

  // Runs a task on the loop and waits for it, since large payloads take other threads.
  template <class T>
  T wait(Task<T> task) {
    std::promise<T> promise;
    auto body = [](Task<T> inner, std::promise<T>& out) -> Task<void> {
      std::exception_ptr failure;
      try {
        out.set_value(co_await std::move(inner));
      } catch (...) {
        failure = std::current_exception();
      }
      if (failure) out.set_exception(failure);
    };
    std::future<T> future = promise.get_future();
    spawn(loops.at(0), "test", body(std::move(task), promise));
    return future.get();
  }

  Document call_with(std::string_view operation, Document input) {
    platform::CallContext context{.caller = caller, .account = caller.account, .region = region};
    return wait(pipeline->call(context, "s3", operation, std::move(input)));
  }
  Document call(std::string_view operation, Document::Object input) {
    return call_with(operation, Document(std::move(input)));
  }
  // The code of the refusal; empty when there is none.
  std::string refusal(std::string_view operation, Document::Object input) {
    try {
      call(operation, std::move(input));
    } catch (const model::ServiceError& error) {
      return std::string(error.shape().code);
    }
    return {};
  }

  void make_bucket(const std::string& name) { call("CreateBucket", {{"Bucket", name}}); }
  Document put(const std::string& key, std::string body) {
    return call("PutObject", {{"Bucket", "bucket"}, {"Key", key}, {"Body", Blob{std::move(body)}}});
  }
  std::string get(const std::string& key, const std::string& version = {}) {
    Document input = Document::Object{{"Bucket", "bucket"}, {"Key", key}};
    if (!version.empty()) input.set("VersionId", version);
    return call_with("GetObject", std::move(input)).find("Body")->as_blob();
  }
  void set_versioning(const std::string& status) {
    call("PutBucketVersioning",
         {{"Bucket", "bucket"}, {"VersioningConfiguration", Document::Object{{"Status", status}}}});
  }
  std::vector<std::string> faults() { return check(*db, blobs); }
  // Lets deletions on the pool come to their end.
  void settle() {
    std::promise<void> done;
    pool.submit([&] { done.set_value(); });
    done.get_future().wait();
  }
  size_t blob_count() {
    settle();
    return blobs.list({}, 1000).size();
  }

  VirtualClock clock;
  SeededRandom random{11};
  Loops loops{1};
  BlockingPool pool{1};
  store::TempDirectory directory;
  store::SpaceGuard space{directory.path(), {.ballast_bytes = 0}};
  std::unique_ptr<store::Db> db = store::make_memory_db();
  store::BlobStore blobs{directory.path(), pool, random, space};
  platform::Jobs jobs{*db, clock, random};
  OnePolicy identities;
  platform::FactBus facts;
  platform::OperationTable table;
  platform::Dispatcher* dispatcher_of_functions = nullptr;
  S3Service service{
      {.db = *db, .blobs = blobs, .pool = pool, .jobs = jobs, .clock = clock, .random = random}};
  std::unique_ptr<platform::Pipeline> pipeline;
  platform::Caller caller = user("111122223333");
  Region region{"us-east-1"};
};

}  // namespace haneul::s3
