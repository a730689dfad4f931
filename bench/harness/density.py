"""What idle environments cost: many environments of one function, alive at once, against one of them."""

import io
import time
import zipfile

import servers

CODE = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"
SETTLE_SECONDS = 20
START_SECONDS = 900
# Invocations stay until the last of them has begun: so many start even on a busy machine.
STARTS_PER_SECOND = 20


def packed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("app.py", CODE)
    return out.getvalue()


def settled(server):
    """PSS of everything, in MiB, when it no longer falls: idle environments are frozen a little later."""
    last, until = server.memory()[1], time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        time.sleep(1)
        now = server.memory()[1]
        if abs(now - last) < 0.1:
            return now
        last = now
    return last


def machine_available():
    """MiB that programs could still take."""
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:")) / 1024


def wait_for(condition, what):
    until = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(f"{what} after {START_SECONDS} s")
        time.sleep(0.2)


def fill(server, client, environments):
    """Invokes at once what stays until all of it runs; returns the seconds until then."""
    seconds = 5 + environments // STARTS_PER_SECOND
    began = time.monotonic()
    for _ in range(environments):
        client.invoke(FunctionName="idle", InvocationType="Event", Payload=f'{{"seconds": {seconds}}}')
    wait_for(
        lambda: server.metric("haneul_environments_busy") >= environments,
        f"not all of {environments} environments run at once",
    )
    took = time.monotonic() - began
    wait_for(lambda: server.metric("haneul_environments_busy") == 0, "invocations have not ended")
    return took


def measure(bench, trust, environments):
    # Events have half of an account's concurrency.
    with servers.Haneul(["--account-concurrency", str(max(1000, 2 * environments))]) as server:
        role = server.client("iam").create_role(RoleName="density", AssumeRolePolicyDocument=trust)
        client = servers.client(server, "lambda")
        client.create_function(
            FunctionName="idle",
            Role=role["Role"]["Arn"],
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": packed()},
            Timeout=900,
        )
        # Two at once, when the loaded interpreter stands: the second is a fork, which counts with the one.
        client.invoke(FunctionName="idle", Payload='{"seconds": 2}')
        fill(server, client, 2)
        one, free = settled(server), machine_available()
        took = fill(server, client, environments)
        each = (settled(server) - one) / (environments - 2)
        alive = server.metric("haneul_environments_idle")
        bench.report.figure("python_environments_at_once", "", [alive])
        bench.report.figure("python_idle_environment_pss", "MiB", [each], better="less")
        whole = (free - machine_available()) / (environments - 2)
        bench.report.figure("python_idle_environment_of_machine", "MiB", [whole], better="less")
        bench.report.remark(f"{environments} invocations all ran after {took:.1f} s")
