// System: every part of the server, built by hand in the order of their dependencies and connected. The
// members' order is the order of construction and, backwards, of destruction: what is used outlives its
// users.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "base/task/loops.h"
#include "compute/engine.h"
#include "installation.h"
#include "platform/facts.h"
#include "platform/jobs.h"
#include "platform/meter.h"
#include "platform/metrics.h"
#include "platform/pipeline.h"
#include "platform/trail.h"
#include "sandbox/launcher.h"
#include "serve.h"
#include "server/environment_door.h"
#include "server/private_ca.h"
#include "server/server.h"
#include "services.h"
#include "store/blob/blob_store.h"
#include "store/data_directory.h"
#include "store/db.h"
#include "store/space.h"

namespace haneul::app {

// The engine starts before the server that its functions talk to; this passes calls on once there is one.
class LateDoor final : public compute::EndpointDoor {
 public:
  void set(compute::EndpointDoor& door) { door_ = &door; }
  void open(std::string_view environment_id, Fd http_listener, Fd https_listener) override {
    door_->open(environment_id, std::move(http_listener), std::move(https_listener));
  }
  void close(std::string_view environment_id) override { door_->close(environment_id); }

 private:
  compute::EndpointDoor* door_ = nullptr;
};

class System {
 public:
  // Opens the data directory and builds everything; nothing is served yet. Throws with a sentence for the
  // user.
  System(const ServeOptions& options, sandbox::LauncherProcess launcher_process);

  // Applies the bootstrap file, begins jobs, opens the doors; returns the port that is served.
  uint16_t start(const ServeOptions& options);
  void stop();  // lets requests and jobs end, then functions, then syncs

  SystemClock clock;
  SystemRandom random;
  store::DataDirectory directory;
  RootCredentials root;
  Loops loops;
  BlockingPool pool;
  store::SpaceGuard space;
  store::Db db;
  store::BlobStore blobs;
  platform::Jobs jobs;
  platform::FactBus facts;
  platform::Metrics metrics;
  platform::Trail trail;
  platform::Meter meter;
  server::PrivateCa ca;
  sandbox::LauncherClient launcher;
  LateDoor door;
  compute::Engine engine;
  Services services;
  platform::Pipeline pipeline;
  server::Server server;
  server::EnvironmentDoor environment_door;

 private:
  void subscribe_facts();
  void apply_seeds(const ServeOptions& options);
};

}  // namespace haneul::app
