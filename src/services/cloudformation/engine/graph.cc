#include "services/cloudformation/engine/graph.h"

#include <memory>

#include "base/task/completion.h"

namespace haneul::cloudformation {

namespace {

// Shared by pieces that run on one executor's thread: no lock.
struct Progress {
  std::vector<std::string> ended;
  std::exception_ptr error;
  Completion<bool> wake;
};

Task<void> run_piece(std::shared_ptr<Progress> progress, const GraphWork* work, std::string name) {
  try {
    co_await work->piece(name);
  } catch (...) {
    progress->error = std::current_exception();
  }
  progress->ended.push_back(std::move(name));
  progress->wake.set(true);
}

std::vector<std::string> take_ready(Dependencies& waiting, size_t room) {
  std::vector<std::string> ready;
  for (auto at = waiting.begin(); at != waiting.end() && ready.size() < room;) {
    if (!at->second.empty()) {
      ++at;
      continue;
    }
    ready.push_back(at->first);
    at = waiting.erase(at);
  }
  return ready;
}

}  // namespace

Task<void> run_graph(Dependencies graph, size_t parallel_max, GraphWork work) {
  for (auto& [name, needs] : graph) {
    std::erase_if(needs, [&](const std::string& other) { return !graph.contains(other); });
  }
  const auto progress = std::make_shared<Progress>();
  size_t running = 0;
  while (true) {
    if (!progress->error && work.may_start()) {
      for (std::string& name : take_ready(graph, parallel_max - running)) {
        ++running;
        spawn(*Executor::current(), "stack resource", run_piece(progress, &work, std::move(name)));
      }
    }
    if (running == 0) break;
    if (progress->ended.empty()) co_await progress->wake.wait_forever();
    progress->wake = Completion<bool>();
    for (const std::string& name : progress->ended) {
      --running;
      for (auto& [other, needs] : graph) needs.erase(name);
    }
    progress->ended.clear();
  }
  if (progress->error) std::rethrow_exception(progress->error);
}

Dependencies reversed(const Dependencies& graph) {
  Dependencies out;
  for (const auto& [name, needs] : graph) {
    out[name];
    for (const std::string& need : needs) {
      if (graph.contains(need)) out[need].insert(name);
    }
  }
  return out;
}

}  // namespace haneul::cloudformation
