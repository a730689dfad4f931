#include "compute/java_archives.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/log.h"
#include "compute/java_options.h"

namespace haneul::compute {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kTrainingBytes = 512ULL << 20;

int64_t changed_at(const fs::path& file) {
  std::error_code missing;
  const fs::file_time_type time = fs::last_write_time(file, missing);
  return missing ? 0 : time.time_since_epoch().count();
}

sandbox::EnvironmentSpec training_spec(const std::string& place, const std::string& client,
                                       const std::string& java) {
  sandbox::EnvironmentSpec spec;
  spec.argv = {java, "-Xshare:auto", "-XX:+UseSerialGC", "-Xlog:disable",
               fmt::format("-XX:ArchiveClassesAtExit={}/{}", kJavaArchiveDirectory, kJavaArchiveFile)};
  const std::vector<std::string> program = java_program();
  spec.argv.insert(spec.argv.end(), program.begin(), program.end());
  spec.argv.emplace_back("--train");
  spec.environment = {"LANG=en_US.UTF-8", "PATH=/usr/bin:/bin", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512"};
  spec.mounts = {{client, "/var/runtime", sandbox::Mount::Mode::kReadOnly},
                 {place, std::string(kJavaArchiveDirectory), sandbox::Mount::Mode::kReadWrite}};
  spec.memory_bytes = kTrainingBytes;
  spec.tmp_bytes = 64ULL << 20;
  return spec;
}

}  // namespace

// An archive is good for one JVM and one client: their files' times are in the name.
std::string JavaArchives::name_of(const RuntimeChoice& java) const {
  const fs::path home = fs::path(java.interpreter).parent_path().parent_path();
  return fmt::format("java{}-{:x}-{:x}", java.version, changed_at(home / "lib/server/libjvm.so"),
                     changed_at(fs::path(runtime_directory_) / "lib/haneul-runtime.jar"));
}

std::string JavaArchives::find(const RuntimeChoice& java) const {
  const fs::path place = fs::path(directory_) / name_of(java);
  std::error_code none;
  return fs::exists(place / kJavaArchiveFile, none) ? fs::canonical(place).string() : std::string();
}

void JavaArchives::want(const RuntimeChoice& java, sandbox::Launcher& launcher, Loops& loops) {
  const std::string name = name_of(java);
  const std::lock_guard lock(mutex_);
  if (stopping_ || !begun_.insert(name).second) return;
  ++making_;
  spawn(loops.next(), "make a Java archive", make(name, java, launcher));
}

bool JavaArchives::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Task<void> JavaArchives::make(std::string name, RuntimeChoice java, sandbox::Launcher& launcher) {
  const fs::path place = fs::path(directory_) / (name + ".new");
  try {
    fs::remove_all(place);
    fs::create_directories(place);
    fs::permissions(place, fs::perms(0777));  // the sandbox has a user of its own
    co_await train(fs::canonical(place).string(), java, launcher);
    if (!fs::exists(place / kJavaArchiveFile)) throw std::runtime_error("the JVM wrote none");
    fs::permissions(place, fs::perms(0755));
    fs::rename(place, fs::path(directory_) / name);
  } catch (const std::exception& error) {
    if (!is_stopping()) {
      log_warning("Java functions start without an archive of classes",
                  {{"jvm", java.interpreter}, {"reason", error.what()}});
    }
    std::error_code ignored;
    fs::remove_all(place, ignored);
  }
  // A copy, set when nothing of ours is held: who waits for it may destroy all this at once.
  const Completion<bool> idle = idle_;
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_last = --making_ == 0 && stopping_;
  }
  if (is_last) idle.set(true);
}

Task<void> JavaArchives::train(const std::string& place, const RuntimeChoice& java,
                               sandbox::Launcher& launcher) {
  // Its outputs are kept open and not read: it has next to nothing to say.
  const sandbox::Environment made =
      co_await launcher.start(training_spec(place, runtime_directory_, java.interpreter));
  bool is_late = false;
  {
    const std::lock_guard lock(mutex_);
    running_.insert(made.id);
    is_late = stopping_;
  }
  if (is_late) co_await launcher.kill(made.id);
  const sandbox::ExitStatus status = co_await launcher.wait(made.id);
  launcher.forget(made.id);
  {
    const std::lock_guard lock(mutex_);
    running_.erase(made.id);
  }
  if (status.signal != 0 || status.exit_code != 0) {
    throw std::runtime_error(
        fmt::format("the JVM ended with status {}, signal {}", status.exit_code, status.signal));
  }
}

Task<void> JavaArchives::stop(sandbox::Launcher& launcher) {
  std::set<sandbox::EnvironmentId> running;
  bool is_idle = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    running = running_;
    is_idle = making_ == 0;
  }
  for (const sandbox::EnvironmentId id : running) co_await launcher.kill(id);
  if (!is_idle) co_await idle_.wait_forever();
}

}  // namespace haneul::compute
