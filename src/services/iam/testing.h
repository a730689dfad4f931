// What the tests of IAM and STS share: both services on the memory store behind a pipeline, one account with
// a user, and calls in the name of any caller.
#pragma once

#include "base/clock.h"
#include "base/task/manual_executor.h"
#include "model/error.h"
#include "platform/pipeline.h"
#include "services/iam/ids.h"
#include "services/iam/service.h"
#include "store/memory/memory_engine.h"

namespace haneul::iam {

struct TestIam {
  std::unique_ptr<store::Db> db;
  VirtualClock clock;
  SeededRandom random{42};
  Iam iam{*db, clock, random, Secret<std::string>(std::string(32, 'k'))};
  AccountId account{"123456789012"};
  platform::Caller root = root_caller(account);
  platform::OperationTable table;
  platform::FactBus facts;
  ManualExecutor executor{clock};
  std::unique_ptr<platform::Pipeline> pipeline;

  explicit TestIam(std::unique_ptr<store::Db> given = store::make_memory_db()) : db(std::move(given)) {
    iam.register_operations(table);
  }

  AccountSeed seed() const {
    AccountSeed seed{.id = account};
    seed.root_keys = {{"AKIAROOT", Secret<std::string>("root-secret")}};
    seed.users = {{.name = "ann",
                   .keys = {{"AKIAANN", Secret<std::string>("ann-secret")}},
                   .managed_policy_arns = {"arn:aws:iam::aws:policy/AmazonS3FullAccess"},
                   .inline_policies = {{"lists", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                                 R"("Action":"lambda:ListFunctions","Resource":"*"}]})"}}}};
    return seed;
  }
  static std::string trust(std::string_view principal, std::string_view rest = "") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + std::string(principal) +
           R"(,"Action":"sts:AssumeRole")" + std::string(rest) + "}]}";
  }
  static std::string allow(std::string_view action, std::string_view resource = "*") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":")" + std::string(action) +
           R"(","Resource":")" + std::string(resource) + "\"}]}";
  }
  const Directory& directory() { return iam.directory(); }
  // A new role, also where there was one of the name.
  void put_role(const std::string& name, const std::string& trust_policy) {
    record::Role role;
    role.name = name;
    role.id = make_unique_id(kRolePrefix, random);
    role.trust_policy = trust_policy;
    directory().write(account, [&](Rows& rows) { rows.put(role); });
  }
  platform::Caller caller_of_key(std::string_view key, std::string_view token = "") {
    return iam.identities().find_credential(key, token).credential->caller;
  }

  // Through validation and access checks, as from the wire. Throws model::ServiceError.
  Document call(const platform::Caller& caller, std::string_view service, std::string_view operation,
                Document input = Document::object()) {
    if (!pipeline) {
      pipeline = std::make_unique<platform::Pipeline>(platform::PipelineParts{.table = table,
                                                                              .db = *db,
                                                                              .identities = iam.identities(),
                                                                              .clock = clock,
                                                                              .random = random,
                                                                              .facts = facts});
    }
    const platform::CallContext context{caller, caller.account, Region("eu-west-1"), "", "test"};
    return executor.run_until_done(pipeline->call(context, service, operation, std::move(input)));
  }
  Document call(std::string_view operation, Document input = Document::object()) {
    return call(root, "iam", operation, std::move(input));
  }
  // "Code: message" of the refusal, or "done".
  std::string refusal(const platform::Caller& caller, std::string_view service, std::string_view operation,
                      Document input = Document::object()) {
    try {
      call(caller, service, operation, std::move(input));
    } catch (const model::ServiceError& error) {
      return std::string(error.shape().code) + ": " + error.message();
    }
    return "done";
  }
  std::string refusal(std::string_view operation, Document input = Document::object()) {
    return refusal(root, "iam", operation, std::move(input));
  }
};

// A member of an answer: at(output, "User", "Arn").
inline const Document& at(const Document& document) { return document; }
template <class... Rest>
const Document& at(const Document& document, std::string_view key, const Rest&... rest) {
  static const Document none;
  const Document* found = document.find(key);
  return found == nullptr ? none : at(*found, rest...);
}

}  // namespace haneul::iam
