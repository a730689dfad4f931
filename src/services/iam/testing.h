// What the tests of IAM and STS share: an Iam on the memory store with one account, and rows put by hand.
#pragma once

#include "base/clock.h"
#include "services/iam/ids.h"
#include "services/iam/service.h"
#include "store/memory/memory_engine.h"

namespace haneul::iam {

struct TestIam {
  std::unique_ptr<store::Db> db = store::make_memory_db();
  VirtualClock clock;
  SeededRandom random{42};
  Iam iam{*db, clock, random, Secret<std::string>(std::string(32, 'k'))};
  AccountId account{"123456789012"};

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
  static std::string trust(std::string_view principal) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + std::string(principal) +
           R"(,"Action":"sts:AssumeRole"}]})";
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
};

}  // namespace haneul::iam
