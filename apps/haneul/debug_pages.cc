#include "debug_pages.h"

#include "base/json.h"
#include "system.h"

namespace haneul::app {

server::DebugPages::Health SystemPages::health() {
  const compute::EngineStatus engine = system_.engine.status();
  const bool can_run = system_.launcher.capabilities().usable();
  Document document = Document::object();
  document.set("state", "serving");
  document.set("functions", can_run ? "ready" : "refused: the host lacks what sandboxes need");
  document.set("isolation", options_.isolation);
  document.set("environments", Document::Object{{"idle", engine.idle},
                                                {"busy", engine.busy},
                                                {"provisioned", uint64_t{engine.provisioned}}});
  document.set("jobsPending", system_.jobs.pending());
  document.set("requestsInFlight", system_.pipeline.in_flight());
  document.set("freeBytes", system_.space.free_bytes());
  Document missing = Document::array();
  for (const std::string& what : system_.launcher.capabilities().missing) missing.push(what);
  if (!can_run) document.set("missing", std::move(missing));
  Document unenforced = Document::array();
  for (const sandbox::Unenforced& each : system_.launcher.capabilities().unenforced)
    unenforced.push(each.word);
  document.set("notEnforced", std::move(unenforced));
  return {.state = Health::State::kServing, .json = write_json(document)};
}

std::string SystemPages::metrics() {
  return system_.metrics.text() + system_.engine.start_times() +
         server::server_metrics(system_.server.counters());
}

std::string SystemPages::config() {
  return write_json(Document::Object{{"data", options_.data.string()},
                                     {"listen", options_.address + ":" + std::to_string(options_.port)},
                                     {"bootstrap", options_.bootstrap_file.string()},
                                     {"runtimes", options_.runtimes.string()},
                                     {"isolation", options_.isolation},
                                     {"loops", system_.loops.size()}});
}

std::string SystemPages::requests() {
  return write_json(Document::Object{{"inFlight", system_.pipeline.in_flight()}});
}

}  // namespace haneul::app
