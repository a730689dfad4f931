#include "compute/java_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "compute/variables.h"

namespace haneul::compute {

namespace {

constexpr uint64_t kKibPerMib = 1024;
// Metaspace and compiled code do not grow beyond these however much memory a function has: the heap takes the
// rest.
constexpr uint64_t kMetaspaceKibMax = 163'840;
constexpr uint64_t kCodeKibMax = 81'920;

std::string_view own_options(const FunctionImage& image) {
  const auto found = image.variables.find("JAVA_TOOL_OPTIONS");
  return found == image.variables.end() ? std::string_view() : std::string_view(found->second);
}

bool mentions(std::string_view own, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return own.find(name) != std::string_view::npos; });
}

void add_memory(std::vector<std::string>& out, const FunctionImage& image, std::string_view own) {
  const uint64_t all = image.memory_mb * kKibPerMib;
  const uint64_t heap = std::max(all * 85 / 100, all - std::min(all, kMetaspaceKibMax + kCodeKibMax));
  if (!mentions(own, {"-Xmx", "MaxHeapSize", "MaxRAMPercentage"})) {
    out.push_back(fmt::format("-XX:MaxHeapSize={}k", heap));
  }
  if (!mentions(own, {"MaxMetaspaceSize"})) {
    out.push_back(fmt::format("-XX:MaxMetaspaceSize={}k", std::min(all * 15 / 100, kMetaspaceKibMax)));
  }
  if (!mentions(own, {"ReservedCodeCacheSize"})) {
    out.push_back(fmt::format("-XX:ReservedCodeCacheSize={}k", std::min(all * 75 / 1000, kCodeKibMax)));
  }
}

}  // namespace

std::vector<std::string> java_program() {
  constexpr std::string_view kLibrary = "/var/runtime/lib/";
  std::string path;
  for (const std::string_view jar :
       {"haneul-runtime.jar", "jackson-annotations.jar", "jackson-core.jar", "jackson-databind.jar"}) {
    if (!path.empty()) path += ':';
    path.append(kLibrary).append(jar);
  }
  return {"-cp", path, "haneul.runtime.Main"};
}

std::vector<std::string> java_options(const FunctionImage& image, JavaArchive archive) {
  const std::string_view own = own_options(image);
  // The directory is the one it is in when it serves: a JVM that waits is elsewhere when it starts.
  std::vector<std::string> out{"-Dfile.encoding=UTF-8", "-Duser.dir=/var/task", "-Xshare:auto"};
  add_memory(out, image, own);
  if (!mentions(own, {"GC"})) out.emplace_back("-XX:+UseSerialGC");
  if (!mentions(own, {"Tiered"})) out.emplace_back("-XX:TieredStopAtLevel=1");
  if (!mentions(own, {"java.security.properties"})) {
    out.emplace_back("-Djava.security.properties=/var/runtime/java.security");
  }
  if (!mentions(own, {"javax.net.ssl.trustStore"})) {
    out.push_back("-Djavax.net.ssl.trustStore=" + std::string(kCaBundleInside));
    out.emplace_back("-Djavax.net.ssl.trustStoreType=HaneulPem");
  }
  if (archive == JavaArchive::kReady && !mentions(own, {"SharedArchiveFile", "-Xshare", "-javaagent"})) {
    out.push_back(fmt::format("-XX:SharedArchiveFile={}/{}", kJavaArchiveDirectory, kJavaArchiveFile));
  }
  const std::vector<std::string> program = java_program();
  out.insert(out.end(), program.begin(), program.end());
  return out;
}

}  // namespace haneul::compute
