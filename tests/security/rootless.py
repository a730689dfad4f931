"""A server that an ordinary user runs: what it refuses, what it goes without, and hostile functions in it.

It has no control groups and one user id for everything; what needs neither must hold as under root.
"""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import extensions
import functions
import harness
import snapshots

HERE = pathlib.Path(__file__).resolve().parent
USER = 64123  # nobody's: has no entry anywhere
WORDS = ("memory", "cpu", "freeze", "accounting", "uids")
AS_USER = {"user": USER, "group": USER, "extra_groups": []}
PYTHON = "def handler(event, context):\n    return {'answer': event['n'] + 1}\n"
NODE = "exports.handler = async (event) => ({ answer: event.n + 1 });\n"


class UsersServer(harness.Server):
    def __init__(self, *words, owner=USER, options=AS_USER):
        super().__init__()
        os.chown(self.data, owner, owner)
        self.words, self.options = words, options

    def arguments(self):
        return ["--without-enforcement", ",".join(self.words)] if self.words else []

    def process_options(self):
        return self.options


def refusal(data, *arguments, options=AS_USER):
    """Exit code and words of a server that ends at its start."""
    command = [harness.binary(), "serve", "--data", data, "--listen", "127.0.0.1:0", *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, cwd="/", check=False, **options
        )
    except subprocess.TimeoutExpired:
        return 0, "it was started"
    return done.returncode, done.stderr


def refusals():
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, USER, USER)
        data = pathlib.Path(folder, "data")
        code, said = refusal(data)
        lacking = [word for word in WORDS if f"\n  {word} " not in said]
        asked = f"--without-enforcement {','.join(WORDS)}" in said
        good = code == 1 and not lacking and asked and not data.exists()
        yield "every guarantee that is missing is named, and the start refused", None if good else said
        code, said = refusal(data, "--without-enforcement", ",".join(WORDS[1:]))
        good = code == 1 and "\n  memory " in said and "\n  cpu " not in said
        yield "one that is not named keeps it from starting", None if good else said
        code, said = refusal(data, "--without-enforcement", "everything")
        yield "a word that means nothing is refused", None if code not in (0, 1) else said


def deploy(server, name, runtime, handler, archive):
    role = functions.TRUST
    arn = server.boto("iam").create_role(RoleName=name, AssumeRolePolicyDocument=role)["Role"]["Arn"]
    server.boto("lambda").create_function(
        FunctionName=name,
        Role=arn,
        Runtime=runtime,
        Handler=handler,
        Timeout=30,
        Code={"ZipFile": archive},
    )


def native_package():
    """A bootstrap written in C: examples/native-cpp is for those who link against our client."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "bootstrap")
        subprocess.run(["clang-19", "-O1", "-o", program, HERE / "bootstrap.c"], check=True)
        return functions.packed({"bootstrap": program.read_bytes()}, executable=True)


def runs(server):
    """The three kinds of function answer, cold and warm, and as forks or waiting programs."""
    deploy(server, "py", "python3.11", "app.handler", functions.packed({"app.py": PYTHON}))
    deploy(server, "node", "nodejs20.x", "index.handler", functions.packed({"index.js": NODE}))
    deploy(server, "native", "provided.al2023", "x", native_package())
    for name in ("py", "node"):
        for turn in range(3):
            answer = functions.invoke(server, name, {"n": turn})
            yield f"a function runs ({name}, {turn})", None if answer == {"answer": turn + 1} else answer
    answer = functions.invoke(server, "native", {"n": 1})
    yield "a native function runs", None if answer == {"native": True} else answer


def starts_again(server):
    """A launcher that ended is replaced by one that goes without the same."""
    below = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    launchers = [pid for pid in below if "haneul-launcher" in pathlib.Path(f"/proc/{pid}/comm").read_text()]
    if len(launchers) != 1:
        yield "there is one launcher", f"there are {launchers}"
        return
    os.kill(int(launchers[0]), signal.SIGKILL)
    answer = functions.invoke(server, "py", {"n": 7})
    yield "functions run after their launcher was killed", None if answer == {"answer": 8} else answer


def told(server):
    command = [harness.binary(), "status", "--json", "--data", server.data]
    status = subprocess.run(command, capture_output=True, text=True, check=True)
    named = json.loads(status.stdout).get("notEnforced")
    yield "status tells what is not enforced", None if named == list(WORDS) else status.stdout
    log = server.log.read_text()
    lacking = [word for word in WORDS if f"NOT ENFORCED: {word} - " not in log]
    yield "the start tells what is not enforced", f"nothing of {lacking}" if lacking else None


def why_not():
    """Why an ordinary user's functions cannot run on this machine; None when they can."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "--net", "true"]
    done = subprocess.run(unshare, capture_output=True, text=True, check=False, cwd="/", **AS_USER)
    return None if done.returncode == 0 else done.stderr.strip()


def sandbox_tests():
    """The sandbox's own tests and hostile programs, one by one, under an ordinary user's launcher."""
    program = pathlib.Path(harness.binary()).resolve().parents[2] / "src/haneul_sandbox_test"
    if not program.exists():
        print(f"rootless: the sandbox's tests are skipped, as {program} is not built")
        return
    run = "Security/ProbeTest.*:RuntimesTest.*:ProgramsTest.*:LauncherTest.*"
    # What cannot be enforced: the limit on memory, and standing still.
    left_out = "*.FlagsOutOfMemory*:*.FreezesThawsAndKillsFrozen:*/much_memory:*/much_shared_memory"
    environment = os.environ | {"HANEUL_TEST_WITHOUT": ",".join(WORDS)}
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, USER, USER)
        results = pathlib.Path(folder, "results.json")
        command = [program, f"--gtest_filter={run}-{left_out}", f"--gtest_output=json:{results}"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=folder, env=environment, **AS_USER
        )
        if not results.exists():
            yield "the sandbox's tests run to their end", done.stdout[-500:] + done.stderr[-500:]
            return
        for suite in json.loads(results.read_text())["testsuites"]:
            for case in suite["testsuite"]:
                # One that was skipped proves nothing.
                failures = case.get("failures") or [case["result"]]
                failures = [] if failures == ["COMPLETED"] else failures
                yield f"sandbox {case['name']}", str(failures) if failures else None


class ForbiddenServer(UsersServer):
    """In a user namespace below which the kernel makes no other, as on machines that forbid it."""

    def start(self):
        forbid = "echo 0 > /proc/sys/user/max_user_namespaces"
        powerless = "setpriv --ambient-caps -all --inh-caps -all --no-new-privs"
        self.launch = ["unshare", "--user", "--map-user=1000", "--keep-caps", "sh", "-c"]
        self.launch += [f'{forbid}; exec {powerless} "$@"', "sh"]
        return super().start()

    def command(self, command):
        return [*self.launch, *command]


def forbidden():
    """The server serves what needs no sandbox; functions are refused, and the log says why."""
    with ForbiddenServer() as server:
        server.boto("s3").create_bucket(Bucket="without-functions")
        deploy(server, "py", "python3.11", "app.handler", functions.packed({"app.py": PYTHON}))
        try:
            problem = f"it answered {functions.invoke(server, 'py', {'n': 1})}"
        except Exception as error:  # noqa: BLE001 - what is to happen
            problem = None if "ServiceException" in str(error) else str(error)
        yield "functions are refused without user namespaces", problem
        said = "the sysctl user.max_user_namespaces is 0" in server.log.read_text()
        yield "the log says what does not allow them", None if said else server.log_tail()


def user_with_ids():
    """A user of this machine who was given ids of his own to hand out, as passwd has him; or None."""
    for line in pathlib.Path("/etc/subuid").read_text().splitlines() if os.path.exists("/etc/subuid") else []:
        try:
            return pwd.getpwnam(line.split(":")[0])
        except KeyError:
            continue
    return None


@contextlib.contextmanager
def delegated_group(user):
    """A control group of version 2 that belongs to the user, with what controllers there are, or None."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    roots = [mount[1] for mount in mounts if mount[2] == "cgroup2"]
    if not roots:
        yield None
        return
    group = pathlib.Path(roots[0], f"haneul-rootless-{os.getpid()}")
    group.mkdir()
    try:
        for path in (group, *group.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
        yield group
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            os.rmdir(folder)


def delegated():
    """With ids and a group of his own the user's server is told to go without less, and functions run."""
    user = user_with_ids()
    if user is None or not os.path.exists("/usr/bin/newuidmap"):
        print("rootless: ids of a user's own are skipped: nobody has lines in /etc/subuid, or no newuidmap")
        return
    with delegated_group(user) as group:
        if group is None:
            print("rootless: there are no control groups of version 2: delegation is skipped")
            return

        def become_user():  # in the child, which only root can move into the group
            (group / "cgroup.procs").write_text("0")
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)

        options = {"preexec_fn": become_user}
        with tempfile.TemporaryDirectory() as folder:
            os.chown(folder, user.pw_uid, user.pw_gid)
            _, said = refusal(pathlib.Path(folder, "data"), options=options)
        named = [word for word in WORDS if f"\n  {word} " in said]
        good = "uids" not in named and "freeze" not in named
        yield "ids and groups that a user was given are used", None if good else said
        with UsersServer(*named, owner=user.pw_uid, options=options) as server:
            deploy(server, "py", "python3.11", "app.handler", functions.packed({"app.py": PYTHON}))
            for turn in range(3):
                answer = functions.invoke(server, "py", {"n": turn})
                yield f"a function runs ({turn})", None if answer == {"answer": turn + 1} else answer
                time.sleep(0.2)  # it stands still
            frozen = [path for path in group.rglob("cgroup.events") if "frozen 1" in path.read_text()]
            yield "it stands still between invocations", None if frozen else "no group is frozen"


def out_of_reach():
    """Whether an ordinary user may not even run the program: a build below a home that is its owner's."""
    look = ["/usr/bin/test", "-x", str(harness.binary())]
    return subprocess.run(look, cwd="/", check=False, **AS_USER).returncode != 0


@contextlib.contextmanager
def build_in_reach():
    """The program with all that it runs from its build, or a copy of them where everybody reaches it."""
    if not out_of_reach():
        yield
        return
    build = pathlib.Path(harness.binary()).resolve().parents[2]
    named = os.environ.get("HANEUL")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for part in ("apps/haneul/haneul", "src/haneul_sandbox_test", "tests/security/haneul_probes"):
            copy = pathlib.Path(folder, part)
            copy.parent.mkdir(parents=True)
            shutil.copy(build / part, copy)
        shutil.copytree(build / "runtimes", pathlib.Path(folder, "runtimes"))
        os.environ["HANEUL"] = str(pathlib.Path(folder, "apps/haneul/haneul"))
        try:
            yield
        finally:
            os.environ.pop("HANEUL") if named is None else os.environ.update(HANEUL=named)


def attempts(_):
    if reason := why_not():
        print(f"rootless: skipped, as user namespaces are not allowed here: {reason}")
        return
    with build_in_reach():
        yield from all_attempts()


def all_attempts():
    yield from refusals()
    yield from forbidden()
    yield from sandbox_tests()
    yield from delegated()
    with UsersServer(*WORDS) as server:
        server.account = server.boto("sts").get_caller_identity()["Account"]
        yield from told(server)
        yield from runs(server)
        yield from starts_again(server)
        yield from functions.attempts(server)
    with UsersServer(*WORDS) as server:
        server.account = server.boto("sts").get_caller_identity()["Account"]
        yield from extensions.attempts(server)
    with UsersServer(*WORDS) as server:
        yield from snapshots.attempts(server)
    shutil.rmtree(server.data, ignore_errors=True)
