"""What an idle environment costs: many environments of one function, alive at once, against one of them."""

import concurrent.futures
import io
import time
import zipfile

import servers

ENVIRONMENTS = 100
CODE = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n"
SETTLE_SECONDS = 20


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


def measure(bench, trust):
    with servers.Haneul() as server:
        role = server.client("iam").create_role(RoleName="density", AssumeRolePolicyDocument=trust)
        client = servers.client(server, "lambda", connections=ENVIRONMENTS)
        client.create_function(
            FunctionName="idle",
            Role=role["Role"]["Arn"],
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": packed()},
            Timeout=60,
        )

        def call(seconds):
            answer = client.invoke(FunctionName="idle", Payload=f'{{"seconds": {seconds}}}')
            return answer["StatusCode"] == 200 and "FunctionError" not in answer

        # Two one after the other: the second is a fork of the loaded interpreter, which counts with the one.
        call(0)
        call(0)
        one, began = settled(server), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(ENVIRONMENTS) as pool:
            answered = sum(pool.map(call, [10] * ENVIRONMENTS))
        took = time.monotonic() - began
        if answered != ENVIRONMENTS:
            raise RuntimeError(f"{answered} of {ENVIRONMENTS} invocations at once were answered")
        each = (settled(server) - one) / (ENVIRONMENTS - 1)
        bench.report.figure("python_environments_at_once", "", [ENVIRONMENTS])
        bench.report.figure("python_idle_environment_pss", "MiB", [each], better="less")
        bench.report.remark(f"{ENVIRONMENTS} invocations of 10 s at once took {took:.1f} s")
