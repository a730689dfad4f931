// Hostile programs (tests/security) inside environments: each attempt must be refused, each control must
// work, and the same attempts must succeed outside, so that a harness that refuses everything by accident is
// noticed.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

constexpr int kExitRefused = 10;

struct Probe {
  std::string expectation;
  std::string name;
};

// Where the build puts it, seen from this program: both may be copies in another place.
std::string probes_program() {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe");
  return own.parent_path().parent_path() / "tests/security/haneul_probes";
}

std::vector<Probe> list_probes() {
  std::vector<Probe> probes;
  FILE* list = popen((probes_program() + " --list").c_str(), "r");
  char expectation[16];
  char name[64];
  while (list != nullptr && std::fscanf(list, "%15s %63s", expectation, name) == 2)
    probes.push_back({expectation, name});
  if (list != nullptr) pclose(list);
  return probes;
}

// Things of the host, and of another tenant, that a probe tries to reach.
class Bait {
 public:
  Bait() {
    tag_ = fmt::format("haneul-probe-{}", getpid());
    directory_ = std::filesystem::temp_directory_path() / tag_;
    std::filesystem::create_directories(directory_ / "code");
    std::filesystem::copy_file(probes_program(), directory_ / "code/haneul_probes");
    std::ofstream(directory_ / "secret.txt") << "another tenant's code";
    std::ofstream("/dev/shm/" + tag_) << "shared";
    segment_ = shmget(segment_key(), 4096, IPC_CREAT | 0666);
    queue_ = mq_open(("/" + tag_).c_str(), O_CREAT | O_RDWR, 0666, nullptr);
    listen_on_loopback();
    listen_on_abstract();
  }
  ~Bait() {
    shmctl(segment_, IPC_RMID, nullptr);
    mq_close(queue_);
    mq_unlink(("/" + tag_).c_str());
    std::filesystem::remove("/dev/shm/" + tag_);
    std::filesystem::remove_all(directory_);
  }

  std::string code() const { return std::filesystem::canonical(directory_ / "code"); }
  std::map<std::string, std::string> arguments(pid_t sibling) const {
    const std::string pid = std::to_string(sibling);
    return {{"ptrace_sibling", pid},
            {"read_sibling_memory", pid},
            {"write_sibling_memory", pid},
            {"signal_sibling", pid},
            {"read_sibling_environment", pid},
            {"read_host_path", directory_ / "secret.txt"},
            {"host_shared_memory", std::to_string(segment_key())},
            {"host_dev_shm", "/dev/shm/" + tag_},
            {"host_message_queue", "/" + tag_},
            {"host_loopback_port", std::to_string(port_)},
            {"host_abstract_socket", tag_}};
  }

 private:
  static key_t segment_key() { return 0x48410000 | (getpid() & 0xffff); }

  void listen_on_loopback() {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    loopback_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    bind(loopback_.get(), reinterpret_cast<sockaddr*>(&address), length);
    listen(loopback_.get(), 8);
    getsockname(loopback_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }

  void listen_on_abstract() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, tag_.data(), tag_.size());
    abstract_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + tag_.size());
    bind(abstract_.get(), reinterpret_cast<sockaddr*>(&address), length);
    listen(abstract_.get(), 8);
  }

  std::string tag_;
  std::filesystem::path directory_;
  Fd loopback_;
  Fd abstract_;
  int port_ = 0;
  int segment_ = -1;
  mqd_t queue_ = -1;
};

class ProbeTest : public SandboxTest, public ::testing::WithParamInterface<Probe> {
 protected:
  static void SetUpTestSuite() { bait_ = std::make_unique<Bait>(); }
  static void TearDownTestSuite() { bait_.reset(); }
  static std::unique_ptr<Bait> bait_;
};
std::unique_ptr<Bait> ProbeTest::bait_;

// The security promise itself, one attempt at a time.
TEST_P(ProbeTest, BehavesAsPromised) {
  const Probe& probe = GetParam();
  Environment sibling = run(launcher().start(shell("echo up; exec sleep 1000")));
  ASSERT_EQ(read_line(sibling.stdout_fd.get()), "up");
  EnvironmentSpec spec = spec_for({"/var/task/haneul_probes", probe.name});
  const auto arguments = bait_->arguments(sibling.pid);
  if (arguments.contains(probe.name)) spec.argv.push_back(arguments.at(probe.name));
  spec.mounts = {{bait_->code(), "/var/task"}};
  spec.memory_bytes = 128 << 20;
  const Outcome outcome = run_to_end(std::move(spec));
  const std::string story = fmt::format("exit {} signal {}\n{}{}", outcome.status.exit_code,
                                        outcome.status.signal, outcome.output, outcome.errors);
  if (probe.expectation == "refused") EXPECT_EQ(outcome.status.exit_code, kExitRefused) << story;
  if (probe.expectation == "killed") EXPECT_NE(outcome.status.signal, 0) << story;
  if (probe.expectation == "works")
    EXPECT_TRUE(outcome.status.exit_code == 0 && outcome.status.signal == 0) << story;
  run(launcher().kill(sibling.id));
  launcher().forget(sibling.id);
}

INSTANTIATE_TEST_SUITE_P(Security, ProbeTest, ::testing::ValuesIn(list_probes()),
                         [](const auto& info) { return info.param.name; });

// A probe that is refused everywhere proves nothing. Outside, as root, most of these are possible.
TEST_F(SandboxTest, ProbesAreAbleToSucceedOutside) {
  const Bait bait;
  const auto arguments = bait.arguments(getpid());
  int possible = 0;
  for (const char* name :
       {"read_shadow", "read_host_path", "see_other_processes", "read_sibling_environment", "signal_sibling",
        "user_namespace", "netlink_uevents", "raw_icmp", "packet_socket", "no_address_randomisation",
        "host_shared_memory", "host_dev_shm", "host_loopback_port", "host_abstract_socket",
        "host_message_queue", "new_mount_api", "become_root", "low_port"}) {
    const auto at = arguments.find(name);
    const std::string command =
        fmt::format("{} {} '{}' >/dev/null", probes_program(), name, at == arguments.end() ? "" : at->second);
    possible += std::system(command.c_str()) == 0 ? 1 : 0;
  }
  EXPECT_GE(possible, 10);
}

}  // namespace
}  // namespace haneul::sandbox::test
