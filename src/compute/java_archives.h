// JavaArchives: archives of loaded classes (AppCDS), one for each JVM, that make Java functions start faster.
// One is made in a sandbox of its own when a JVM is first used: the JVM loads what every function needs and
// writes the archive, which later ones map. It depends on nothing of any function.
// https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html#application-class-data-sharing
//
// Thread rule: any thread.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/task/completion.h"
#include "base/task/loops.h"
#include "base/task/task.h"
#include "compute/runtime_choice.h"
#include "sandbox/launcher.h"

namespace haneul::compute {

class JavaArchives {
 public:
  // directory: ours alone; runtime_directory: the Java client's.
  JavaArchives(std::string directory, std::string runtime_directory)
      : directory_(std::move(directory)), runtime_directory_(std::move(runtime_directory)) {}

  // The directory of the JVM's archive, or empty while there is none.
  std::string find(const RuntimeChoice& java) const;
  // Begins to make the archive unless it is there, is being made or could not be made.
  void want(const RuntimeChoice& java, sandbox::Launcher& launcher, Loops& loops);
  // Ends what is being made; nothing is begun later.
  Task<void> stop(sandbox::Launcher& launcher);

 private:
  bool is_stopping() const;
  std::string name_of(const RuntimeChoice& java) const;
  Task<void> make(std::string name, RuntimeChoice java, sandbox::Launcher& launcher);
  Task<void> train(const std::string& place, const RuntimeChoice& java, sandbox::Launcher& launcher);

  const std::string directory_;
  const std::string runtime_directory_;
  mutable std::mutex mutex_;
  std::set<std::string> begun_;
  size_t making_ = 0;
  std::set<sandbox::EnvironmentId> running_;
  bool stopping_ = false;
  Completion<bool> idle_;
};

}  // namespace haneul::compute
