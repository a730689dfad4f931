"""A user with every S3 right tries to gain IAM rights, by each road that is known to lead there elsewhere."""

import io
import json
import zipfile

import botocore.exceptions

import harness

ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
S3_ONLY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)
ROLE_TEMPLATE = json.dumps(
    {
        "Resources": {
            "Admin": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"PolicyName": "all", "PolicyDocument": json.loads(ALL), "Users": ["climber"]},
            }
        }
    }
)


def trust(principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def user(server, name, policy):
    iam = server.boto("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def denied(call, *arguments, **parameters):
    """None when the call is denied, else what happened."""
    try:
        call(*arguments, **parameters)
        return "was allowed"
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        return (
            None
            if code in ("AccessDenied", "AccessDeniedException", "InvalidClientTokenId")
            else f"ended with {error}"
        )


def code():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return 1\n")
    return packed.getvalue()


def roads(server, climber):
    """(name, call, parameters) of every attempt."""
    iam, sts = server.boto("iam", climber), server.boto("sts", climber)
    functions, stacks = server.boto("lambda", climber), server.boto("cloudformation", climber)
    role = f"arn:aws:iam::{server.account}:role/admin"
    named, policy = {"UserName": "climber"}, {"PolicyName": "more", "PolicyDocument": ALL}
    function = {"Runtime": "python3.11", "Handler": "app.handler", "Code": {"ZipFile": code()}}
    return [
        ("an inline policy for himself", iam.put_user_policy, {**named, **policy}),
        (
            "a managed policy for himself",
            iam.attach_user_policy,
            {**named, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        ("a new policy", iam.create_policy, policy),
        (
            "a new version of a policy he has",
            iam.create_policy_version,
            {
                "PolicyArn": f"arn:aws:iam::{server.account}:policy/shared",
                "PolicyDocument": ALL,
                "SetAsDefault": True,
            },
        ),
        (
            "another default version",
            iam.set_default_policy_version,
            {"PolicyArn": f"arn:aws:iam::{server.account}:policy/shared", "VersionId": "v1"},
        ),
        ("a key of an administrator", iam.create_access_key, {"UserName": "boss"}),
        ("a key of the root user", iam.create_access_key, {}),
        ("membership in the administrators", iam.add_user_to_group, {**named, "GroupName": "bosses"}),
        ("a policy for his group", iam.put_group_policy, {"GroupName": "staff", **policy}),
        (
            "a trust policy that names him",
            iam.update_assume_role_policy,
            {"RoleName": "admin", "PolicyDocument": trust({"AWS": "*"})},
        ),
        (
            "a role of his own",
            iam.create_role,
            {"RoleName": "mine", "AssumeRolePolicyDocument": trust({"AWS": "*"})},
        ),
        ("a policy for a role", iam.put_role_policy, {"RoleName": "admin", **policy}),
        (
            "a policy attached to a role",
            iam.attach_role_policy,
            {"RoleName": "admin", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        (
            "a wider boundary",
            iam.put_user_permissions_boundary,
            {**named, "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        ("no boundary", iam.delete_user_permissions_boundary, named),
        ("no inline policy of his", iam.delete_user_policy, {**named, "PolicyName": "given"}),
        ("a new user", iam.create_user, {"UserName": "puppet"}),
        ("tags that conditions look at", iam.tag_user, {**named, "Tags": [{"Key": "admin", "Value": "yes"}]}),
        ("the administrators' role", sts.assume_role, {"RoleArn": role, "RoleSessionName": "climb"}),
        (
            "a function with the administrators' role",
            functions.create_function,
            {"FunctionName": "climb", "Role": role, **function},
        ),
        (
            "new code in an administrator's function",
            functions.update_function_code,
            {"FunctionName": "boss", "ZipFile": code()},
        ),
        ("an administrator's function to run", functions.invoke, {"FunctionName": "boss"}),
        (
            "a function open to all",
            functions.add_permission,
            {
                "FunctionName": "boss",
                "StatementId": "all",
                "Action": "lambda:InvokeFunction",
                "Principal": "*",
            },
        ),
        (
            "a stack that gives him rights",
            stacks.create_stack,
            {"StackName": "climb", "TemplateBody": ROLE_TEMPLATE, "Capabilities": ["CAPABILITY_NAMED_IAM"]},
        ),
        (
            "a stack with the administrators' role",
            stacks.create_stack,
            {
                "StackName": "climb2",
                "TemplateBody": ROLE_TEMPLATE,
                "RoleARN": role,
                "Capabilities": ["CAPABILITY_NAMED_IAM"],
            },
        ),
        ("the list of users", iam.list_users, {}),
    ]


def attempts(server):
    iam = server.boto("iam")
    climber = user(server, "climber", S3_ONLY)
    user(server, "boss", ALL)
    iam.create_group(GroupName="bosses")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="climber")
    shared = iam.create_policy(PolicyName="shared", PolicyDocument=S3_ONLY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="climber", PolicyArn=shared)
    role = iam.create_role(
        RoleName="admin", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )
    iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=ALL)
    server.boto("lambda").create_function(
        FunctionName="boss",
        Role=role["Role"]["Arn"],
        Runtime="python3.11",
        Handler="app.handler",
        Code={"ZipFile": code()},
    )
    for name, call, parameters in roads(server, climber):
        yield f"a user with S3 rights does not get {name}", denied(call, **parameters)
    yield from stays_small(server, climber)
    yield from session_stays_small(server, climber)


def stays_small(server, climber):
    """After all attempts the user has his S3 rights, and nothing was left behind."""
    try:
        server.boto("s3", climber).create_bucket(Bucket="climber-bucket")
        yield "the user still has the S3 rights given", None
    except botocore.exceptions.ClientError as error:
        yield "the user still has the S3 rights given", str(error)
    iam = server.boto("iam")
    names = sorted(each["UserName"] for each in iam.list_users()["Users"])
    yield "no identity was made", None if names == ["boss", "climber"] else f"users are {names}"
    policies = iam.list_user_policies(UserName="climber")["PolicyNames"]
    yield "no policy was added", None if policies == ["given"] else f"policies are {policies}"
    yield "the boss has one key", (
        None if len(iam.list_access_keys(UserName="boss")["AccessKeyMetadata"]) == 1 else "a key was added"
    )


def session_stays_small(server, climber):
    """Temporary credentials give no more than the user has, and a token cannot be edited into more."""
    token = server.boto("sts", climber).get_session_token()["Credentials"]
    session = harness.Credentials(token["AccessKeyId"], token["SecretAccessKey"], token["SessionToken"])
    yield "a session of the user does not list users", denied(server.boto("iam", session).list_users)
    text = token["SessionToken"]
    for place in (0, len(text) // 2, len(text) - 2):
        letter = "A" if text[place] != "A" else "B"
        forged = harness.Credentials(
            token["AccessKeyId"], token["SecretAccessKey"], text[:place] + letter + text[place + 1 :]
        )
        problem = denied(server.boto("s3", forged).list_buckets)
        # Services name a broken token in their own words; what counts is that it opens nothing.
        yield f"a session token changed at {place} is refused", None if problem != "was allowed" else problem
    yield "a session without its token is refused", denied_or_unknown(
        server, harness.Credentials(token["AccessKeyId"], token["SecretAccessKey"])
    )


def denied_or_unknown(server, credentials):
    problem = denied(server.boto("sts", credentials).get_caller_identity)
    return None if problem != "was allowed" else problem
