// Running work in the order of its dependencies, several pieces at a time on one executor.
#pragma once

#include <functional>
#include <string>

#include "base/task/task.h"
#include "services/cloudformation/template/references.h"

namespace haneul::cloudformation {

struct GraphWork {
  std::function<bool()> may_start;               // asked before each piece; false: only those running end
  std::function<Task<void>(std::string)> piece;  // what it throws ends the whole, after the others ended
};

// Each piece begins after all it waits for have ended. Names that `graph` has no row for are taken as ended.
Task<void> run_graph(Dependencies graph, size_t parallel_max, GraphWork work);

// Edges turned around: dependents first, for removal.
Dependencies reversed(const Dependencies& graph);

}  // namespace haneul::cloudformation
