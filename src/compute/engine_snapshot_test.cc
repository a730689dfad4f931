// SnapStart in real sandboxes: a version is initialised once, and each environment begins from its memory
// image. The environments are ordinary ones; what a process cannot have again is named.
#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "compute/engine_fixture.h"
#include "compute/snapshots.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SnapshotStart : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> version(const std::string& code) {
    auto image = python(code);
    image->version = "1";
    image->has_snapshot = true;
    image->memory_mb = 256;
    image->timeout = std::chrono::seconds(20);
    return image;
  }
  SnapshotOutcome take(const std::shared_ptr<FunctionImage>& image) {
    std::promise<SnapshotOutcome> taken;
    spawn(loop(), "take",
          [](Engine& engine, std::shared_ptr<const FunctionImage> of, LogSink& sink,
             std::promise<SnapshotOutcome>& to) -> Task<void> {
            to.set_value(co_await engine.take_snapshot(std::move(of), sink));
          }(*engine_, image, sink_, taken));
    return taken.get_future().get();
  }
  // Each in an environment of its own: the handler waits until all run.
  std::vector<Document> answers_of_three(const std::shared_ptr<FunctionImage>& image) {
    std::vector<Document> out;
    for (const InvokeResult& each : invoke_all({image, image, image})) {
      EXPECT_EQ(each.status, InvokeStatus::kOk) << each.payload << each.reason << sink_.text();
      out.push_back(parse_json(each.payload));
    }
    return out;
  }
  std::filesystem::path only_image() const {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator(directory_ / "snapshots"))
      found.push_back(each.path());
    EXPECT_EQ(found.size(), 1u);
    return found.front() / kImageFile;
  }
};

std::set<std::string> texts(const std::vector<Document>& all, std::string_view key) {
  std::set<std::string> out;
  for (const Document& each : all) out.insert(each.string_or(key, "?"));
  return out;
}

// The point of it all: initialisation happens once, before any invocation, and what it made is there in each
// environment, in AWS's words.
TEST_F(SnapshotStart, BeginsWhereInitialisationEnded) {
  const auto image = version(
      "import os\nmade = os.urandom(8).hex()\nn = 0\nprint('initialised', made)\n"
      "def handler(event, context):\n  global n\n  n += 1\n"
      "  return {'made': made, 'n': n, 'type': os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'],\n"
      "          'stream': context.log_stream_name}\n");
  const SnapshotOutcome taken = take(image);
  ASSERT_EQ(taken.kind, SnapshotOutcome::Kind::kReady) << taken.reason << sink_.text();
  EXPECT_THAT(sink_.text(), ContainsRegex("INIT_START Runtime Version: python3.11\ninitialised [0-9a-f]+\n"
                                          "INIT_REPORT Init Duration: [0-9.]+ ms\n"));
  const InvokeResult first = invoke(image);
  ASSERT_EQ(first.status, InvokeStatus::kOk) << first.payload << first.reason << sink_.text();
  const Document out = parse_json(first.payload);
  EXPECT_EQ(out.find("n")->as_int(), 1);
  EXPECT_EQ(out.string_or("type", ""), "snap-start");
  EXPECT_TRUE(out.find("stream")->is_null());
  EXPECT_THAT(sink_.text(), HasSubstr("initialised " + out.string_or("made", "?")));
  EXPECT_THAT(sink_.text(), ContainsRegex("RESTORE_START Runtime Version: python3.11\n"
                                          "RESTORE_REPORT Restore Duration: [0-9.]+ ms\n"
                                          "START RequestId: request-1 Version: 1\n"));
  EXPECT_THAT(sink_.text(),
              ContainsRegex("\tRestore Duration: [0-9.]+ ms\tBilled Restore Duration: [0-9]+ ms\t"));
  EXPECT_THAT(sink_.text(), Not(HasSubstr("Max Memory Used: 0 MB")));
  EXPECT_FALSE(first.init_duration);
  EXPECT_EQ(sink_.stream_count(), 2u);
  EXPECT_EQ(parse_json(invoke(image).payload).find("n")->as_int(), 2);  // the same environment goes on
  const std::string text = sink_.text();
  EXPECT_EQ(text.find("initialised"), text.rfind("initialised"));
}

// Environments that begin from one memory must not share what has to differ, and are ordinary in all else:
// their own user, the same filter, no capability, three descriptors.
TEST_F(SnapshotStart, MakesEnvironmentsOfTheirOwn) {
  const auto image = version(
      "import os, random, secrets, ssl, tempfile, time, uuid, json, hashlib\n"
      "random.random(); ssl.RAND_bytes(4); uuid.uuid1(); tempfile.mktemp()\n"
      "open('/tmp/left', 'w').write('x')\nborn = time.time()\n"
      "def status():\n  return {k: v.strip() for k, v in (l.split(':', 1) for l in "
      "open('/proc/self/status'))}\n"
      "def handler(event, context):\n"
      "  time.sleep(0.5)\n"
      "  s = status()\n"
      "  return {'random': str(random.random()), 'secrets': secrets.token_hex(8), 'uuid4': "
      "str(uuid.uuid4()),\n"
      "    'ssl': ssl.RAND_bytes(8).hex(), 'temporary': tempfile.mktemp(),\n"
      "    'tmp': os.listdir('/tmp'), 'pid': os.getpid(), 'age': time.time() - born,\n"
      "    'caps': s['CapEff'] + s['CapPrm'] + s['CapBnd'], 'nnp': s['NoNewPrivs'], 'filter': s['Seccomp'],\n"
      "    'filters': s['Seccomp_filters'], 'fds': sorted(os.listdir('/proc/self/fd'))[:3],\n"
      "    'open': [os.readlink('/proc/self/fd/' + n).split(':')[0] for n in ('0', '1', '2', '3', '4', '5') "
      "if os.path.lexists('/proc/self/fd/' + n)], 'task': os.listdir('/proc/self/task'),\n"
      "    'writable': os.access('/mnt/snapshot/image', os.W_OK)}\n");
  const std::vector<Document> all = answers_of_three(image);
  for (const char* each : {"random", "secrets", "uuid4", "ssl", "temporary"})
    EXPECT_EQ(texts(all, each).size(), 3u) << each;
  auto ordinary = std::make_shared<FunctionImage>(*image);
  ordinary->has_snapshot = false;
  ordinary->version = "$LATEST";
  const Document usual = parse_json(invoke(ordinary).payload);
  for (const Document& each : all) {
    for (const char* same : {"caps", "nnp", "filter", "filters", "open", "pid"})
      EXPECT_EQ(write_json(*each.find(same)), write_json(*usual.find(same))) << same;
    EXPECT_EQ(write_json(*each.find("tmp")), "[]");
    EXPECT_EQ(each.string_or("caps", ""), std::string(48, '0'));
    EXPECT_FALSE(each.find("writable")->as_bool());
  }
}

// Functions do with a restored interpreter whatever they do with another one.
TEST_F(SnapshotStart, GivesAWholeInterpreter) {
  const auto image = version(
      "import os, subprocess, threading, signal, socket, sys, json, time\n"
      "caught = []\nsignal.signal(signal.SIGUSR1, lambda *_: caught.append(1))\n"
      "data = open('/var/task/app.py')\nline = data.readline()\nnull = open('/dev/null', 'w')\n"
      "os.environ['MINE'] = 'kept'\nthreading.stack_size(1 << 20)\n"
      "def deep(n):\n  return n if n == 0 else deep(n - 1)\n"
      "def handler(event, context):\n"
      "  box = []\n  t = threading.Thread(target=lambda: box.append(sum(range(1000))))\n  t.start(); "
      "t.join()\n"
      "  big = bytearray(60_000_000); big[-1] = 7\n  small = [bytes(200) for _ in range(100_000)]\n"
      "  os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01)\n"
      "  sys.setrecursionlimit(20000)\n"
      "  pid = os.fork()\n  if pid == 0: os._exit(5)\n"
      "  null.write('x'); null.flush()\n"
      "  import decimal, http.client\n"
      "  return {'thread': box, 'child': subprocess.run(['/bin/echo', 'x'], capture_output=True, "
      "text=True).stdout,\n"
      "    'fork': os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 'caught': caught, 'deep': deep(15000),\n"
      "    'second': data.readline(), 'mine': os.environ['MINE'], 'own': os.popen('echo $MINE').read(),\n"
      "    'exact': str(decimal.Decimal('1') / 3)[:5], 'big': len(big) + len(small)}\n");
  const InvokeResult result = invoke(image);
  ASSERT_EQ(result.status, InvokeStatus::kOk) << result.payload << result.reason << sink_.text();
  EXPECT_EQ(
      result.payload,
      R"({"thread": [499500], "child": "x\n", "fork": 5, "caught": [1], "deep": 0, )"
      R"("second": "caught = []\n", "mine": "kept", "own": "kept\n", "exact": "0.333", "big": 60100000})");
}

// The hooks run as on AWS: the last registered first before, the first registered first afterwards.
TEST_F(SnapshotStart, CallsTheHooksInTheirOrder) {
  const auto image = version(
      "from snapshot_restore_py import register_after_restore, register_before_snapshot\n"
      "ran = []\n"
      "register_before_snapshot(ran.append, 'before 1')\nregister_before_snapshot(ran.append, 'before 2')\n"
      "register_after_restore(ran.append, 'after 1')\n@register_after_restore\ndef second():\n"
      "  ran.append('after 2')\n  print('restored')\n"
      "def handler(event, context):\n  return ran\n");
  ASSERT_EQ(take(image).kind, SnapshotOutcome::Kind::kReady) << sink_.text();
  EXPECT_EQ(invoke(image).payload, R"(["before 2", "before 1", "after 1", "after 2"])") << sink_.text();
  EXPECT_THAT(sink_.text(), ContainsRegex("RESTORE_START[^\n]*\nrestored\nRESTORE_REPORT"));
}

// A hook that fails before the snapshot fails the version; one that fails afterwards the invocation, each
// time.
TEST_F(SnapshotStart, SaysWhenAHookFails) {
  const auto before = version(
      "import snapshot_restore_py as s\n@s.register_before_snapshot\ndef close():\n  raise ValueError('no')\n"
      "def handler(event, context):\n  return 1\n");
  const SnapshotOutcome outcome = take(before);
  EXPECT_EQ(outcome.kind, SnapshotOutcome::Kind::kInitError);
  EXPECT_EQ(outcome.reason, "Runtime.BeforeSnapshotError: no");
  const auto after = version(
      "import snapshot_restore_py as s\n@s.register_after_restore\ndef open():\n  raise ValueError('later')\n"
      "def handler(event, context):\n  return 1\n");
  const InvokeResult failed = invoke(after);
  EXPECT_EQ(failed.status, InvokeStatus::kRestoreError) << failed.payload;
  EXPECT_EQ(failed.error_type, "Runtime.AfterRestoreError");
  EXPECT_EQ(parse_json(failed.payload).string_or("errorMessage", ""), "later");
  EXPECT_THAT(sink_.text(), ContainsRegex("RESTORE_REPORT Restore Duration: [0-9.]+ ms\tStatus: error\t"
                                          "Error Type: Runtime.AfterRestoreError\n"));
}

// Hooks that hang end the restore with AWS's timeout, and the environment with it.
TEST_F(SnapshotStart, EndsHooksThatHang) {
  EngineConfig config = default_config();
  config.restore_timeout = std::chrono::milliseconds(300);
  restart_engine(config);
  const auto image = version(
      "import snapshot_restore_py as s, time\ns.register_after_restore(time.sleep, 600)\n"
      "def handler(event, context):\n  return 1\n");
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kRestoreTimeout) << result.payload;
  EXPECT_EQ(result.error_type, "Lambda.SnapStartTimeoutException");
  EXPECT_THAT(sink_.text(), ContainsRegex("RESTORE_REPORT Restore Duration: [0-9.]+ ms\tStatus: timeout\n"));
}

// What cannot be part of an image fails the version, by name.
TEST_F(SnapshotStart, NamesWhatCannotBeKept) {
  const std::string tail = "def handler(event, context):\n  return 1\n";
  const std::pair<const char*, const char*> cases[] = {
      {"import threading\nthreading.Thread(target=threading.Event().wait, name='worker', "
       "daemon=True).start()\n",
       "2 threads run (worker)"},
      {"import os\nr, w = os.pipe()\n", "the descriptor 4 is open (pipe:"},
      {"log = open('/tmp/log', 'w')\n", "is open (/tmp/log)"},
      {"import socket\ns = socket.create_server(('127.0.0.1', 0))\n", "is open (socket:"},
      {"import subprocess\np = subprocess.Popen(['/bin/sleep', '60'])\n", "the process 3 runs"},
      {"import os\nos.chdir('/tmp')\n", "the working directory is /tmp"},
      {"import signal\nsignal.setitimer(signal.ITIMER_REAL, 60)\n", "a timer runs"},
      {"import os, mmap\nf = os.memfd_create('m')\nos.ftruncate(f, 4096)\nm = mmap.mmap(f, 4096)\n"
       "m.close\nos.close(f)\n",
       "is open (/memfd:m"},
  };
  for (const auto& [code, reason] : cases) {
    const SnapshotOutcome outcome = take(version(code + tail));
    EXPECT_EQ(outcome.kind, SnapshotOutcome::Kind::kInitError) << code << outcome.reason;
    EXPECT_THAT(outcome.reason,
                StartsWith("Runtime.SnapshotError: The initialized function cannot be part of "
                           "a snapshot: "));
    EXPECT_THAT(outcome.reason, HasSubstr(reason));
  }
  EXPECT_TRUE(engine_->snapshots().empty());
}

// A wrapper that becomes the interpreter leaves nothing of itself; one that stays would have to be kept.
TEST_F(SnapshotStart, KnowsWrappers) {
  const auto wrapped = [&](const std::string& script) {
    auto image = function("python3.11", "app.handler",
                          {{"app.py", "import os\ndef handler(e, c):\n  return os.environ['SAID']\n"},
                           {"wrap", "#!/bin/sh\nexport SAID=wrapped\n" + script}});
    image->version = "1";
    image->has_snapshot = true;
    image->variables["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/wrap";
    return image;
  };
  EXPECT_EQ(invoke(wrapped("exec \"$@\"\n")).payload, "\"wrapped\"") << sink_.text();
  EXPECT_THAT(take(wrapped("\"$@\"; exit\n")).reason, HasSubstr("the process 2 runs"));
}

// An invocation is worth more than its snapshot: a version whose image cannot be made begins as others do.
TEST_F(SnapshotStart, RunsWithoutWhatCannotBeMade) {
  const auto image = version(
      "import os, threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
      "def handler(event, context):\n  return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n");
  EXPECT_EQ(invoke(image).payload, "\"on-demand\"") << sink_.text();
}

// Clients that were made during initialisation ask for credentials again; nothing in memory says otherwise.
TEST_F(SnapshotStart, GivesEachEnvironmentCredentialsOfItsOwn) {
  const auto image = version(
      "import json, os, urllib.request\n"
      "def fetch(token=os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']):\n"
      "  request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])\n"
      "  if token: request.add_header('Authorization', token)\n"
      "  try:\n    return json.load(urllib.request.urlopen(request))\n"
      "  except urllib.error.HTTPError as error:\n    return error.code\n"
      "early = fetch()\n"
      "def handler(event, context):\n"
      "  return [early['AccessKeyId'], fetch()['AccessKeyId'], fetch('x'), fetch(None),\n"
      "    early['Expiration'] < fetch()['Expiration'], 'AWS_ACCESS_KEY_ID' in os.environ]\n");
  auto issued = std::make_shared<std::atomic<int>>(0);
  image->credentials = [issued] {
    return RoleCredentials{"AKIA" + std::to_string(++*issued), Secret<std::string>("secret"),
                           Secret<std::string>("token"), SystemClock().now() + std::chrono::hours(1)};
  };
  EXPECT_EQ(invoke(image).payload, R"(["AKIA1", "AKIA2", 403, 403, true, false])") << sink_.text();
}

// Connections of clients come back closed, so that the clients connect anew; nothing else takes their number.
TEST_F(SnapshotStart, ClosesConnections) {
  const auto image = version(
      "import os, socket\nkept = socket.create_connection(('127.0.0.1', 9001))\nnumber = kept.fileno()\n"
      "def handler(event, context):\n"
      "  other = open('/dev/null')\n"
      "  return [kept.recv(1).decode(), kept.fileno() == number, other.fileno() != number]\n");
  EXPECT_EQ(invoke(image).payload, R"(["", true, true])") << sink_.text();
}

// Images outlive the server; a damaged one, or one of an interpreter that has been changed, is made anew.
TEST_F(SnapshotStart, KeepsImagesAndMakesDamagedOnesAnew) {
  const auto image =
      version("import os\nmade = os.urandom(8).hex()\ndef handler(event, context):\n  return made\n");
  const std::string made = invoke(image).payload;
  restart_engine(default_config());
  EXPECT_EQ(invoke(image).payload, made);
  stop_engine();
  {
    std::fstream file(only_image(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(300'000);
    file.write("other bytes", 11);
  }
  EXPECT_THAT(check_snapshots(directory_ / "snapshots"),
              testing::ElementsAre(HasSubstr(image->function_name + ":1 holds other bytes")));
  restart_engine(default_config());
  const std::string second = invoke(image).payload;
  EXPECT_TRUE(check_snapshots(directory_ / "snapshots").empty());
  EXPECT_NE(second, made);
  EXPECT_EQ(second.size(), made.size()) << second << sink_.text();
  stop_engine();
  std::filesystem::remove(only_image());
  restart_engine(default_config());
  const std::string third = invoke(image).payload;
  EXPECT_NE(third, second);
  EXPECT_EQ(third.size(), made.size()) << third << sink_.text();
}

// A version's image goes with it, and all together are bounded: those used longest ago go first.
TEST_F(SnapshotStart, DropsAndBoundsImages) {
  const auto first = version("def handler(event, context):\n  return 1\n");
  ASSERT_EQ(take(first).kind, SnapshotOutcome::Kind::kReady);
  ASSERT_EQ(engine_->snapshots().size(), 1u);
  engine_->drop_snapshots(first->function_arn, "2");
  ASSERT_EQ(engine_->snapshots().size(), 1u);
  engine_->drop_snapshots(first->function_arn, "1");
  EXPECT_TRUE(engine_->snapshots().empty());
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "snapshots"));
  EngineConfig config = default_config();
  config.snapshots.bytes_max = 1;  // the newest is kept all the same
  restart_engine(config);
  ASSERT_EQ(take(first).kind, SnapshotOutcome::Kind::kReady);
  const auto second = version("def handler(event, context):\n  return 2\n");
  ASSERT_EQ(take(second).kind, SnapshotOutcome::Kind::kReady);
  ASSERT_EQ(engine_->snapshots().size(), 1u);
  EXPECT_EQ(engine_->snapshots().front().function_arn, second->function_arn);
}

}  // namespace
}  // namespace haneul::compute::test
