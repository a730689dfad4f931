"""What is measured: each part starts the servers it needs and reports its figures. Our runs and the peer's
alternate, so that a busy machine slows both.
"""

import contextlib
import io
import os
import pathlib
import subprocess
import tempfile
import time
import zipfile

import density
import dynamodb
import dynamodb_scale
import servers
from figures import LoadFailed, load_command, run_load

KIB = {4096: "4kib", 1 << 20: "1mib"}
RUNTIMES = {
    # ours: runtime, handler, file of the code; the peer's name for the same
    "python": ("python3.11", "handler.handler", "handler.py", "pyhello"),
    "nodejs": ("nodejs20.x", "index.handler", "index.js", "hello"),
    "native": ("provided.al2023", "bootstrap", None, None),
}
COLD_PER_RUN = 6
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"Service": "lambda.amazonaws.com"}}]}"""


class Bench:
    def __init__(self, report, options, peers):
        self.report, self.peers = report, peers
        self.seconds, self.runs = options.seconds, options.runs
        self.items, self.environments = options.items, options.environments

    def peer(self, stack, kind):
        """A started peer, or nothing (with a remark) when it cannot be had."""
        if not self.peers:
            return None
        try:
            return stack.enter_context(kind())
        except (RuntimeError, OSError) as problem:
            self.report.remark(f"{kind.name} left out: {problem}")
            return None

    def rates(self, bench, ours, other=None, unit="requests/s"):
        """ours and other: (server, operation, options). Reports rate, p50 and p99; returns our rates."""
        own, theirs = [], []
        for _ in range(self.runs):
            for target, results in ((ours, own), (other, theirs)):
                if target:
                    server, operation, options = target
                    results.append(run_load(server, operation, seconds=self.seconds, **options))
        name = other[0].name if other else None
        by = "bytes_per_second" if unit == "MB/s" else "requests_per_second"
        scale = 1e6 if unit == "MB/s" else 1
        columns = [(bench, unit, by, scale, "more"), (bench + "_p50", "us", "p50_us", 1, "less")]
        columns.append((bench + "_p99", "us", "p99_us", 1, "less"))
        for title, unit_of, field, divisor, better in columns:
            mine, others = ([run[field] / divisor for run in runs] for runs in (own, theirs))
            self.report.figure(title, unit_of, mine, name, others, better)
        return [run[by] / scale for run in own]

    def start(self):
        own, stops, rss, pss = [], [], [], []
        for _ in range(self.runs):
            self.start_once(servers.Haneul(), own, stops, rss, pss)
        theirs = {"peer": "workerd", "theirs": []}
        if self.peers:
            try:
                for _ in range(self.runs):
                    self.start_once(servers.Workerd(), theirs["theirs"], [], [], [], "plain")
            except (RuntimeError, LoadFailed) as problem:
                self.report.remark(f"workerd left out: {problem}")
        self.report.figure("start_to_first_signed_answer", "ms", own, better="less", **theirs)
        self.report.figure("stop_idle", "ms", stops, better="less")
        self.report.figure("idle_rss_server", "MiB", rss, better="less")
        self.report.figure("idle_pss_all_processes", "MiB", pss, better="less")
        with tempfile.TemporaryDirectory() as scratch:
            stripped = pathlib.Path(scratch) / "haneul"
            subprocess.run(["strip", "-o", stripped, servers.BINARY], check=True)
            self.report.figure("binary_stripped", "MiB", [stripped.stat().st_size / 2**20], better="less")

    def density(self):
        density.measure(self, TRUST, self.environments)

    def dynamodb(self):
        dynamodb.measure(self)

    def dynamodb_scale(self):
        dynamodb_scale.measure(self)

    def start_once(self, server, starts, stops, rss, pss, operation="first"):
        command, environment = load_command(server, "first", seconds=20)
        command += ["--unsigned"] if operation == "plain" else []
        command += ["--target", "ListTables"] if operation == "dynamodb" else []
        waiting = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        time.sleep(0.1)  # it is trying by now
        try:
            server.prepare()
            server.prepare = lambda: None
            began = time.time_ns() / 1000
            server.spawn()
            output, _ = waiting.communicate(timeout=30)
            if waiting.returncode:
                raise LoadFailed(f"{server.name} gave no first answer:\n{server.log_tail()}")
            starts.append((int(output) - began) / 1000)
            time.sleep(0.5)
            own, everything = server.memory()
            rss.append(own)
            pss.append(everything)
        finally:
            if waiting.poll() is None:
                waiting.kill()
                waiting.wait()
            stops.append(server.stop() * 1000)

    def sts(self):
        with contextlib.ExitStack() as stack:
            haneul = stack.enter_context(servers.Haneul())
            for connections in (1, 32):
                options = {"connections": connections}
                self.rates(f"sts_get_caller_identity_{connections}c", (haneul, "sts", options))

    def s3(self):
        with contextlib.ExitStack() as stack:
            haneul = stack.enter_context(servers.Haneul())
            haneul.client("s3").create_bucket(Bucket="bench")
            peer = self.peer(stack, servers.S3rver)
            for size, connections in ((s, c) for s in KIB for c in (1, 32)):
                for operation in ("put", "get"):
                    options = {"connections": connections, "bytes": size}
                    bench = f"s3_{operation}_{KIB[size]}_{connections}c"
                    if operation == "get":  # every key is there
                        for server in filter(None, (haneul, peer)):
                            run_load(server, "put", bytes=size, requests=64, seconds=20)
                    other = (peer, operation, options) if peer else None
                    unit = "MB/s" if size >= 1 << 20 else "requests/s"
                    if unit == "MB/s":
                        self.rates(bench, (haneul, operation, options), other, unit)
                    else:
                        self.rates(bench, (haneul, operation, options), other)

    def invoke(self):
        with contextlib.ExitStack() as stack:
            haneul, functions, role = self._function_server(stack)
            offline = self.peer(stack, servers.ServerlessOffline)
            workerd = self.peer(stack, servers.Workerd)
            for runtime in RUNTIMES:
                try:
                    make_function(functions, role, "warm-" + runtime, runtime)
                    self._warm(runtime, haneul, offline, workerd)
                except LoadFailed as problem:
                    self.report.remark(f"{runtime} left out: {problem}")

    def cold_start(self):
        with contextlib.ExitStack() as stack:
            haneul, functions, role = self._function_server(stack)
            offline = self.peer(stack, servers.ServerlessOffline)
            for runtime in RUNTIMES:
                try:
                    self._cold(runtime, haneul, functions, role, offline)
                except LoadFailed as problem:
                    self.report.remark(f"{runtime} left out: {problem}")
            self._cold_with_sdk(functions, role)

    def _cold_with_sdk(self, functions, role):
        """A function that loads boto3 and makes a client: begun anew, and from its version's snapshot. From
        before the call until the handler's first line, which the handler answers."""
        anew, restored = [], []
        for run in range(self.runs * COLD_PER_RUN):
            name = f"sdk-{run}"
            make_sdk_function(functions, role, name)
            anew.append(first_line(functions, name, "$LATEST"))
            version = functions.publish_version(FunctionName=name)["Version"]
            await_version(functions, name, version)
            restored.append(first_line(functions, name, version))
        self.report.figure("cold_start_boto3_p50", "ms", anew, better="less")
        name = "the same function without SnapStart"
        self.report.figure("cold_start_boto3_snapstart_p50", "ms", restored, name, anew, "less")

        if tier := os.environ.get("HANEUL_BENCH_MICROVM"):
            self._cold_in_machines(tier)

    def _cold_in_machines(self, tier):
        """The same for functions in virtual machines; what is measured begins with the kernel's boot."""
        with contextlib.ExitStack() as stack:
            try:
                haneul = servers.HaneulOfMachines(tier)
                _, functions, role = self._function_server(stack, haneul)
            except Exception as refusal:  # the machine has no way to run guests
                return self.report.remark(f"{tier} left out: {refusal}")
            for runtime in RUNTIMES:
                own = []
                for run in range(self.runs):
                    name = f"machine-{runtime}-{run}-"
                    make_function(functions, role, f"{name}0", runtime)
                    times = {"stamped": True, "numbered": True, "requests": 1, "seconds": 120}
                    own.append(run_load(haneul, "invoke", function=name, **times)["p50_us"] / 1000)
                self.report.figure(f"cold_start_{tier}_{runtime}_p50", "ms", own, better="less")

    def _function_server(self, stack, server=None):
        haneul = stack.enter_context(server or servers.Haneul())
        role = haneul.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)
        return haneul, haneul.client("lambda"), role["Role"]["Arn"]

    def _warm(self, runtime, haneul, offline, workerd):
        peer_name = RUNTIMES[runtime][3]
        for connections in (1, 32):
            options = {"connections": connections}
            ours = (haneul, "invoke", options | {"function": "warm-" + runtime})
            other = None
            if offline and peer_name:
                other = (offline, "invoke", options | {"function": "bench-dev-" + peer_name})
            if runtime == "native" and workerd:  # hello without a signature: the raw speed of an isolate
                other = (workerd, "plain", options)
            for target in filter(None, (ours, other)):
                run_load(target[0], target[1], requests=connections * 2, seconds=20, **target[2])
            rates = self.rates(f"invoke_warm_{runtime}_{connections}c", ours, other)
            if connections == 1:
                self._added(f"invoke_warm_{runtime}_1c_added_p50", ours)
            if connections > 1:  # the load comes from the same processors
                each = [rate / os.cpu_count() for rate in rates]
                self.report.figure(f"invoke_warm_{runtime}_{connections}c_per_core", "requests/s", each)

    def _added(self, bench, ours):
        """What an invocation takes beyond asking one process through another, each run beside the other."""
        own, least = [], []
        with servers.Relay() as relay:
            for _ in range(self.runs):
                for target, operation, options, into in ((*ours, own), (relay, "plain", {}, least)):
                    run = run_load(target, operation, seconds=self.seconds, **options)
                    into.append(run["p50_us"])
        added = [mine - floor for mine, floor in zip(own, least, strict=True)]
        self.report.figure(bench, "us", added, "bare relay", least, "less")

    def _cold(self, runtime, haneul, functions, role, offline):
        """Each run: new functions, invoked once each, one after the other; the time from the request's first
        byte to the handler's first line, which the handler answers."""
        peer = {"python": "python", "nodejs": "node"}.get(runtime)
        own, slowest, theirs = [], [], []
        stamped = {"stamped": True, "numbered": True, "requests": COLD_PER_RUN, "seconds": 30}
        for run in range(self.runs):
            name = f"cold-{runtime}-{run}-"
            for number in range(COLD_PER_RUN):
                make_function(functions, role, f"{name}{number}", runtime)
            result = run_load(haneul, "invoke", function=name, **stamped)
            own.append(result["p50_us"] / 1000)
            slowest.append(result["max_us"] / 1000)
        if offline and peer:
            # Its functions stay warm once invoked, so one run is all there is.
            result = run_load(offline, "invoke", function=f"bench-dev-{peer}", **stamped)
            theirs.append(result["p50_us"] / 1000)
        together = []
        for run in range(self.runs):  # different functions at the same moment; until the last has begun
            name = f"together-{runtime}-{run}-"
            for number in range(COLD_PER_RUN):
                make_function(functions, role, f"{name}{number}", runtime)
            result = run_load(haneul, "invoke", function=name, connections=COLD_PER_RUN, **stamped)
            together.append(result["max_us"] / 1000)
        name = offline.name if offline and peer else None
        self.report.figure(f"cold_start_{runtime}_p50", "ms", own, name, theirs, "less")
        plain = [process_start(runtime) for _ in range(self.runs)]
        name = "plain process start and end"
        self.report.figure(f"cold_start_{runtime}_beside_a_process", "ms", own, name, plain, "less")
        self.report.figure(f"cold_start_{runtime}_max", "ms", slowest, better="less")
        self.report.figure(f"cold_start_{runtime}_{COLD_PER_RUN}_at_once", "ms", together, better="less")


def process_start(runtime):
    """Milliseconds until the bare interpreter has started and ended, without isolation or a function."""
    command = {
        "python": ["/usr/bin/python3", "-c", ""],
        "nodejs": ["node", "-e", "0"],
        "native": ["/bin/true"],
    }
    began = time.perf_counter()
    subprocess.run(command[runtime], check=True)
    return (time.perf_counter() - began) * 1000


SDK_FUNCTION = """
import time, boto3
client = boto3.client("s3")
def handler(event, context):
    return time.time()
"""


def make_sdk_function(client, role, name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", SDK_FUNCTION)
    client.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
        MemorySize=256,
        Timeout=30,
        SnapStart={"ApplyOn": "PublishedVersions"},
    )


def await_version(client, name, version):
    while True:
        shown = client.get_function_configuration(FunctionName=name, Qualifier=version)
        if shown["State"] == "Active":
            return
        if shown["State"] == "Failed":
            raise LoadFailed(shown["StateReason"])
        time.sleep(0.02)


def first_line(client, name, qualifier):
    began = time.time()
    answer = client.invoke(FunctionName=name, Qualifier=qualifier)
    return (float(answer["Payload"].read()) - began) * 1000


def make_function(client, role, name, runtime):
    label, handler, file, _ = RUNTIMES[runtime]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if file:
            archive.write(servers.FUNCTIONS / file, file)
        else:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, (servers.ROOT / "build/release/bench/bench_function").read_bytes())
    client.create_function(
        FunctionName=name,
        Role=role,
        Runtime=label,
        Handler=handler,
        Code={"ZipFile": packed.getvalue()},
        MemorySize=256,
        Timeout=10,
    )
