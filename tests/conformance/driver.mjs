// The JavaScript driver of the conformance scenarios: reads one call per line as JSON, makes it with the
// AWS SDK for JavaScript v3, and writes one line back: {output, code, status, message}. drivers.py is the
// other side.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../package.json", import.meta.url));
const PACKAGES = {
  cloudformation: "@aws-sdk/client-cloudformation",
  dynamodb: "@aws-sdk/client-dynamodb",
  dynamodbstreams: "@aws-sdk/client-dynamodb-streams",
  iam: "@aws-sdk/client-iam",
  lambda: "@aws-sdk/client-lambda",
  logs: "@aws-sdk/client-cloudwatch-logs",
  s3: "@aws-sdk/client-s3",
  sqs: "@aws-sdk/client-sqs",
  sts: "@aws-sdk/client-sts",
};
const clients = new Map();

function clientFor({ service, endpoint, region, credentials }) {
  const key = `${service} ${region} ${credentials.accessKeyId} ${credentials.sessionToken ?? ""}`;
  if (!clients.has(key)) {
    const sdk = require(PACKAGES[service]);
    const name = Object.keys(sdk).find((each) => each.endsWith("Client") && !each.startsWith("__"));
    const options = { endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true };
    clients.set(key, { sdk, client: new sdk[name](options) });
  }
  return clients.get(key);
}

// Parameters as the SDK wants them: bytes from base64, times from ISO text in members that are times.
function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if ("$base64" in value) return Buffer.from(value.$base64, "base64");
  if ("$time" in value) return new Date(value.$time);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, decoded(member)]));
}

async function plain(value) {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (typeof value.transformToString === "function" && !(value instanceof Uint8Array)) {
    return value.transformToString("utf-8");
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf-8");
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object") return value;
  const output = {};
  for (const [name, member] of Object.entries(value)) {
    if (name !== "$metadata" && member !== undefined) output[name] = await plain(member);
  }
  return output;
}

async function call(request) {
  const { sdk, client } = clientFor(request);
  const Command = sdk[`${request.operation}Command`];
  if (!Command) return { code: "ClientFailure", status: 0, message: `the SDK has no ${request.operation}` };
  try {
    const output = await client.send(new Command(decoded(request.parameters)));
    return { output: await plain(output), code: "", status: output.$metadata.httpStatusCode, message: "" };
  } catch (error) {
    return {
      output: null,
      code: error.Code ?? error.Error?.Code ?? error.name ?? "ClientFailure",
      status: error.$metadata?.httpStatusCode ?? 0,
      message: error.message ?? String(error),
    };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await call(JSON.parse(line)))}\n`);
}
