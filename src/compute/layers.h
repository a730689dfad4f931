// Layers are shown at /opt. One layer is mounted as it is; several are merged in order into a directory of
// hard links (a later layer's file wins), made once per list of layers and shared by all environments,
// read-only. https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html Thread rule: any thread;
// makes directories with blocking calls, so run it on a BlockingPool.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace haneul::compute {

// File names of the external extensions in what is shown at /opt, in their order; none for an empty path.
std::vector<std::string> list_extensions(const std::string& opt_directory);

class LayerMerger {
 public:
  explicit LayerMerger(std::string directory) : directory_(std::move(directory)) {}
  // The directory to mount at /opt, or empty without layers. Throws std::filesystem::filesystem_error.
  std::string merged(const std::vector<std::string>& layers);

 private:
  std::string directory_;
  std::mutex mutex_;
};

}  // namespace haneul::compute
