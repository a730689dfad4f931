"""Sessions over HTTP, behind a function URL.

POST   /sessions            {"user": "ann", "data": {...}}   opens a session
GET    /sessions/ID                                          shows it and prolongs it
DELETE /sessions/ID                                          closes it
GET    /users/NAME          the user's open sessions, newest first, and their counts

A session that has expired is not there, whether or not its item has been removed yet.
"""

import base64
import datetime
import json
import os
import secrets
import time

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

database = boto3.resource("dynamodb")
sessions = database.Table(os.environ["SESSIONS"])
totals = database.Table(os.environ["TOTALS"])
SECONDS = int(os.environ["SESSION_MINUTES"]) * 60


class Refusal(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


def read_body(event):
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    try:
        body = json.loads(text)
    except ValueError:
        raise Refusal(400, "the body must be JSON") from None
    if not isinstance(body, dict) or not isinstance(body.get("user"), str) or not body["user"]:
        raise Refusal(400, "a session needs a user")
    return body


def open_session(event):
    body, now = read_body(event), int(time.time())
    session = {
        "id": secrets.token_urlsafe(18),
        "user": body["user"],
        "opened": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "expires": now + SECONDS,
        "data": json.dumps(body.get("data", {})),
    }
    sessions.put_item(Item=session, ConditionExpression=Attr("id").not_exists())
    return 201, shown(session)


def use_session(name):
    """Shows and prolongs in one step, so that a session cannot end in between."""
    now = int(time.time())
    try:
        answer = sessions.update_item(
            Key={"id": name},
            UpdateExpression="SET expires = :until",
            ConditionExpression="attribute_exists(id) AND expires > :now",
            ExpressionAttributeValues={":until": now + SECONDS, ":now": now},
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise Refusal(404, "there is no such session") from None
    return 200, shown(answer["Attributes"])


def close_session(name):
    sessions.delete_item(Key={"id": name})
    return 204, None


def show_user(name):
    found = sessions.query(
        IndexName="by-user",
        KeyConditionExpression=Key("user").eq(name),
        FilterExpression=Attr("expires").gt(int(time.time())),
        ScanIndexForward=False,
    )
    counts = totals.get_item(Key={"user": name}, ConsistentRead=True).get("Item", {})
    return 200, {
        "user": name,
        "sessions": [shown(session) for session in found["Items"]],
        **{word: int(counts.get(word, 0)) for word in ("opened", "closed", "expired")},
    }


def shown(session):
    return {
        "id": session["id"],
        "user": session["user"],
        "opened": session["opened"],
        "expires": int(session["expires"]),
        "data": json.loads(session["data"]),
    }


def route(event):
    method = event["requestContext"]["http"]["method"]
    words = [word for word in event["rawPath"].split("/") if word]
    if method == "POST" and words == ["sessions"]:
        return open_session(event)
    if len(words) == 2 and words[0] == "sessions" and method == "GET":
        return use_session(words[1])
    if len(words) == 2 and words[0] == "sessions" and method == "DELETE":
        return close_session(words[1])
    if len(words) == 2 and words[0] == "users" and method == "GET":
        return show_user(words[1])
    raise Refusal(404, "there is nothing here")


def handler(event, context):
    try:
        status, answer = route(event)
    except Refusal as refusal:
        status, answer = refusal.status, {"error": refusal.reason}
    if answer is None:
        return {"statusCode": status}
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(answer)}
