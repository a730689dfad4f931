"""The load of the crash test: workers that write, and remember what was acknowledged.

Each worker owns its names, so what must be there is known without talking to the others. A write is
acknowledged (must be there), or in doubt (the connection ended before the answer: both states are allowed,
and the next reading settles which one it is).
"""

import hashlib
import io
import json
import random
import threading
import time
import zipfile

import botocore.exceptions
import durable_sdk

BUCKET = "crash"
KEYS = 24
FUNCTION = "crash-async"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
RIGHTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/async/*"}
        ],
    }
)
CODE = (
    """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket="%s", Key="async/" + event["id"], Body=b"done")
"""
    % BUCKET
)
# A durable function of the bare protocol. What a step drew is told to S3 once its checkpoint is acknowledged.
DURABLE_FUNCTION = "crash-durable"
DURABLE_RIGHTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/durable/*"},
            {
                "Effect": "Allow",
                "Action": "lambda:CheckpointDurableExecution",
                "Resource": f"arn:aws:lambda:*:*:function:{DURABLE_FUNCTION}:*",
            },
        ],
    }
)
DURABLE_CODE = (
    """
import json, os, urllib.parse
import boto3, botocore.auth, botocore.awsrequest, botocore.httpsession, botocore.session

s3 = boto3.client("s3")
endpoint = boto3.client("lambda").meta.endpoint_url
http = botocore.httpsession.URLLib3Session()

def checkpoint(state, *updates):
    arn = urllib.parse.quote(state["DurableExecutionArn"], safe="")
    body = json.dumps({"CheckpointToken": state["CheckpointToken"], "Updates": updates})
    request = botocore.awsrequest.AWSRequest(
        "POST", f"{endpoint}/2025-12-01/durable-executions/{arn}/checkpoint", data=body)
    keys = botocore.session.get_session().get_credentials()
    botocore.auth.SigV4Auth(keys, "lambda", os.environ["AWS_REGION"]).add_auth(request)
    answer = http.send(request.prepare())
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    state["CheckpointToken"] = json.loads(answer.content)["CheckpointToken"]

def handler(state, context):
    known = {each["Id"]: each for each in state["InitialExecutionState"]["Operations"]}
    execution = state["InitialExecutionState"]["Operations"][0]
    mark = json.loads(execution["ExecutionDetails"]["InputPayload"])["id"]
    drawn = []
    for name in ("a", "b", "c"):
        if name not in known:
            value = os.urandom(4).hex()
            checkpoint(state, {"Id": name, "Type": "STEP", "Action": "SUCCEED", "Payload": value})
            s3.put_object(Bucket="%s", Key=f"durable/{mark}/{name}/{value}", Body=b"")
            drawn.append(value)
        else:
            drawn.append(known[name]["StepDetails"]["Result"])
        pause = "after-" + name
        if pause not in known:
            options = {"WaitOptions": {"WaitSeconds": 1}}
            checkpoint(state, {"Id": pause, "Type": "WAIT", "Action": "START", **options})
        if known.get(pause, {}).get("Status") != "SUCCEEDED":
            return {"Status": "PENDING"}
    return {"Status": "SUCCEEDED", "Result": json.dumps(drawn)}
"""
    % BUCKET
)


class Lost(Exception):
    """Something that was acknowledged is not there, or something is there that nobody wrote."""


def in_doubt(error):
    """Whether the answer was lost, rather than the request refused."""
    if isinstance(error, botocore.exceptions.ClientError):
        return error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    return isinstance(
        error, (botocore.exceptions.BotoCoreError, botocore.exceptions.HTTPClientError, OSError)
    )


class Worker:
    def __init__(self, name, seed):
        self.name, self.dice, self.acknowledged = name, random.Random(f"{seed} {name}"), 0

    def prepare(self, server):
        """Makes what the worker needs, once."""

    def connect(self, server):
        raise NotImplementedError

    def step(self):
        raise NotImplementedError

    def verify(self):
        raise NotImplementedError

    def run(self, stop):
        while not stop.is_set():
            try:
                self.step()
                self.acknowledged += 1
            except Exception as error:  # noqa: BLE001 - the kill shows as many errors
                if not in_doubt(error):
                    raise
                if not stop.is_set():
                    time.sleep(0.01)


class Objects(Worker):
    """Puts, multipart uploads, copies and deletes of objects."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.state = {f"{name}/{number}": None for number in range(KEYS)}  # key -> digest, None: not there
        self.doubt = {}
        self.history = {key: [] for key in self.state}  # what was asked of each key, for the report of a loss

    def connect(self, server):
        self.s3 = server.boto("s3", read_timeout=120)

    def body(self):
        size = self.dice.choice([0, 10, 4096, 70_000, 300_000])
        return self.dice.randbytes(size)

    def step(self):
        key = self.dice.choice(list(self.state))
        kind = self.dice.choice(["put", "put", "put", "parts", "delete"])
        body = self.body() if kind != "delete" else None
        digest = None if body is None else hashlib.sha256(body).hexdigest()
        self.doubt.setdefault(key, set()).add(digest)
        self.history[key].append([kind, digest, "in doubt"])
        if kind == "put":
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        elif kind == "parts":
            self.upload_in_parts(key, body)
        else:
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.state[key] = digest
        self.doubt.pop(key)
        self.history[key][-1][2] = "acknowledged"

    def upload_in_parts(self, key, body):
        upload = self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        named = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
        etag = self.s3.upload_part(**named, PartNumber=1, Body=body)["ETag"]
        self.s3.complete_multipart_upload(
            **named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
        )

    def verify(self):
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=self.name + "/").get("Contents", [])
        sizes = {entry["Key"]: entry["Size"] for entry in listed}
        if unknown := set(sizes) - set(self.state):
            raise Lost(f"objects that nobody wrote: {sorted(unknown)}")
        for key, digest in self.state.items():
            seen = self.read(key, sizes)
            if seen != digest and seen not in self.doubt.get(key, set()):
                last = self.history[key][-6:]
                raise Lost(f"s3://{BUCKET}/{key} is {seen}, acknowledged was {digest}; asked last: {last}")
            self.state[key] = seen
        self.doubt.clear()

    def read(self, key, sizes):
        try:
            body = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            if key in sizes:
                raise Lost(f"s3://{BUCKET}/{key} is listed and cannot be read") from None
            return None
        if sizes.get(key) != len(body):
            raise Lost(f"s3://{BUCKET}/{key} is listed with {sizes.get(key)} bytes and has {len(body)}")
        return hashlib.sha256(body).hexdigest()


class Users(Worker):
    """Makes and deletes users with a tag and an access key."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.users, self.doubt, self.turn = {}, {}, 0  # user -> the value of its tag

    def connect(self, server):
        self.iam = server.boto("iam", read_timeout=120)

    def step(self):
        if self.users and self.dice.random() < 0.4:
            user = self.dice.choice(sorted(self.users))
            self.doubt[user] = (self.users[user], None)
            self.iam.delete_user(UserName=user)
            del self.users[user]
        else:
            self.turn += 1
            user, value = f"{self.name}-{self.turn}", str(self.dice.randrange(10**9))
            self.doubt[user] = (None, value)
            self.iam.create_user(
                UserName=user, Path=f"/{self.name}/", Tags=[{"Key": "value", "Value": value}]
            )
            self.users[user] = value
        self.doubt.pop(user)

    def verify(self):
        pages = self.iam.get_paginator("list_users").paginate(PathPrefix=f"/{self.name}/")
        there = {user["UserName"] for page in pages for user in page["Users"]}
        for user, allowed in self.doubt.items():
            self.users.pop(user, None)
            if user in there:
                self.users[user] = next(value for value in allowed if value is not None)
        self.doubt.clear()
        if there != set(self.users):
            raise Lost(f"users differ: missing {set(self.users) - there}, unknown {there - set(self.users)}")
        for user in self.dice.sample(sorted(there), min(5, len(there))):
            tags = {tag["Key"]: tag["Value"] for tag in self.iam.list_user_tags(UserName=user)["Tags"]}
            if tags != {"value": self.users[user]}:
                raise Lost(f"user {user} has the tags {tags}, acknowledged was {self.users[user]}")


class Events(Worker):
    """Writes numbered log events; a batch is there whole or not at all."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.batches, self.turn = [], 0  # [messages, acknowledged], in the order they were sent

    def prepare(self, server):
        logs = server.boto("logs")
        logs.create_log_group(logGroupName="/crash")
        logs.create_log_stream(logGroupName="/crash", logStreamName=self.name)

    def connect(self, server):
        self.logs = server.boto("logs", read_timeout=120)

    def step(self):
        now = int(time.time() * 1000)
        batch = []
        for _ in range(self.dice.randrange(1, 8)):
            self.turn += 1
            batch.append({"timestamp": now, "message": f"event {self.turn}"})
        self.batches.append([[event["message"] for event in batch], False])
        self.logs.put_log_events(logGroupName="/crash", logStreamName=self.name, logEvents=batch)
        self.batches[-1][1] = True

    def verify(self):
        seen, token = [], {}
        while True:
            page = self.logs.get_log_events(
                logGroupName="/crash", logStreamName=self.name, startFromHead=True, **token
            )
            seen += [event["message"] for event in page["events"]]
            if token.get("nextToken") == page["nextForwardToken"]:
                break
            token = {"nextToken": page["nextForwardToken"]}
        at = 0
        for messages, acknowledged in self.batches:
            times = 0
            while seen[at : at + len(messages)] == messages:
                at, times = at + len(messages), times + 1
                # A client that lost the answer asks again: twice is allowed, as for AWS's own service.
            if acknowledged and not times:
                raise Lost(f"{self.name}: {messages} was acknowledged and is not at {at} of {len(seen)}")
        if at != len(seen):
            raise Lost(f"{self.name}: {seen[at]} stands at {at} and nobody wrote it there")
        self.batches = [[seen, True]] if seen else []


class Invocations(Worker):
    """Asynchronous invocations: each acknowledged one leaves its object, whenever the server is killed."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.sent, self.turn = [], 0

    def prepare(self, server):
        iam = server.boto("iam")
        role = iam.create_role(RoleName=FUNCTION, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName=FUNCTION, PolicyName="put", PolicyDocument=RIGHTS)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", CODE)
        server.boto("lambda").create_function(
            FunctionName=FUNCTION,
            Runtime="python3.11",
            Handler="app.handler",
            Role=role,
            Timeout=20,
            Code={"ZipFile": packed.getvalue()},
        )

    def connect(self, server):
        self.functions = server.boto("lambda", read_timeout=120)
        self.s3 = server.boto("s3")

    def step(self):
        self.turn += 1
        mark = f"{self.turn:05d}"
        payload = json.dumps({"id": mark})
        self.functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=payload)
        self.sent.append(mark)
        time.sleep(0.03)

    def verify(self):
        """Nothing to see yet: an effect may be late, so await_all() looks when the load is over."""

    def await_all(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="async/")
            done = {
                entry["Key"].removeprefix("async/") for page in pages for entry in page.get("Contents", [])
            }
            missing = sorted(set(self.sent) - done)
            if not missing:
                return
            if time.monotonic() > deadline:
                raise Lost(
                    f"{len(missing)} of {len(self.sent)} acknowledged invocations never ran: {missing[:5]}"
                )
            time.sleep(0.5)


class Executions(Worker):
    """Durable executions: each acknowledged one comes to its end with every result that a step had kept."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.begun, self.turn = {}, 0  # mark -> ARN

    def prepare(self, server):
        iam = server.boto("iam")
        role = iam.create_role(RoleName=DURABLE_FUNCTION, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName=DURABLE_FUNCTION, PolicyName="durable", PolicyDocument=DURABLE_RIGHTS)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", DURABLE_CODE)
        durable_sdk.Client(server)(
            "CreateFunction",
            FunctionName=DURABLE_FUNCTION,
            Runtime="python3.11",
            Handler="app.handler",
            Role=role,
            Timeout=20,
            DurableConfig={"ExecutionTimeout": 3600},
            Code={"ZipFile": packed.getvalue()},
        )

    def connect(self, server):
        self.functions, self.s3 = durable_sdk.Client(server), server.boto("s3")

    def step(self):
        self.turn += 1
        mark = f"{self.turn:05d}"
        answer = self.functions(
            "Invoke",
            FunctionName=f"{DURABLE_FUNCTION}:$LATEST",
            InvocationType="Event",
            DurableExecutionName=mark,
            Payload=json.dumps({"id": mark}),
        )
        self.begun[mark] = answer["DurableExecutionArn"]
        time.sleep(0.1)

    def verify(self):
        """Nothing to see yet: an execution may be under way, so await_all() looks when the load is over."""

    def await_all(self, seconds):
        deadline = time.monotonic() + seconds
        for mark, arn in self.begun.items():
            now = self.functions("GetDurableExecution", DurableExecutionArn=arn)
            while now["Status"] == "RUNNING":
                if time.monotonic() > deadline:
                    raise Lost(f"the execution {mark} of {len(self.begun)} did not come to its end")
                time.sleep(0.2)
                now = self.functions("GetDurableExecution", DurableExecutionArn=arn)
            if now["Status"] != "SUCCEEDED":
                raise Lost(f"the execution {mark} is {now['Status']}: {now.get('Error')}")
            self.check_steps(mark, json.loads(now["Result"]))

    def check_steps(self, mark, results):
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"durable/{mark}/").get("Contents", [])
        for entry in listed:
            _, _, name, value = entry["Key"].split("/")
            if results["abc".index(name)] != value:
                raise Lost(f"step {name} of execution {mark} had kept {value} and ended with {results}")


def run_for(workers, seconds, end):
    """Runs all workers, calls end() after the given time, and waits until they have noticed."""
    stop, problems = threading.Event(), []

    def work(worker):
        try:
            worker.run(stop)
        except Exception as error:  # noqa: BLE001
            problems.append(f"{worker.name}: {error!r}")

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    end()
    stop.set()
    for thread in threads:
        thread.join()
    return problems
