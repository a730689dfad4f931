// haneul check: opens a data directory that no server uses and checks every service's invariants.

#include <algorithm>
#include <iostream>

#include "commands.h"
#include "compute/snapshots.h"
#include "services.h"
#include "store/data_directory.h"
#include "store/rocks/rocks_engine.h"

namespace haneul::app {

int command_check(const CommandOptions& options) {
  if (!std::filesystem::exists(options.data))
    throw std::runtime_error(options.data.string() + ": is not there");
  const store::DataDirectory directory(options.data);
  SystemRandom random;
  Loops loops(1);
  BlockingPool pool(2);
  store::SpaceGuard space(options.data);
  store::Db db(store::open_rocks_engine(directory.db(), space));
  store::BlobStore blobs(directory.blobs(), pool, random, space);
  std::vector<std::string> broken = check_invariants(db, blobs);
  std::ranges::move(compute::check_snapshots(options.data / "snapshots"), std::back_inserter(broken));
  for (const std::string& sentence : broken) std::cout << sentence << "\n";
  std::cout << (broken.empty() ? "every invariant holds\n"
                               : std::to_string(broken.size()) + " do not hold\n");
  return broken.empty() ? 0 : 1;
}

}  // namespace haneul::app
