"""Function URLs: whoever does not sign, signs wrongly, or may not, gets nothing and runs nothing."""

import datetime
import http.client
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import functions
import harness

MARK = "the function has run"
CODE = f"def handler(event, context):\n    return {MARK!r}\n"


class Caller:
    def __init__(self, server, url):
        self.server, self.url = server, url

    def sign(self, credentials, service="lambda", url=None, region="us-east-1", shift=0):
        url = url or self.url
        request = botocore.awsrequest.AWSRequest("POST", url, data="{}")
        keys = botocore.credentials.Credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
        )
        moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=shift)
        original = botocore.auth.datetime

        class At:
            class datetime(datetime.datetime):  # noqa: N801 - the module's own name
                @classmethod
                def utcnow(cls):
                    return moment

        botocore.auth.datetime = At
        try:
            botocore.auth.SigV4Auth(keys, service, region).add_auth(request)
        finally:
            botocore.auth.datetime = original
        return dict(request.headers)

    def send(self, headers=None, url=None, body="{}", host=None):
        parts = urllib.parse.urlsplit(url or self.url)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Host": host or parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


def refused(answer):
    status, text = answer
    if status != 403:
        return f"answered {status}: {text[:200]}"
    if MARK in text or "Traceback" in text:
        return f"told too much: {text[:200]}"
    return None


def attempts(server):
    client, iam = server.boto("lambda"), server.boto("iam")
    role = iam.create_role(RoleName="urls", AssumeRolePolicyDocument=functions.TRUST)["Role"]["Arn"]

    def make(name, auth):
        code = {"ZipFile": functions.packed({"app.py": CODE})}
        client.create_function(
            FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=role, Code=code
        )
        return client.create_function_url_config(FunctionName=name, AuthType=auth)["FunctionUrl"]

    caller = Caller(server, make("guarded", "AWS_IAM"))
    root = server.credentials
    status, text = caller.send(caller.sign(root))
    yield "the owner's signature is taken", None if MARK in text else f"answered {status}: {text}"
    yield "an unsigned request is refused", refused(caller.send())
    wrong = harness.Credentials(root.access_key_id, root.secret_access_key[:-1] + "#")
    yield "a wrong signature is refused", refused(caller.send(caller.sign(wrong)))
    unknown = harness.Credentials("AKIAUNKNOWN000000000", root.secret_access_key)
    yield "an unknown key is refused", refused(caller.send(caller.sign(unknown)))
    yield "a signature of yesterday is refused", refused(caller.send(caller.sign(root, shift=-86400)))
    yield "a signature of tomorrow is refused", refused(caller.send(caller.sign(root, shift=86400)))
    yield "a signature for another service is refused", refused(caller.send(caller.sign(root, service="s3")))
    elsewhere = caller.sign(root, region="eu-west-1")
    yield "a signature for another region is refused", refused(caller.send(elsewhere))
    yield "a changed body is refused", refused(caller.send(caller.sign(root), body='{"x":1}'))
    changed = caller.url + "other?x=1"
    yield "a changed path is refused", refused(caller.send(caller.sign(root), url=changed))
    other = make("other", "AWS_IAM")
    yield "a signature for another URL is refused", refused(caller.send(caller.sign(root), url=other))
    yield "a signature for the API's address is refused", refused(
        caller.send(caller.sign(root, url=server.endpoint + "/"))
    )
    yield "the other account is refused", refused(caller.send(caller.sign(harness.OTHER_ROOT)))
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    yield "a user without rights is refused", refused(caller.send(caller.sign(nobody)))
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        allow_only(iam, action, "*")
        yield f"a user with {action} alone is refused", refused(caller.send(caller.sign(nobody)))
    elsewhere = f"arn:aws:lambda:us-east-1:{server.account}:function:other"
    allow_only(iam, "lambda:*", elsewhere)
    yield "a user of another function is refused", refused(caller.send(caller.sign(nobody)))
    iam.update_access_key(UserName="nobody", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    allow_only(iam, "lambda:*", "*")
    yield "an inactive key is refused", refused(caller.send(caller.sign(nobody)))
    public = make("public", "NONE")
    yield "a URL without a policy is refused", refused(caller.send(url=public))
    signed = caller.sign(root, url=public)
    yield "a signature does not replace the policy", refused(caller.send(signed, url=public))
    client.add_permission(
        FunctionName="public",
        StatementId="half",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    yield "one of the two grants opens nothing", refused(caller.send(url=public))
    made_up = "a" * 32 + "." + urllib.parse.urlsplit(caller.url).netloc.split(".", 1)[1]
    yield "a URL that does not exist is refused", refused(caller.send(caller.sign(root), host=made_up))
    region = urllib.parse.urlsplit(caller.url).netloc.replace("us-east-1", "eu-west-1")
    yield "a URL in another region is refused", refused(caller.send(host=region))
    client.delete_function(FunctionName="other")
    signed = caller.sign(root, url=other)
    yield "the URL of a deleted function is refused", refused(caller.send(signed, url=other))


def allow_only(iam, action, resource):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="nobody", PolicyName="p", PolicyDocument=document)
