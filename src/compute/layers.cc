// Merging of layer directories.
#include "compute/layers.h"

#include <algorithm>
#include <filesystem>

#include "aws/digest.h"

namespace haneul::compute {

namespace fs = std::filesystem;

namespace {

void link_or_copy(const fs::path& from, const fs::path& to) {
  if (fs::exists(fs::symlink_status(to))) fs::remove_all(to);
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to);  // another file system
}

void merge_into(const fs::path& layer, const fs::path& target) {
  for (auto it = fs::recursive_directory_iterator(layer); it != fs::recursive_directory_iterator(); ++it) {
    const fs::path to = target / it->path().lexically_relative(layer);
    const fs::file_status status = it->symlink_status();
    if (fs::is_symlink(status)) {
      if (fs::exists(fs::symlink_status(to))) fs::remove_all(to);
      fs::copy_symlink(it->path(), to);
    } else if (fs::is_directory(status)) {
      const fs::file_status present = fs::symlink_status(to);
      if (fs::exists(present) && !fs::is_directory(present)) fs::remove(to);
      fs::create_directory(to);
      fs::permissions(to, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                              fs::perms::others_read | fs::perms::others_exec);
    } else if (fs::is_regular_file(status)) {
      link_or_copy(it->path(), to);
    }
  }
}

}  // namespace

std::vector<std::string> list_extensions(const std::string& opt_directory) {
  std::vector<std::string> names;
  if (opt_directory.empty()) return names;
  std::error_code error;
  for (fs::directory_iterator it(opt_directory + "/extensions", error), end; !error && it != end;
       it.increment(error)) {
    // What a link of the layer leads to is a matter of the inside.
    if (it->symlink_status(error).type() != fs::file_type::directory)
      names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string LayerMerger::merged(const std::vector<std::string>& layers) {
  if (layers.empty()) return {};
  if (layers.size() == 1) return layers.front();
  std::string list;
  for (const std::string& layer : layers) list += layer + '\n';
  const fs::path root(directory_);
  const fs::path done = root / ("opt-" + aws::sha256_hex(list));
  const std::lock_guard lock(mutex_);
  if (fs::exists(done)) return done.string();
  // Made under another name first: a crash half-way leaves nothing that looks finished.
  const fs::path making = done.string() + ".making";
  fs::remove_all(making);
  fs::create_directories(making);
  fs::permissions(making, fs::perms(0755));
  for (const std::string& layer : layers) merge_into(layer, making);
  fs::rename(making, done);
  return done.string();
}

}  // namespace haneul::compute
