// Streamed answers as the JavaScript SDK reads them: event streams, errors in the middle, log tails.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { options, run, test } from "./harness.mjs";

const require = createRequire(new URL("../package.json", import.meta.url));
const {
  CreateFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} = require("@aws-sdk/client-lambda");
const { CreateRoleCommand, IAMClient } = require("@aws-sdk/client-iam");

const client = new LambdaClient(options);
const trust = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
  ],
};
const made = await new IAMClient(options).send(
  new CreateRoleCommand({ RoleName: "streaming", AssumeRolePolicyDocument: JSON.stringify(trust) }),
);

function zipped(code, name = "index.js") {
  const folder = mkdtempSync(join(tmpdir(), "haneul-js-"));
  writeFileSync(join(folder, "index.js"), code);
  const program = "import sys, zipfile; zipfile.ZipFile(sys.argv[2], 'w').write(sys.argv[1], sys.argv[3])";
  execFileSync("/usr/bin/python3", ["-c", program, join(folder, "index.js"), join(folder, "code.zip"), name]);
  const packed = readFileSync(join(folder, "code.zip"));
  rmSync(folder, { recursive: true });
  return packed;
}

async function create(FunctionName, body) {
  const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => { ${body} });`;
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role: made.Role.Arn,
      Code: { ZipFile: zipped(code) },
      Timeout: 10,
    }),
  );
}

async function stream(FunctionName, event = {}, more = {}) {
  const Payload = JSON.stringify(event);
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload, ...more }));
  const out = { answer, text: "", times: [], complete: null };
  for await (const part of answer.EventStream ?? []) {
    if (part.PayloadChunk) {
      out.text += Buffer.from(part.PayloadChunk.Payload).toString();
      out.times.push(Date.now());
    }
    if (part.InvokeComplete) out.complete = part.InvokeComplete;
  }
  return out;
}

test("the waiters see functions and versions become ready", async () => {
  await create("awaited", "stream.end();");
  const patience = { client, maxWaitTime: 30, minDelay: 1 };
  const ended = [await waitUntilFunctionActiveV2(patience, { FunctionName: "awaited" })];
  const { Version, State } = await client.send(new PublishVersionCommand({ FunctionName: "awaited" }));
  assert.equal(State, "Active"); // of what is ready, a version is
  ended.push(
    await waitUntilPublishedVersionActive(patience, { FunctionName: "awaited", Qualifier: Version }),
    await waitUntilFunctionUpdatedV2(patience, { FunctionName: "awaited" }),
  );
  assert.deepEqual(ended.map((each) => each.state), ["SUCCESS", "SUCCESS", "SUCCESS"]);
});

test("a version with SnapStart becomes active, and says so", async () => {
  const patience = { client, maxWaitTime: 60, minDelay: 1 };
  const code = "import os\nhandler = lambda event, context: os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n";
  await client.send(
    new CreateFunctionCommand({
      FunctionName: "quick",
      Role: made.Role.Arn,
      Runtime: "python3.13",
      Handler: "index.handler",
      SnapStart: { ApplyOn: "PublishedVersions" },
      Code: { ZipFile: zipped(code, "index.py") },
    }),
  );
  await waitUntilFunctionActiveV2(patience, { FunctionName: "quick" });
  const version = await client.send(new PublishVersionCommand({ FunctionName: "quick" }));
  assert.equal(version.State, "Pending");
  assert.deepEqual(version.SnapStart, { ApplyOn: "PublishedVersions", OptimizationStatus: "On" });
  await waitUntilPublishedVersionActive(patience, { FunctionName: "quick", Qualifier: "1" });
  const answer = await client.send(new InvokeCommand({ FunctionName: "quick", Qualifier: "1" }));
  assert.equal(Buffer.from(answer.Payload).toString(), '"snap-start"');
});

test("an answer arrives in pieces while the function runs", async () => {
  await create(
    "pieces",
    "stream.write('a'); await new Promise((r) => setTimeout(r, 300)); stream.write('b'); stream.end();",
  );
  const out = await stream("pieces", {}, { LogType: "Tail" });
  assert.equal(out.text, "ab");
  assert.equal(out.answer.StatusCode, 200);
  assert.equal(out.answer.ExecutedVersion, "$LATEST");
  assert.ok(out.times.at(-1) - out.times[0] >= 200, `${out.times}`);
  assert.equal(out.complete.ErrorCode, undefined);
  assert.match(Buffer.from(out.complete.LogResult, "base64").toString(), /REPORT RequestId/);
});

test("an error in the middle comes behind what was sent", async () => {
  await create("broken", "stream.write('begun'); throw new RangeError('broke');");
  const out = await stream("broken");
  assert.equal(out.text, "begun");
  assert.equal(out.complete.ErrorCode, "RangeError");
  assert.equal(JSON.parse(out.complete.ErrorDetails).errorMessage, "broke");
  assert.equal(out.complete.LogResult, undefined);
});

test("ten megabytes arrive whole, and a plain invocation refuses what is above six", async () => {
  await create(
    "large",
    "for (let i = 0; i < event.n; ++i) if (!stream.write(Buffer.alloc(65536, 97))) " +
      "await new Promise((r) => stream.once('drain', r)); stream.end();",
  );
  assert.equal((await stream("large", { n: 160 })).text.length, 160 * 65536);
  const plain = await client.send(new InvokeCommand({ FunctionName: "large", Payload: '{"n": 160}' }));
  assert.equal(plain.FunctionError, "Unhandled");
  assert.match(Buffer.from(plain.Payload).toString(), /Function.ResponseSizeTooLarge/);
});

test("refusals are errors, not streams", async () => {
  await assert.rejects(stream("nobody"), { name: "ResourceNotFoundException" });
  const { answer } = await stream("pieces", {}, { InvocationType: "DryRun" });
  assert.equal(answer.StatusCode, 204);
  const none = { FunctionName: "pieces", ReservedConcurrentExecutions: 0 };
  await client.send(new PutFunctionConcurrencyCommand(none));
  await assert.rejects(stream("pieces"), { name: "TooManyRequestsException" });
});

await run();
