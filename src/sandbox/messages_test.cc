#include "sandbox/messages.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/cgroups.h"
#include "sandbox/validate.h"

namespace haneul::sandbox {
namespace {

EnvironmentSpec sample() {
  EnvironmentSpec spec;
  spec.argv = {"/usr/bin/python3", "-c", ""};
  spec.environment = {"A=1", "B="};
  spec.working_directory = "/var/task";
  spec.hostname = "h";
  spec.mounts = {{"/data/code", "/var/task"}, {"/data/efs", "/mnt/efs", Mount::Mode::kReadWrite}};
  spec.listeners = {{ListenSpec::Protocol::kUdp, "127.0.0.1", 53}};
  spec.memory_bytes = 128 << 20;
  spec.tmp_bytes = 512 << 20;
  spec.cpu_permille = 72;
  spec.pids_max = 1024;
  spec.files_max = 1024;
  spec.zygote = Zygote{Zygote::Way::kWaiting,
                       "123456789012",
                       {"/usr/bin/python3", "-u"},
                       {"A=1"},
                       {{"/run/time", "/var/runtime"}}};
  return spec;
}

// What the server says is what the launcher hears.
TEST(Messages, RequestsSurviveTheJourney) {
  Request request{.serial = 7, .verb = Request::Verb::kStart, .id = 9, .signal_number = 3, .spec = sample()};
  request.spec.guest = Guest::kWithKvm;
  const std::string bytes = encode(request);
  EXPECT_EQ(encode(decode_request(bytes)), bytes);
  EXPECT_EQ(decode_request(bytes).spec.mounts[1].target, "/mnt/efs");
  EXPECT_EQ(decode_request(bytes).spec.listeners[0].port, 53);
  EXPECT_EQ(decode_request(bytes).spec.guest, Guest::kWithKvm);
  EXPECT_EQ(decode_request(bytes).spec.zygote->mounts[0].target, "/var/runtime");
}

// What the launcher answers is what the server hears.
TEST(Messages, RepliesSurviveTheJourney) {
  Reply reply;
  reply.serial = 3;
  reply.kind = Reply::Kind::kHello;
  reply.status = {.exit_code = 4, .signal = 5, .oom_killed = true, .usage = {1, 2, 3}};
  reply.capabilities.missing = {"a", "b"};
  const Reply back = decode_reply(encode(reply));
  EXPECT_EQ(back.status.exit_code, 4);
  EXPECT_TRUE(back.status.oom_killed);
  EXPECT_EQ(back.status.usage.cpu_nanoseconds, 3u);
  EXPECT_EQ(back.capabilities.missing, reply.capabilities.missing);
}

// The launcher has privileges: a message cut or grown at any byte must be refused, not read past its end.
TEST(Messages, RefusesEveryTruncation) {
  const std::string bytes = encode(Request{.serial = 1, .verb = Request::Verb::kStart, .spec = sample()});
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(decode_request(std::string_view(bytes).substr(0, length)), SandboxError) << length;
  }
  EXPECT_THROW(decode_request(bytes + "x"), SandboxError);
  std::string huge = encode(Request{.serial = 1, .verb = Request::Verb::kStart, .spec = {}});
  huge.replace(26, 4, "\xff\xff\xff\xff");  // the number of arguments
  EXPECT_THROW(decode_request(huge), SandboxError);
}

void expect_refused(const std::function<void(EnvironmentSpec&)>& change, const std::string& field) {
  EnvironmentSpec spec = sample();
  change(spec);
  try {
    validate_spec(spec);
    ADD_FAILURE() << field << " was accepted";
  } catch (const SandboxError& error) {
    EXPECT_EQ(error.kind(), SandboxError::Kind::kInvalidSpec);
    EXPECT_THAT(error.what(), ::testing::HasSubstr(field));
  }
}

// Each field has its own way of being hostile; the answer names the field.
TEST(Validate, NamesTheFieldThatIsWrong) {
  EXPECT_NO_THROW(validate_spec(sample()));
  expect_refused([](EnvironmentSpec& spec) { spec.life = Life::kOfItsOwn; }, "life");
  expect_refused([](EnvironmentSpec& spec) { spec.life = static_cast<Life>(7); }, "life");
  expect_refused([](auto& s) { s.argv.clear(); }, "argv");
  expect_refused([](auto& s) { s.argv[0] = "python3"; }, "argv");
  expect_refused([](auto& s) { s.argv[1] = std::string("a\0b", 3); }, "argv");
  expect_refused([](auto& s) { s.environment.push_back("NOVALUE"); }, "environment");
  expect_refused([](auto& s) { s.environment.push_back("X=" + std::string(200'000, 'x')); }, "environment");
  expect_refused([](auto& s) { s.working_directory = "/a/../b"; }, "working_directory");
  expect_refused([](auto& s) { s.hostname = "a b"; }, "hostname");
  expect_refused([](auto& s) { s.mounts[0].source = "code"; }, "mounts");
  expect_refused([](auto& s) { s.mounts[0].target = "/var/task/.."; }, "mounts");
  expect_refused([](auto& s) { s.mounts.push_back(s.mounts[0]); }, "mounts");
  expect_refused([](auto& s) { s.mounts[0].mode = static_cast<Mount::Mode>(7); }, "mounts");
  expect_refused([](auto& s) { s.listeners[0].address = "0.0.0.0"; }, "listeners");
  expect_refused([](auto& s) { s.listeners[0].address = "10.0.0.1"; }, "listeners");
  expect_refused([](auto& s) { s.listeners[0].port = 0; }, "listeners");
  expect_refused([](auto& s) { s.memory_bytes = 0; }, "memory_bytes");
  expect_refused([](auto& s) { s.tmp_bytes = 0; }, "tmp_bytes");
  expect_refused([](auto& s) { s.cpu_permille = 0; }, "cpu_permille");
  expect_refused([](auto& s) { s.pids_max = 0; }, "pids_max");
  expect_refused([](auto& s) { s.files_max = 0; }, "files_max");
  expect_refused([](auto& s) { s.zygote->argv = {"python3"}; }, "argv");
  expect_refused([](auto& s) { s.zygote->environment = {"X"}; }, "environment");
  expect_refused([](auto& s) { s.zygote->mounts[0].mode = Mount::Mode::kReadWrite; }, "mounts");
}

// Hosts mount control groups in many ways; both layouts and shared hierarchies must be recognised.
TEST(Cgroups, ReadsMountTables) {
  const auto mounts = parse_cgroup_mounts(
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
      "broken line\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].path, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_THAT(mounts[0].controllers, ::testing::IsSupersetOf({"cpu", "cpuacct"}));
  EXPECT_TRUE(mounts[1].is_v2);
  EXPECT_EQ(find_counter("oom 3\noom_kill 2\n", "oom_kill"), 2u);
  EXPECT_EQ(parse_counter("max\n"), 0u);
}

}  // namespace
}  // namespace haneul::sandbox
