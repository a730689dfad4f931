"""Durable functions with the SDK that their users have: every kind of operation, other executions, callbacks
from outside, and a server that is killed while an execution waits.
"""

import json
import os
import time
import unittest

import botocore.exceptions

import durable_sdk
import harness
from lambda_test import LOGS, TRUST

RIGHTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "lambda:CheckpointDurableExecution",
                    "lambda:GetDurableExecutionState",
                    "lambda:InvokeFunction",
                ],
                "Resource": "arn:aws:lambda:*:*:function:*:*",
            }
        ],
    }
)
# Each case of the tests is one branch of the same function: packages are large.
CODE = """
const { withDurableExecution, createRetryStrategy } = require('@aws/durable-execution-sdk-js');
const fs = require('fs');
const again = { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 4, delay: { seconds: 1 } }) };
function once(name) {  // true the first time in this environment's life
  if (fs.existsSync('/tmp/' + name)) return false;
  fs.writeFileSync('/tmp/' + name, '');
  return true;
}
const cases = {
  async steps(event, context) {
    const doubled = await context.step('double', async () => event.n * 2);
    await context.wait('pause', { seconds: 1 });
    const tried = await context.step('flaky', async () => {
      if (once(event.mark)) throw new RangeError('not yet');
      return 'at last';
    }, again);
    return { doubled, tried };
  },
  async branches(event, context) {
    const parallel = await context.parallel('both', [
      async (branch) => branch.step('left', async () => 1),
      async (branch) => { await branch.wait('nap', { seconds: 1 }); return 2; },
    ]);
    const mapped = await context.map('squares', [1, 2, 3], async (branch, item) =>
      branch.step('square', async () => item * item));
    const child = await context.runInChildContext('child', async (inner) => {
      const a = await inner.step('a', async () => 'a');
      return a + await inner.step('b', async () => 'b');
    });
    return { parallel: parallel.getResults(), mapped: mapped.getResults(), child };
  },
  async condition(event, context) {
    return context.waitForCondition('count', async (state) => state + 1, {
      initialState: 0,
      waitStrategy: (state) => state >= 3 ? { shouldContinue: false }
        : { shouldContinue: true, delay: { seconds: 1 } },
    });
  },
  async callback(event, context) {
    const seconds = event.seconds ?? 60;
    const [promise, id] = await context.createCallback('approval', { timeout: { seconds } });
    await context.step('tell', async () => id);
    try {
      return { answer: await promise };
    } catch (error) {
      return { problem: error.name, message: error.message };
    }
  },
  async chained(event, context) {
    const plain = await context.invoke('plain', event.plain, { n: 4 });
    const durable = await context.invoke('durable', event.durable, { run: 'steps', n: 5, mark: event.mark });
    let problem = null;
    try {
      await context.invoke('nobody', event.nobody, {});
    } catch (error) {
      problem = error.name;
    }
    return { plain, durable, problem };
  },
  async fails(event, context) {
    await context.step('breaks', async () => { throw new TypeError('broken'); },
      { retryStrategy: () => ({ shouldRetry: false }) });
  },
  async long(event, context) {
    const first = await context.step('first', async () => 'kept ' + Math.random());
    await context.wait('over the kill', { seconds: 4 });
    const second = await context.step('second', async () => 'after');
    return { first, second };
  },
  async crashes(event, context) {
    let ran = false;
    const first = await context.step('first', async () => { ran = true; return 'kept'; });
    if (ran) process.exit(3);
    return first;
  },
  async large(event, context) {
    let ran = 0;
    const sizes = [];
    for (let n = 0; n < 20; ++n) {
      sizes.push((await context.step('step ' + n, async () => { ++ran; return 'x'.repeat(200000); })).length);
    }
    await context.wait('pause', { seconds: 1 });
    return { sum: sizes.reduce((a, b) => a + b), ran };
  },
  async forever(event, context) {
    await context.wait('long', { seconds: 3600 });
  },
};
exports.handler = withDurableExecution((event, context) => cases[event.run](event, context));
exports.plain = async (event) => ({ tripled: event.n * 3 });
"""
ALREADY = "DurableExecutionAlreadyStartedException"


class Durable(unittest.TestCase):
    def setUp(self):
        self.use(self.server)
        self.name = "f" + os.urandom(6).hex()
        iam = self.server.boto("iam")
        self.role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName=self.name, PolicyArn=LOGS)
        iam.put_role_policy(RoleName=self.name, PolicyName="durable", PolicyDocument=RIGHTS)

    def use(self, server):
        self.client = durable_sdk.Client(server)

    def create(self, name=None, **more):
        arguments = {
            "FunctionName": name or self.name,
            "Runtime": "nodejs20.x",
            "Handler": "index.handler",
            "Role": self.role,
            "Timeout": 30,
            "MemorySize": 256,
            "DurableConfig": {"ExecutionTimeout": 600, "RetentionPeriodInDays": 2},
            "Code": {"ZipFile": durable_sdk.with_sdk(CODE)},
            "Publish": True,
            **more,
        }
        arguments = {name: value for name, value in arguments.items() if value is not None}
        return self.client("CreateFunction", **arguments)

    def run_case(self, case, **event):
        answer = self.client(
            "Invoke", FunctionName=f"{self.name}:1", Payload=json.dumps({"run": case, **event})
        )
        return json.loads(answer["Payload"].read()), answer

    def begin(self, case, name=None, **event):
        more = {"DurableExecutionName": name} if name else {}
        answer = self.client(
            "Invoke",
            FunctionName=f"{self.name}:1",
            InvocationType="Event",
            Payload=json.dumps({"run": case, **event}),
            **more,
        )
        self.assertEqual(answer["StatusCode"], 202)
        return answer["DurableExecutionArn"]

    def events(self, arn, **more):
        found, marker = [], {}
        while True:
            page = self.client("GetDurableExecutionHistory", DurableExecutionArn=arn, **more, **marker)
            found += page["Events"]
            if not page.get("NextMarker"):
                return found
            marker = {"Marker": page["NextMarker"]}

    def await_event(self, arn, kind, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            events = self.events(arn, IncludeExecutionData=True)
            found = [event for event in events if event["EventType"] == kind]
            if found or time.monotonic() > deadline:
                self.assertTrue(found, [event["EventType"] for event in events])
                return found[0]
            time.sleep(0.1)

    def await_end(self, arn, seconds=90):
        deadline = time.monotonic() + seconds
        while True:
            execution = self.client("GetDurableExecution", DurableExecutionArn=arn)
            if execution["Status"] != "RUNNING" or time.monotonic() > deadline:
                return execution
            time.sleep(0.1)

    def refusal(self, operation, **parameters):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            self.client(operation, **parameters)
        return raised.exception.response["Error"]

    def test_steps(self):
        """Steps are kept over waits and retried after failures."""
        self.create()
        result, answer = self.run_case("steps", n=3, mark="steps")
        self.assertEqual(result, {"doubled": 6, "tried": "at last"})
        self.assertEqual(answer["ExecutedVersion"], "1")
        kinds = [event["EventType"] for event in self.events(answer["DurableExecutionArn"])]
        self.assertEqual(kinds[0], "ExecutionStarted")
        self.assertEqual(kinds[-1], "ExecutionSucceeded")
        self.assertEqual(kinds.count("StepSucceeded"), 2)
        self.assertEqual(kinds.count("StepFailed"), 1)
        self.assertEqual(kinds.count("InvocationCompleted"), 3)
        waits = [kind for kind in kinds if kind.startswith("Wait")]
        self.assertEqual(waits, ["WaitStarted", "WaitSucceeded"])

    def test_branches(self):
        """Parallel branches, maps and child contexts come to their results."""
        self.create()
        result, _ = self.run_case("branches")
        self.assertEqual(result, {"parallel": [1, 2], "mapped": [1, 4, 9], "child": "ab"})

    def test_condition(self):
        """A condition is polled until it holds."""
        self.create()
        self.assertEqual(self.run_case("condition")[0], 3)

    def test_large_state(self):
        """A state that does not fit into an event is read by the SDK in pages."""
        self.create()
        result, _ = self.run_case("large")
        self.assertEqual(result, {"sum": 4_000_000, "ran": 0})

    def test_failure(self):
        """An execution that fails answers with the error of its function."""
        self.create()
        result, answer = self.run_case("fails")
        self.assertEqual(answer["FunctionError"], "Unhandled")
        self.assertIn("broken", result["errorMessage"])
        execution = self.client("GetDurableExecution", DurableExecutionArn=answer["DurableExecutionArn"])
        self.assertEqual(execution["Status"], "FAILED")

    def test_callbacks(self):
        """Callbacks are answered from outside: with a result, an error, a sign of life, or too late."""
        self.create()
        for operation, body, expected in (
            ("SendDurableExecutionCallbackSuccess", {"Result": b'"yes"'}, {"answer": '"yes"'}),
            ("SendDurableExecutionCallbackFailure", {"Error": {"ErrorMessage": "no"}}, "no"),
        ):
            arn = self.begin("callback")
            started = self.await_event(arn, "CallbackStarted")["CallbackStartedDetails"]
            self.assertEqual(started["Timeout"], 60)
            self.await_event(arn, "InvocationCompleted")
            self.client("SendDurableExecutionCallbackHeartbeat", CallbackId=started["CallbackId"])
            self.client(operation, CallbackId=started["CallbackId"], **body)
            result = json.loads(self.await_end(arn)["Result"])
            if isinstance(expected, dict):
                self.assertEqual(result, expected)
            else:
                self.assertIn(expected, result["message"])
            self.assertEqual(
                self.refusal(operation, CallbackId=started["CallbackId"], **body)["Code"],
                "CallbackTimeoutException",
            )
        arn = self.begin("callback", seconds=1)
        self.assertIn("problem", json.loads(self.await_end(arn)["Result"]))
        self.await_event(arn, "CallbackTimedOut")
        self.assertEqual(
            self.refusal("SendDurableExecutionCallbackHeartbeat", CallbackId="bm9uZQ==")["Message"],
            "Invalid callback id",
        )

    def test_chained(self):
        """An execution invokes other functions, durable or not, as the role of its function."""
        self.create()
        plain = self.create(self.name + "-plain", Handler="index.plain", DurableConfig=None)
        result, answer = self.run_case(
            "chained",
            plain=plain["FunctionName"] + ":1",
            durable=f"{self.name}:1",
            nobody=self.name + "-nobody:1",
            mark="chained",
        )
        self.assertEqual(result["plain"], {"tripled": 12})
        self.assertEqual(result["durable"], {"doubled": 10, "tried": "at last"})
        self.assertIsNotNone(result["problem"])
        started = [
            event["ChainedInvokeStartedDetails"]
            for event in self.events(answer["DurableExecutionArn"])
            if event["EventType"] == "ChainedInvokeStarted"
        ]
        child = next(one["DurableExecutionArn"] for one in started if "DurableExecutionArn" in one)
        self.assertEqual(self.await_end(child)["Status"], "SUCCEEDED")

    def test_names(self):
        """The same name and input is the same execution; another input is refused; Stop ends it."""
        self.create()
        arn = self.begin("forever", name="one")
        self.assertEqual(self.begin("forever", name="one"), arn)
        error = self.refusal(
            "Invoke",
            FunctionName=f"{self.name}:1",
            InvocationType="Event",
            DurableExecutionName="one",
            Payload=json.dumps({"run": "steps"}),
        )
        self.assertEqual(error["Code"], ALREADY)
        self.begin("forever", name="two")
        named = {"FunctionName": self.name, "Qualifier": "1"}
        both = self.client("ListDurableExecutionsByFunction", **named)["DurableExecutions"]
        self.assertEqual([one["DurableExecutionName"] for one in both], ["one", "two"])
        self.await_event(arn, "WaitStarted")
        self.client("StopDurableExecution", DurableExecutionArn=arn, Error={"ErrorType": "Enough"})
        stopped = self.client("GetDurableExecution", DurableExecutionArn=arn)
        self.assertEqual((stopped["Status"], stopped["Error"]), ("STOPPED", {"ErrorType": "Enough"}))
        running = self.client("ListDurableExecutionsByFunction", **named, Statuses=["RUNNING"])
        self.assertEqual([one["DurableExecutionName"] for one in running["DurableExecutions"]], ["two"])
        page = self.client("ListDurableExecutionsByFunction", **named, ReverseOrder=True, MaxItems=1)
        self.assertEqual(page["DurableExecutions"][0]["DurableExecutionName"], "two")
        page = self.client(
            "ListDurableExecutionsByFunction", **named, ReverseOrder=True, Marker=page["NextMarker"]
        )
        self.assertEqual(page["DurableExecutions"][0]["DurableExecutionName"], "one")

    def test_refusals(self):
        """What AWS refuses of durable functions is refused in its words."""
        self.create(DurableConfig={"ExecutionTimeout": 901})
        self.assertEqual(
            self.refusal("Invoke", FunctionName=self.name)["Message"],
            "You cannot invoke a durable function using an unqualified ARN.",
        )
        self.assertIn("15 minutes", self.refusal("Invoke", FunctionName=f"{self.name}:1")["Message"])
        self.create(self.name + "-plain", DurableConfig=None)
        error = self.refusal(
            "UpdateFunctionConfiguration",
            FunctionName=self.name + "-plain",
            DurableConfig={"ExecutionTimeout": 60},
        )
        self.assertEqual(error["Code"], "InvalidParameterValueException")
        shown = self.client(
            "UpdateFunctionConfiguration", FunctionName=self.name, DurableConfig={"ExecutionTimeout": 60}
        )
        self.assertEqual(shown["DurableConfig"], {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14})

    def test_crash_of_the_function(self):
        """A function that dies in the middle is run again from its last checkpoint."""
        self.create()
        result, answer = self.run_case("crashes")
        self.assertEqual(result, "kept")
        kinds = [event["EventType"] for event in self.events(answer["DurableExecutionArn"])]
        self.assertEqual(kinds.count("StepSucceeded"), 1)
        self.assertEqual(kinds.count("InvocationCompleted"), 2)

    def test_kill(self):
        """An execution that waits goes on after the server was killed, with what its steps had kept."""
        with harness.Server() as server:
            self.server = server
            self.setUp()
            self.create()
            arn = self.begin("long", name="over")
            first = self.await_event(arn, "StepSucceeded")["StepSucceededDetails"]["Result"]["Payload"]
            self.await_event(arn, "WaitStarted")
            server.kill()
            server.start()
            self.use(server)
            execution = self.await_end(arn)
            self.assertEqual(execution["Status"], "SUCCEEDED", execution)
            self.assertEqual(json.loads(execution["Result"])["first"], json.loads(first))
            kinds = [event["EventType"] for event in self.events(arn)]
            self.assertEqual(kinds.count("WaitSucceeded"), 1)
            self.assertEqual(kinds.count("StepSucceeded"), 2)
            self.assertEqual(server.stop(), 0, server.log_tail())
