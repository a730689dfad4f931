// What the JavaScript SDK does on its own: checksums in trailers of streamed bodies, managed uploads,
// signed URLs.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

import { options, run, test } from "./harness.mjs";

const require = createRequire(new URL("../package.json", import.meta.url));
const {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const client = new S3Client({ ...options, forcePathStyle: true });
const Bucket = "house-js";
await client.send(new CreateBucketCommand({ Bucket }));

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function read(Key) {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await answer.Body.transformToByteArray());
}

test("a streamed body arrives in chunks with its checksum in the trailer", async () => {
  const bytes = randomBytes(3_000_000);
  const cuts = [0, 1_000_000, 1_000_001, bytes.length];
  const Body = Readable.from(cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end)));
  const named = { Bucket, Key: "stream" };
  await client.send(
    new PutObjectCommand({ ...named, Body, ContentLength: bytes.length, ChecksumAlgorithm: "SHA256" }),
  );
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: "stream", ChecksumMode: "ENABLED" }));
  assert.equal(head.ContentLength, bytes.length);
  assert.equal(head.ChecksumSHA256, createHash("sha256").update(bytes).digest("base64"));
  assert.equal(digest(await read("stream")), digest(bytes));
});

test("a managed upload puts a large body together from parts", async () => {
  const bytes = randomBytes(12 * 1024 * 1024 + 17);
  const upload = new Upload({ client, params: { Bucket, Key: "managed", Body: Readable.from([bytes]) } });
  const done = await upload.done();
  assert.match(done.ETag, /-3"$/);
  assert.equal(digest(await read("managed")), digest(bytes));
});

test("a presigned URL reads and writes without keys, until it expires", async () => {
  const put = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
  const stored = await fetch(put, { method: "PUT", body: "by url" });
  assert.equal(stored.status, 200);
  const get = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
  assert.equal(await (await fetch(get)).text(), "by url");
  const early = { expiresIn: 60, signingDate: new Date(Date.now() - 3600_000) };
  const expired = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "signed" }), early);
  assert.equal((await fetch(expired)).status, 403);
  assert.equal((await fetch(get.replace("/signed?", "/other?"))).status, 403);
});

test("pages follow each other to the end", async () => {
  for (let number = 0; number < 25; ++number) {
    const Key = `page/${String(number).padStart(2, "0")}`;
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  }
  const keys = [];
  let ContinuationToken;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: "page/", MaxKeys: 10, ContinuationToken }),
    );
    keys.push(...page.Contents.map((entry) => entry.Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  assert.equal(keys.length, 25);
  assert.deepEqual(keys, [...keys].sort());
});

await run();
