// What the JavaScript SDK brings beside the operations: the document client, paginators, waiters, CBOR.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { options, run, test } from "./harness.mjs";

const require = createRequire(new URL("../package.json", import.meta.url));
const {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocument, paginateQuery, NumberValue } = require("@aws-sdk/lib-dynamodb");

const client = new DynamoDBClient(options);
const documents = DynamoDBDocument.from(client, {
  marshallOptions: { removeUndefinedValues: true },
  unmarshallOptions: { wrapNumbers: NumberValue.from },
});
const TableName = "documents";
const patience = { client, maxWaitTime: 30, minDelay: 1 };

await client.send(
  new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  }),
);
await waitUntilTableExists(patience, { TableName });

test("documents come back as they were, with numbers of thirty-eight digits", async () => {
  const digits = "12345678901234567890123456789012345678";
  const Item = {
    pk: "doc",
    sk: 1,
    text: "é",
    nested: { list: [1, "two", null, true, { deep: [] }], bytes: new Uint8Array([0, 255]) },
    set: new Set(["b", "a"]),
    exact: NumberValue.from(digits),
    gone: undefined,
  };
  await documents.put({ TableName, Item });
  const answer = await documents.get({ TableName, Key: { pk: "doc", sk: 1 } });
  assert.equal(answer.Item.exact.toString(), digits);
  assert.equal(answer.Item.nested.list[1], "two");
  assert.equal(answer.Item.nested.list[2], null);
  assert.deepEqual([...answer.Item.set].sort(), ["a", "b"]);
  assert.deepEqual([...answer.Item.nested.bytes], [0, 255]);
  assert.ok(!("gone" in answer.Item));
});

test("a paginator walks every page of a query", async () => {
  for (let page = 0; page < 5; page += 1) {
    const requests = [...Array(20).keys()].map((n) => ({
      PutRequest: { Item: { pk: "pages", sk: page * 20 + n } },
    }));
    await documents.batchWrite({ RequestItems: { [TableName]: requests } });
  }
  const seen = [];
  const question = {
    TableName,
    KeyConditionExpression: "pk = :p AND sk BETWEEN :a AND :b",
    ExpressionAttributeValues: { ":p": "pages", ":a": 5, ":b": 94 },
    Limit: 7,
  };
  for await (const page of paginateQuery({ client: documents }, question)) {
    seen.push(...page.Items.map((item) => Number(item.sk)));
  }
  assert.deepEqual(
    seen,
    [...Array(90).keys()].map((n) => n + 5),
  );
});

test("a failed condition brings the item with it", async () => {
  await documents.put({ TableName, Item: { pk: "taken", sk: 1, owner: "first" } });
  const again = {
    TableName,
    Item: { pk: "taken", sk: 1 },
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
  await assert.rejects(documents.put(again), (error) => {
    assert.equal(error.name, "ConditionalCheckFailedException");
    assert.equal(error.Item.owner.S ?? error.Item.owner, "first");
    return true;
  });
});

test("a cancelled transaction tells its reasons in order", async () => {
  const put = (sk) => ({
    Put: { TableName, Item: { pk: "taken", sk }, ConditionExpression: "attribute_not_exists(pk)" },
  });
  await assert.rejects(documents.transactWrite({ TransactItems: [put(2), put(1)] }), (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(
      error.CancellationReasons.map((reason) => reason.Code),
      ["None", "ConditionalCheckFailed"],
    );
    return true;
  });
  assert.equal((await documents.get({ TableName, Key: { pk: "taken", sk: 2 } })).Item, undefined);
});

test("statements of the document client are a transaction", async () => {
  const insert = (sk) => ({
    Statement: `INSERT INTO "${TableName}" VALUE {'pk': ?, 'sk': ?, 'tags': ?}`,
    Parameters: ["stated", sk, ["a", "b"]],
  });
  await documents.executeTransaction({ TransactStatements: [insert(1), insert(2)] });
  const again = documents.executeTransaction({ TransactStatements: [insert(3), insert(2)] });
  await assert.rejects(again, (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(
      error.CancellationReasons.map((reason) => reason.Code),
      ["None", "DuplicateItem"],
    );
    return true;
  });
  const select = (sk) => ({
    Statement: `SELECT tags FROM "${TableName}" WHERE pk = 'stated' AND sk = ?`,
    Parameters: [sk],
  });
  const read = await documents.executeTransaction({ TransactStatements: [select(1), select(3)] });
  assert.deepEqual(read.Responses, [{ Item: { tags: ["a", "b"] } }, {}]);
});

test("CBOR carries the same items", async () => {
  const { AwsSmithyRpcV2CborProtocol } = require("@aws-sdk/core/protocols");
  const cbor = new DynamoDBClient({
    ...options,
    protocol: new AwsSmithyRpcV2CborProtocol({ defaultNamespace: "com.amazonaws.dynamodb" }),
  });
  const bytes = new Uint8Array([1, 0, 2]);
  const Item = { pk: { S: "cbor" }, sk: { N: "1.5" }, b: { B: bytes }, l: { L: [{ BOOL: false }] } };
  await cbor.send(new PutItemCommand({ TableName, Item }));
  const answer = await cbor.send(new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }));
  assert.deepEqual([...answer.Item.b.B], [...bytes]);
  assert.equal(answer.Item.l.L[0].BOOL, false);
  await assert.rejects(
    cbor.send(new GetItemCommand({ TableName: "nothing", Key: { pk: Item.pk } })),
    (error) => error.name === "ResourceNotFoundException" && /resource not found/.test(error.message),
  );
});

test("a deleted table is waited for", async () => {
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists(patience, { TableName });
});

await run();
