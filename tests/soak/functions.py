"""The functions of the soak: fifty of ten kinds, most of which misbehave, and the collector of their events.

Every function's asynchronous events end in a destination, the collector, whether they succeed or fail; the
collector writes one object per event, which is how the test knows that none was lost.
"""

import io
import json
import zipfile

BUCKET = "soak"
COLLECTOR = "soak-collector"
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
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"},
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"},
        ],
    }
)
COLLECT = (
    "import boto3\n"
    's3 = boto3.client("s3")\n'
    "def handler(event, context):\n"
    f'    s3.put_object(Bucket="{BUCKET}", Key="done/" + event["requestPayload"]["id"], Body=b"")\n'
)

# name: (runtime, code, settings)
KINDS = {
    "answers": ("python3.11", "def handler(event, context):\n    return event\n", {}),
    "answers-node": ("nodejs20.x", "exports.handler = async (event) => event;\n", {}),
    "sleeps": ("python3.11", "import time\ndef handler(e, c):\n    time.sleep(0.2)\n", {}),
    "raises": ("python3.11", "def handler(event, context):\n    raise ValueError('as always')\n", {}),
    "wavers": (
        "python3.11",
        "import random\ndef handler(e, c):\n    if random.random() < 0.3: raise ValueError('this time')\n",
        {},
    ),
    "hangs": ("python3.11", "import time\ndef handler(e, c):\n    time.sleep(60)\n", {"Timeout": 1}),
    "exits": ("python3.11", "import os\ndef handler(e, c):\n    os._exit(3)\n", {}),
    "grows": (
        "python3.11",
        "def handler(e, c):\n    x = []\n    while True: x.append(bytearray(1 << 22))\n",
        {},
    ),
    "floods": ("python3.11", "def handler(e, c):\n    for _ in range(2000): print('x' * 400)\n", {}),
    "leaves-children": (
        "python3.11",
        "import subprocess\ndef handler(e, c):\n"
        "    subprocess.Popen(['/bin/sh', '-c', 'trap \"\" TERM; sleep 3600'], start_new_session=True)\n",
        {},
    ),
}


def package(runtime, code):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.js" if runtime.startswith("node") else "app.py", code)
    return packed.getvalue()


def create(lambda_client, name, kind, role):
    runtime, code, settings = kind
    lambda_client.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler="index.handler" if runtime.startswith("node") else "app.handler",
        Role=role,
        Code={"ZipFile": package(runtime, code)},
        **{"Timeout": 10, **settings},
    )


def create_all(server, count):
    """Makes the collector and the functions; returns the names of the functions."""
    server.boto("s3").create_bucket(Bucket=BUCKET)
    iam, functions = server.boto("iam"), server.boto("lambda")
    role = iam.create_role(RoleName="soak", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName="soak", PolicyName="soak", PolicyDocument=RIGHTS)
    create(functions, COLLECTOR, ("python3.11", COLLECT, {"Timeout": 30}), role)
    collector = functions.get_function_configuration(FunctionName=COLLECTOR)["FunctionArn"]
    kinds, names = list(KINDS), []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        names.append(f"soak-{number:02d}-{kind}")
        create(functions, names[-1], KINDS[kind], role)
        functions.put_function_event_invoke_config(
            FunctionName=names[-1],
            # What fails always needs no second try to be heard of; what a kill broke gets one.
            MaximumRetryAttempts=1 if kind in ("answers", "answers-node", "sleeps", "floods") else 0,
            DestinationConfig={
                "OnSuccess": {"Destination": collector},
                "OnFailure": {"Destination": collector},
            },
        )
    return names
