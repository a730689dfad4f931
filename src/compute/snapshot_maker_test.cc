// What the end of an initialisation says about its version: a version that is called Failed stays so, so only
// its own failures may count.
#include "compute/snapshot_maker.h"

#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

using Kind = SnapshotOutcome::Kind;

InitOutcome ended(InitOutcome::Kind kind, std::string reason = {}) {
  InitOutcome init;
  init.kind = kind;
  init.reason = std::move(reason);
  init.fault.error_type = "Runtime.ExitError";
  return init;
}

// What the function did is told in its words.
TEST(SnapshotOutcomeOf, TellsWhatTheFunctionDid) {
  InitOutcome error = ended(InitOutcome::Kind::kError);
  error.fault = {R"({"errorMessage":"no module","errorType":"x"})", "Runtime.ImportModuleError"};
  EXPECT_EQ(snapshot_outcome(error).kind, Kind::kInitError);
  EXPECT_EQ(snapshot_outcome(error).reason, "Runtime.ImportModuleError: no module");
  error.fault.error_type = "Runtime.InvalidEntrypoint";
  EXPECT_EQ(snapshot_outcome(error).kind, Kind::kEntrypoint);
  const SnapshotOutcome exited = snapshot_outcome(ended(InitOutcome::Kind::kExited, "exit status 3"));
  EXPECT_EQ(exited.kind, Kind::kInitError);
  EXPECT_EQ(exited.reason, "Runtime.ExitError: the runtime ended during initialization (exit status 3)");
  EXPECT_EQ(snapshot_outcome(ended(InitOutcome::Kind::kTimeout)).kind, Kind::kTimeout);
  InitOutcome large = ended(InitOutcome::Kind::kExited, "signal: killed");
  large.out_of_memory = true;
  EXPECT_EQ(snapshot_outcome(large).kind, Kind::kOutOfMemory);
}

// A server that stops, or whose launcher ends, takes environments with it: no fault of the version.
TEST(SnapshotOutcomeOf, BlamesNobodyForTheServersEnd) {
  EXPECT_EQ(snapshot_outcome(ended(InitOutcome::Kind::kExited, "signal: killed")).kind, Kind::kServer);
  EXPECT_EQ(snapshot_outcome(ended(InitOutcome::Kind::kCannotStart, "no launcher")).kind, Kind::kServer);
}

}  // namespace
}  // namespace haneul::compute
