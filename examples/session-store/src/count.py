"""Counts what becomes of sessions: called with the changes of the table in the order in which they happened.

A stream gives every change at least once. So each count is written in one transaction with a note that its
change has been counted: a batch that comes again counts nothing twice. The first change that cannot be
counted is reported, and comes again together with those after it.
"""

import os
import time

import boto3

client = boto3.client("dynamodb")
TOTALS, COUNTED = os.environ["TOTALS"], os.environ["COUNTED"]
REMEMBERED_SECONDS = 2 * 24 * 3600  # longer than a stream keeps its records


def word_of(record):
    """What is counted, or nothing."""
    if record["eventName"] == "INSERT":
        return "opened"
    by_service = record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
    return "expired" if by_service else "closed"


def count(record):
    change = record["dynamodb"]
    image = change.get("NewImage") or change["OldImage"]
    note = {
        "change": {"S": record["eventID"]},
        "until": {"N": str(int(time.time()) + REMEMBERED_SECONDS)},
    }
    add = {
        "TableName": TOTALS,
        "Key": {"user": image["user"]},
        "UpdateExpression": "ADD #word :one",
        "ExpressionAttributeNames": {"#word": word_of(record)},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    put = {"TableName": COUNTED, "Item": note, "ConditionExpression": "attribute_not_exists(change)"}
    try:
        client.transact_write_items(TransactItems=[{"Put": put}, {"Update": add}])
    except client.exceptions.TransactionCanceledException as cancelled:
        if cancelled.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise


def handler(event, context):
    for record in event["Records"]:
        try:
            count(record)
        except Exception as problem:  # whatever it is, the records before this one are counted
            print("not counted:", record["eventID"], repr(problem))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
