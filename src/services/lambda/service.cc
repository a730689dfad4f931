#include "services/lambda/service.h"

#include <sys/utsname.h>

#include "gen/lambda/schema.h"
#include "services/lambda/code_url.h"
#include "services/lambda/durable/ops.h"
#include "services/lambda/mappings/ops.h"
#include "services/lambda/ops/account_ops.h"
#include "services/lambda/ops/control_ops.h"
#include "services/lambda/ops/event_config_ops.h"
#include "services/lambda/ops/function_ops.h"
#include "services/lambda/ops/invoke_ops.h"
#include "services/lambda/ops/layer_ops.h"
#include "services/lambda/ops/permission_ops.h"
#include "services/lambda/ops/provisioned_ops.h"
#include "services/lambda/ops/stream_ops.h"
#include "services/lambda/ops/url_ops.h"
#include "services/lambda/ops/version_ops.h"
#include "services/lambda/preparer.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/urls/door.h"

namespace haneul::lambda {

namespace {

std::string machine_architecture() {
  utsname machine{};
  uname(&machine);
  return std::string_view(machine.machine) == "aarch64" ? "arm64" : "x86_64";
}

// Made at the first start and kept: addresses that were given away stay good over a restart.
Secret<std::string> load_url_key(store::Db& db, Random& random) {
  const std::string fresh = random.bytes(32);
  std::string kept = db.write(keys::packages_scope(), [&](store::Tx& tx) {
    if (auto known = tx.get(keys::secret())) return *std::move(known);
    tx.put(keys::secret(), fresh);
    return fresh;
  });
  return Secret<std::string>(std::move(kept));
}

}  // namespace

struct LambdaService::Impl {
  explicit Impl(LambdaParts given)
      : parts(std::move(given)),
        code(
            {parts.db, parts.blobs, parts.pool, parts.jobs, parts.clock, parts.random, parts.code_directory}),
        logs(parts.logs, parts.pool),
        images(parts.runtimes, code, parts.iam, logs),
        core{.db = parts.db,
             .jobs = parts.jobs,
             .iam = parts.iam,
             .facts = parts.facts,
             .clock = parts.clock,
             .random = parts.random,
             .runner = parts.runner,
             .runtimes = parts.runtimes,
             .code = code,
             .images = images,
             .logs = logs,
             .preparer = preparer,
             .architecture = machine_architecture(),
             .url_key = load_url_key(parts.db, parts.random),
             .account_concurrency = parts.account_concurrency} {
    core.durable = &durable;
  }

  LambdaParts parts;
  CodeStore code;
  LogWriter logs;
  Images images;
  Preparer preparer{core};
  Core core;
  AsyncQueue queue{core};
  DurableEngine durable{core};
  Provisioner provisioner{core};
  CodeUrlHook code_urls{core};
  FunctionOps functions{core};
  VersionOps versions{core};
  PermissionOps permissions{core};
  AccountOps account{core};
  ProvisionedOps provisioned{core};
  EventConfigOps event_configs{core};
  ControlOps control{core};
  LayerOps layers{core};
  InvokeOps invocations{core, queue, durable};
  DurableOps durable_ops{core, durable};
  StreamOps streams{core};
  UrlOps urls{core};
  UrlDoor url_door{core};
  Mappings mappings{core, parts.sources};
  MappingOps mapping_ops{core, mappings};
};

LambdaService::LambdaService(LambdaParts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}
LambdaService::~LambdaService() { drain(); }

void LambdaService::connect(platform::Dispatcher& dispatcher, const platform::Authorizer& authorizer) {
  impl_->core.dispatcher = &dispatcher;
  impl_->url_door.connect(authorizer);
}

void LambdaService::set_port(uint16_t port) { impl_->core.port = port; }

void LambdaService::register_operations(platform::OperationTable& table) {
  table.add_service(service_model());
  impl_->functions.register_operations(table);
  impl_->versions.register_operations(table);
  impl_->permissions.register_operations(table);
  impl_->account.register_operations(table);
  impl_->provisioned.register_operations(table);
  impl_->event_configs.register_operations(table);
  impl_->control.register_operations(table);
  impl_->layers.register_operations(table);
  impl_->invocations.register_operations(table);
  impl_->streams.register_operations(table);
  impl_->urls.register_operations(table);
  impl_->mapping_ops.register_operations(table);
  impl_->durable_ops.register_operations(table);
}

void LambdaService::register_jobs() {
  impl_->code.register_jobs();
  impl_->preparer.register_jobs();
  impl_->queue.register_jobs();
  impl_->durable.register_jobs();
  impl_->provisioner.register_jobs();
  impl_->mappings.register_jobs();
}

void LambdaService::start_mappings(std::function<Executor&()> next_executor) {
  impl_->mappings.start(std::move(next_executor));
}
Task<void> LambdaService::stop_mappings(Milliseconds patience) { return impl_->mappings.stop(patience); }

platform::HttpHook& LambdaService::code_url_hook() { return impl_->code_urls; }
platform::HttpRoute& LambdaService::url_route() { return impl_->url_door; }
bool LambdaService::names_blob(const store::BlobId& id) { return impl_->code.names_blob(id); }
void LambdaService::end_waits() { impl_->durable.parts().bell->close(); }
void LambdaService::drain() { impl_->logs.drain(); }

}  // namespace haneul::lambda
