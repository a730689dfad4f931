#include "services.h"

#include "gen/models.h"

namespace haneul::app {

Services::Services(const ServiceParts& parts)
    : iam_(parts.db, parts.clock, parts.random, parts.token_key),
      sts_(iam_),
      authorizer_(iam_.identities()),
      logs_({.db = parts.db,
             .jobs = parts.jobs,
             .authorizer = authorizer_,
             .clock = parts.clock,
             .random = parts.random}) {
  iam_.register_operations(table_);
  sts_.register_operations(table_);
  logs_.register_operations(table_);
  // Modelled services without an implementation answer NotImplemented by name.
  for (const model::ServiceModel* service : service_models()) table_.add_service(*service);
}

void Services::connect(platform::Pipeline&) {}

void Services::start() {}

void Services::stop() {}

std::span<const platform::FieldGap> field_gaps(std::string_view) { return {}; }

std::vector<std::string> check_invariants(store::Db&, store::BlobStore&) { return {}; }

}  // namespace haneul::app
