#include "system.h"

#include <future>
#include <thread>

#include <unistd.h>

#include "base/log.h"
#include "bootstrap.h"
#include "commands.h"
#include "services/iam/token_key.h"
#include "store/rocks/rocks_engine.h"

namespace haneul::app {

namespace {

constexpr size_t kBlockingThreads = 16;  // mostly waiting for disk syncs
constexpr Milliseconds kStopPatience = std::chrono::seconds(10);

size_t loop_count() { return std::max<size_t>(2, std::thread::hardware_concurrency()); }

std::string canonical_text(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(path, error);
  return error ? std::string() : canonical.string();
}

compute::EngineConfig engine_config(const ServeOptions& options, const std::filesystem::path& data,
                                    const server::PrivateCa& ca) {
  compute::EngineConfig config;
  std::filesystem::create_directories(data / "compute");
  config.work_directory = canonical_text(data / "compute");
  config.python_runtime_directory = canonical_text(options.runtimes / "python");
  config.node_runtime_directory = canonical_text(options.runtimes / "nodejs");
  config.ruby_runtime_directory = canonical_text(options.runtimes / "ruby");
  config.java_runtime_directory = canonical_text(options.runtimes / "java");
  config.zygote_directory = canonical_text(options.runtimes / "zygote");
  config.node_sdk_directory = options.node_sdk.empty() ? std::string() : canonical_text(options.node_sdk);
  config.ca_bundle_file = canonical_text(ca.bundle_path());
  config.environments_max = options.environments_max;
  config.debug = options.debug;
  config.guest = options.guest;
  // An image belongs to the kernel that it was taken under: of virtual machines none is taken.
  if (!options.guest) {
    config.snapshots = {.program_directory = canonical_text(options.runtimes / "snapshot"),
                        .directory = (data / "snapshots").string()};
  }
  return config;
}

// The same place for the command line that adds and the server that looks.
std::filesystem::path added_runtimes(const ServeOptions& options) {
  if (options.added_runtimes.empty()) return options.data / "runtimes";
  return std::filesystem::absolute(options.added_runtimes);
}

// Runs a task on a loop and waits for it on this thread, which is no loop.
void run_to_end(Loop& loop, const char* name, Task<void> task) {
  std::promise<void> done;
  spawn(loop, name, [](Task<void> inner, std::promise<void>& finished) -> Task<void> {
    co_await std::move(inner);
    finished.set_value();
  }(std::move(task), done));
  done.get_future().wait();
}

sandbox::LauncherClient::Restart make_other_launchers(const ServeOptions& options) {
  return [without = options.without_enforcement](sandbox::EnvironmentId first_id) {
    sandbox::LauncherConfig config;
    config.first_id = first_id;
    config.without = without;
    return sandbox::LauncherProcess::execute_self(config);
  };
}

}  // namespace

System::System(const ServeOptions& options, sandbox::LauncherProcess launcher_process)
    : directory(options.data),
      root(ensure_root_credentials(options.data, random)),
      loops(loop_count()),
      pool(kBlockingThreads),
      space(options.data),
      db(store::open_rocks_engine(directory.db(), space)),
      blobs(directory.blobs(), pool, random, space),
      jobs(db, clock, random),
      trail(options.data / "trail"),
      meter(options.data / "meter", clock),
      ca({.directory = options.data / "ca"}, clock),
      launcher(std::move(launcher_process), make_other_launchers(options)),
      engine({.launcher = launcher, .loops = loops, .clock = clock, .random = random, .door = &door},
             engine_config(options, options.data, ca)),
      services(
          {.db = db,
           .blobs = blobs,
           .pool = pool,
           .loops = loops,
           .jobs = jobs,
           .engine = engine,
           .facts = facts,
           .clock = clock,
           .random = random,
           .data = std::filesystem::canonical(options.data),
           .added_runtimes = added_runtimes(options),
           .keep_events_bytes = options.keep_events_mib << 20,
           .account_concurrency = options.account_concurrency,
           .throttling = options.throttle_tables ? dynamodb::Throttling::kOn : dynamodb::Throttling::kOff,
           .token_key = iam::load_token_key(options.data / "token.key", random)}),
      pipeline({.table = services.table(),
                .db = db,
                .identities = services.identities(),
                .clock = clock,
                .random = random,
                .facts = facts,
                .credential_uses = services.credential_uses()}),
      server(loops, pipeline, clock, &ca),
      environment_door(server) {
  services.connect(pipeline);
  door.set(environment_door);
  subscribe_facts();
}

void System::subscribe_facts() {
  // The trail first: a request that the meter counts is one that the trail names.
  trail.subscribe(facts);
  meter.subscribe(facts);
  metrics.subscribe(facts);
  metrics.gauge("haneul_jobs_pending", "Durable jobs waiting or running.",
                [this] { return static_cast<double>(jobs.pending()); });
  metrics.gauge("haneul_environments_idle", "Execution environments without an invocation.",
                [this] { return static_cast<double>(engine.status().idle); });
  metrics.gauge("haneul_environments_busy", "Execution environments with an invocation.",
                [this] { return static_cast<double>(engine.status().busy); });
  metrics.gauge("haneul_environments_provisioned", "Execution environments kept ready, idle or busy.",
                [this] { return static_cast<double>(engine.status().provisioned); });
  metrics.gauge("haneul_free_bytes", "Free space of the data directory's file system.",
                [this] { return static_cast<double>(space.free_bytes()); });
}

void System::apply_seeds(const ServeOptions& options) {
  iam::AccountSeed first{.id = root.account, .alias = {}, .root_keys = {}, .users = {}};
  first.root_keys.push_back({root.access_key_id, root.secret_access_key});
  services.iam().ensure_account(first);
  if (!options.bootstrap_file.empty()) {
    for (const iam::AccountSeed& seed : parse_bootstrap(read_text_file(options.bootstrap_file))) {
      services.iam().ensure_account(seed);
    }
  }
  db.wait_durable_blocking(db.last_ordered());
}

uint16_t System::start(const ServeOptions& options) {
  apply_seeds(options);
  if (options.port != 0) services.set_port(options.port);
  services.start();
  jobs.start([this]() -> Executor& { return loops.next(); });
  const uint16_t port = server.listen(options.address, options.port, server::TlsMode::kDetect, "main");
  services.set_port(port);
  return port;
}

void System::stop() {
  services.end_waits();
  server.stop(kStopPatience);
  run_to_end(loops.at(0), "stop readers", services.stop_readers(kStopPatience));
  run_to_end(loops.at(0), "stop jobs", jobs.stop(kStopPatience));
  run_to_end(loops.at(0), "stop engine", engine.stop());
  services.stop();
  loops.stop();
}

}  // namespace haneul::app
