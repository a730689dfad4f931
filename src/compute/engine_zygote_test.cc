// Python functions that are forks of a zygote: they must be as if started anew, and share nothing.
#include <fstream>
#include <thread>

#include <signal.h>
#include <unistd.h>

#include "compute/engine_fixture.h"
#include "compute/zygote_choice.h"

namespace haneul::compute::test {
namespace {

using testing::HasSubstr;

// Every probe says first whether it runs in a fork: the command line of a fork is its zygote's.
constexpr const char* kProbe =
    "import os, sys\n"
    "def forked():\n"
    "  return b'--zygote' in open('/proc/self/cmdline', 'rb').read()\n";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int parent_of(int pid) {
  const std::string status = read_text("/proc/" + std::to_string(pid) + "/status");
  const size_t at = status.find("PPid:");
  return at == std::string::npos ? 0 : std::atoi(status.c_str() + at + 5);
}

// Zygotes of this test's launcher: they are in our own pid namespace, as no environment is.
std::vector<int> zygotes() {
  std::vector<int> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid == 0 || read_text(entry.path() / "cmdline").find("--zygote") == std::string::npos) continue;
    if (parent_of(parent_of(pid)) != getpid()) continue;
    const std::string status = read_text(entry.path() / "status");
    const std::string spaces = status.substr(status.find("NSpid:"), status.find('\n', status.find("NSpid:")));
    if (std::count(spaces.begin(), spaces.begin() + spaces.find('\n'), '\t') == 1) found.push_back(pid);
  }
  return found;
}

// Forks of this test's launcher that wait: while no environment lives, all that are not zygotes.
std::vector<int> waiting_forks() {
  std::vector<int> found;
  const std::vector<int> parents = zygotes();
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid == 0 || read_text(entry.path() / "cmdline").find("--zygote") == std::string::npos) continue;
    const bool is_ours = parent_of(parent_of(pid)) == getpid();
    if (is_ours && std::count(parents.begin(), parents.end(), pid) == 0) found.push_back(pid);
  }
  return found;
}

class ZygoteTest : public EngineTest {
 protected:
  std::optional<sandbox::Zygote> choice_for(const FunctionImage& image) {
    const EngineConfig config = default_config();
    const SpecInputs inputs{config, image, {}, {}, {}, {}};
    sandbox::EnvironmentSpec spec;
    spec.argv = {"/usr/bin/python3"};
    return choose_zygote(inputs, spec);
  }

  // Invokes fresh functions of this code until one of them was forked.
  Document ask_fork(const std::string& code, const std::map<std::string, std::string>& variables = {}) {
    constexpr int kTries = 400;
    for (int i = 0; i < kTries; ++i) {
      const auto image = python(kProbe + code);
      for (const auto& [name, value] : variables) image->variables[name] = value;
      const InvokeResult result = invoke(image);
      engine_->retire_function(image->function_arn);
      if (result.status != InvokeStatus::kOk) {
        ADD_FAILURE() << result.payload << result.reason;
        return {};
      }
      Document answer = parse_json(result.payload);
      if (answer.find("forked")->as_bool()) return answer;
    }
    ADD_FAILURE() << "no fork in " << kTries << " starts";
    return {};
  }
};

// The reason for all this: functions after the first come from a fork, and see what a start would give them.
TEST_F(ZygoteTest, AForkIsLikeAStart) {
  const Document out = ask_fork(
      "import signal, threading\n"
      "def handler(event, c):\n"
      "  return {'forked': forked(), 'argv': sys.argv, 'cwd': os.getcwd(), 'pid': os.getpid(),\n"
      "    'colour': os.environ['COLOUR'], 'uid': os.getuid(), 'path': sys.path[0], 'name': __name__,\n"
      "    'pipe': signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN, 'exe': sys.executable,\n"
      "    'maps': len(open('/proc/self/maps').read()), 'environ': os.environ.get('AWS_REGION')}\n",
      {{"COLOUR", "blue"}});
  EXPECT_EQ(out.find("argv")->as_array().size(), 1u);
  EXPECT_EQ(out.string_or("cwd", ""), "/var/task");
  EXPECT_EQ(out.string_or("colour", ""), "blue");
  EXPECT_EQ(out.string_or("path", ""), "/var/task");
  EXPECT_EQ(out.string_or("environ", ""), "eu-west-1");
  EXPECT_THAT(out.string_or("exe", ""), HasSubstr("/python3"));
  EXPECT_TRUE(out.find("pipe")->as_bool());
  EXPECT_GT(out.find("maps")->as_int(), 1000);
}

// Two forks with equal random numbers would hand out each other's tokens and keys.
TEST_F(ZygoteTest, TwoForksDrawDifferentRandomNumbers) {
  const std::string code =
      "import random, ssl, uuid, tempfile, secrets\n"
      "def handler(event, c):\n"
      "  return {'forked': forked(), 'random': random.random(), 'os': os.urandom(8).hex(),\n"
      "    'ssl': ssl.RAND_bytes(8).hex(), 'uuid': str(uuid.uuid4()), 'uuid1': str(uuid.uuid1()),\n"
      "    'secret': secrets.token_hex(8), 'name': tempfile.mktemp()}\n";
  const Document one = ask_fork(code);
  const Document two = ask_fork(code);
  EXPECT_NE(one.find("random")->as_double(), two.find("random")->as_double());
  for (const char* name : {"os", "ssl", "uuid", "uuid1", "secret", "name"}) {
    EXPECT_NE(one.string_or(name, ""), two.string_or(name, "")) << name;
  }
}

// A fork inherits: nothing of the launcher, of the zygote or of another function may be among it.
TEST_F(ZygoteTest, AForkHoldsNothingThatIsNotItsOwn) {
  const auto victim = python("def handler(event, c): return 1\n");
  victim->variables["VICTIM"] = "word-of-the-victim-5512";
  invoke(victim);
  const Document out = ask_fork(
      "import re\n"
      "def links():\n"
      "  found = {}\n"
      "  for fd in os.listdir('/proc/self/fd'):\n"
      "    try: found[fd] = os.readlink('/proc/self/fd/' + fd)\n"
      "    except FileNotFoundError: pass\n"
      "  return found\n"
      "FDS = links()\n"
      "def memory_has(word):\n"
      "  with open('/proc/self/mem', 'rb', 0) as memory:\n"
      "    for line in open('/proc/self/maps'):\n"
      "      bounds, rights = line.split()[:2]\n"
      "      if 'r' not in rights or 'vvar' in line or 'vsyscall' in line: continue\n"
      "      low, high = (int(x, 16) for x in bounds.split('-'))\n"
      "      try: memory.seek(low); text = memory.read(high - low)\n"
      "      except (OSError, ValueError, OverflowError): continue\n"
      "      if re.search(word, text): return True\n"
      "  return False\n"
      "def caps():\n"
      "  return [l.split()[1] for l in open('/proc/self/status') if l.startswith(('Cap', 'NoNew', "
      "'Seccomp:'))]\n"
      "def handler(event, c):\n"
      "  shared = [l for l in open('/proc/self/maps') if 'w' in l.split()[1] and 's' in l.split()[1]]\n"
      "  return {'forked': forked(), 'fds': FDS, 'shared': shared, 'caps': caps(),\n"
      "    'own': memory_has(rb'own-wor[d]-1177'), 'other': memory_has(rb'word-of-th[e]-victim'),\n"
      "    'module': 'haneul_zygote' in sys.modules, 'groups': os.getgroups(),\n"
      "    'pids': sorted(int(x) for x in os.listdir('/proc') if x.isdigit())}\n",
      {{"OWN", "own-word-1177"}});
  std::vector<std::string> kinds;
  for (const auto& [fd, link] : out.find("fds")->as_object()) {
    kinds.push_back(link.as_string().substr(0, link.as_string().find(':')));
  }
  // Standard input, output and errors, the connection to the Runtime API, and the directory being listed.
  EXPECT_THAT(kinds, testing::UnorderedElementsAre("/dev/null", "pipe", "pipe", "socket"));
  EXPECT_TRUE(out.find("shared")->as_array().empty()) << write_json(*out.find("shared"));
  std::vector<std::string> rights;
  for (const Document& each : out.find("caps")->as_array()) rights.push_back(each.as_string());
  const std::string none(16, '0');
  EXPECT_THAT(rights, testing::ElementsAre(none, none, none, none, none, "1", "2"));
  EXPECT_TRUE(out.find("own")->as_bool()) << "the search finds nothing at all";
  EXPECT_FALSE(out.find("other")->as_bool());
  EXPECT_FALSE(out.find("module")->as_bool());
  EXPECT_TRUE(out.find("groups")->as_array().empty());
  EXPECT_EQ(out.find("pids")->as_array().size(), 1u) << "itself, no zygote";
}

// The zygote is out of reach: whatever a function may try on processes, the next fork is untouched.
TEST_F(ZygoteTest, AForkCannotReachItsZygote) {
  ask_fork(
      "import ctypes, signal\n"
      "def handler(event, c):\n"
      "  libc = ctypes.CDLL(None, use_errno=True)\n"
      "  tried = []\n"
      "  for pid in list(range(3, 400)) + [-1]:\n"
      "    if pid in (0, os.getpid()): continue\n"
      "    try:\n"
      "      os.kill(pid, signal.SIGKILL)\n"
      "      if pid != -1: tried.append(pid)\n"
      "    except OSError: pass\n"
      "    if libc.ptrace(16, pid, 0, 0) == 0: tried.append(-pid)\n"
      "  import builtins, json\n"
      "  builtins.tampered = json.tampered = True\n"
      "  assert not tried or not forked(), tried\n"
      "  return {'forked': forked()}\n");
  const Document next = ask_fork(
      "import builtins, json\n"
      "def handler(event, c):\n"
      "  return {'forked': forked(), 'tampered': hasattr(builtins, 'tampered') or hasattr(json, "
      "'tampered')}\n");
  EXPECT_FALSE(next.find("tampered")->as_bool());
}

// A zygote may be killed for memory like any process: functions go on starting, and another takes its place.
TEST_F(ZygoteTest, AZygoteThatDiesIsReplaced) {
  const std::string code = "def handler(event, c): return {'forked': forked()}\n";
  ask_fork(code);
  const std::vector<int> before = zygotes();
  ASSERT_FALSE(before.empty());
  for (const int pid : before) ::kill(pid, SIGKILL);
  EXPECT_EQ(invoke(python("def handler(event, c): return 1\n")).payload, "1");
  while (!zygotes().empty() && zygotes().front() == before.front()) {
  }
  for (int tries = 0; zygotes().empty() && tries < 1000; ++tries) ask_fork(code);
  ask_fork(code);
  EXPECT_NE(zygotes(), before);
}

// Layout and hash seed are a zygote's: functions of different accounts must not have them in common.
TEST_F(ZygoteTest, AccountsDoNotShareAZygote) {
  const auto one = python("def handler(event, c): return 1\n");
  const auto two = python("def handler(event, c): return 1\n");
  two->account = AccountId("210987654321");
  const auto zygote_one = choice_for(*one);
  const auto zygote_two = choice_for(*two);
  ASSERT_TRUE(zygote_one && zygote_two);
  EXPECT_NE(zygote_one->tenant, zygote_two->tenant);
}

// Variables that count only when a program starts must have their effect.
TEST_F(ZygoteTest, VariablesReadAtStartTakeAStart) {
  const auto image = python("import sys\ndef handler(event, c): return sys.flags.hash_randomization\n");
  image->variables["PYTHONHASHSEED"] = "0";
  EXPECT_FALSE(choice_for(*image));
  EXPECT_EQ(invoke(image).payload, "0");
  for (const char* name : {"LD_PRELOAD", "LC_ALL", "LANG", "AWS_LAMBDA_EXEC_WRAPPER", "PYTHONPATH"})
    EXPECT_TRUE(is_read_at_start(name)) << name;
  for (const char* name : {"TZ", "PATH", "TABLE", "LDAP_HOST", "AWS_REGION"})
    EXPECT_FALSE(is_read_at_start(name)) << name;
}

// A function may bring a module under the name of one that the zygote has loaded.
TEST_F(ZygoteTest, OwnModulesComeBeforeLoadedOnes) {
  for (int i = 0; i < 3; ++i) {
    const auto image = function(
        "python3.11", "app.handler",
        {{"app.py", "import uuid\ndef handler(e, c): return uuid.MINE\n"}, {"uuid.py", "MINE = 'mine'\n"}});
    EXPECT_EQ(invoke(image).payload, "\"mine\"");
  }
}

// JSON logging and time zones are configuration of the function, read after the fork.
TEST_F(ZygoteTest, LogFormatAndTimeZoneAreTheFunctions) {
  const Document out = ask_fork(
      "import time, logging\n"
      "def handler(event, c):\n"
      "  return {'forked': forked(), 'zone': time.tzname[0], 'hour': time.localtime(0).tm_hour}\n",
      {{"TZ", "Asia/Tokyo"}});
  EXPECT_EQ(out.string_or("zone", ""), "JST");
  EXPECT_EQ(out.find("hour")->as_int(), 9);
}

// A Node.js process that waited must be as if started for its function, and used by it alone.
TEST_F(ZygoteTest, AProcessThatWaitedIsLikeAStart) {
  const std::string code =
      "const fs = require('fs');\n"
      "exports.handler = async () => ({\n"
      "  waited: fs.readFileSync('/proc/self/environ').includes('HANEUL_WAITING'),\n"
      "  env: process.env, argv: process.argv.length, cwd: process.cwd(), uid: process.getuid(),\n"
      "  zone: new Date(0).getHours(), tmp: fs.readdirSync('/tmp'), own: process.pid,\n"
      "  fds: fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + "
      "fd); }\n"
      "    catch { return ''; } }).filter((link) => link.startsWith('pipe') || link.startsWith('/')),\n"
      "});\n";
  Document out;
  for (int tries = 0; tries < 200; ++tries) {
    const auto image = node(code);
    image->variables["COLOUR"] = "blue" + std::to_string(tries);
    image->variables["TZ"] = "Asia/Tokyo";
    const InvokeResult result = invoke(image);
    engine_->retire_function(image->function_arn);
    ASSERT_EQ(result.status, InvokeStatus::kOk) << result.payload << result.reason;
    out = parse_json(result.payload);
    EXPECT_EQ(out.find("env")->string_or("COLOUR", ""), image->variables["COLOUR"]);
    if (out.find("waited")->as_bool()) break;
  }
  ASSERT_TRUE(out.find("waited")->as_bool());
  EXPECT_EQ(out.find("env")->find("HANEUL_WAITING"), nullptr);
  EXPECT_EQ(out.find("env")->string_or("AWS_REGION", ""), "eu-west-1");
  EXPECT_EQ(out.find("argv")->as_int(), 2);
  EXPECT_EQ(out.find("zone")->as_int(), 9);
  EXPECT_EQ(out.string_or("cwd", ""), "/var/task");
  EXPECT_TRUE(out.find("tmp")->as_array().empty());
}

// NODE_OPTIONS and its like work at a start only; NODE_ENV is for programs.
TEST_F(ZygoteTest, NodeOptionsTakeAStart) {
  const auto image =
      node("exports.handler = async () => process.execArgv.length + (globalThis.gc ? 100 : 0);\n");
  EXPECT_TRUE(choice_for(*image));
  image->variables["NODE_ENV"] = "production";
  EXPECT_TRUE(choice_for(*image));
  image->variables["NODE_OPTIONS"] = "--stack-trace-limit=50";
  EXPECT_FALSE(choice_for(*image));
}

// A fork that ended while it waited is given to nobody: the start takes the next one, or executes its
// program.
TEST_F(ZygoteTest, DoesNotHandOutForksThatHaveEnded) {
  const std::string code = "def handler(e, c): return {'forked': forked()}\n";
  ask_fork(code);
  while (engine_->status().idle + engine_->status().busy > 0) std::this_thread::yield();
  const std::vector<int> forks = waiting_forks();
  EXPECT_FALSE(forks.empty());
  for (const int pid : forks) kill(pid, SIGKILL);
  for (const int pid : forks) {
    const std::string path = "/proc/" + std::to_string(pid) + "/status";
    for (std::string status = "State:\tR"; !status.empty() && status.find("State:\tZ") == std::string::npos;
         status = read_text(path))
      std::this_thread::yield();
  }
  for (size_t i = 0; i <= forks.size(); ++i) {
    const InvokeResult result = invoke(python(kProbe + code));
    EXPECT_EQ(result.status, InvokeStatus::kOk) << result.reason;
  }
}

}  // namespace
}  // namespace haneul::compute::test
