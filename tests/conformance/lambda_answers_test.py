"""What AWS's Lambda answers when a request cannot be carried out, and what its answers carry: codes,
messages, which problem is told first, and which changes a revision tells of."""

import json
import unittest
import uuid

import botocore.exceptions

import lambda_test

NO_SUCH = "doesnotexist"
INVALID, MISSING = "InvalidParameterValueException", "ResourceNotFoundException"
CONFLICT, HELD, VALIDATION = "ResourceConflictException", "PreconditionFailedException", "ValidationException"
QUALIFIERS = "The derived qualifier from the function name does not match the specified qualifier."
STALE = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the {} API to retrieve the latest Revision Id"
)


class Answers(unittest.TestCase):
    create = lambda_test.Functions.create

    def setUp(self):
        lambda_test.Functions.setUp(self)
        self.loose = self.server.boto("lambda", parameter_validation=False)
        self.prefix = f"arn:aws:lambda:us-east-1:{self.server.account}:function:"
        self.arn = self.prefix + self.name
        self.made = [self.name]

    def tearDown(self):
        for name in self.made:
            try:
                self.client.delete_function(FunctionName=name)
            except self.client.exceptions.ResourceNotFoundException:
                pass

    def ready(self, **more):
        """A function with version 1 and an alias of it."""
        self.create(Publish=True, **more)
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")

    def refused(self, code, message, operation, client=None, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError, msg=operation) as raised:
            getattr(client or self.loose, operation)(**arguments)
        error = raised.exception.response["Error"]
        self.assertEqual((error["Code"], error["Message"]), (code, message), f"{operation} {arguments}")

    def each(self, operation, cases, **common):
        for code, message, arguments in cases:
            self.refused(code, message, operation, **{**common, **arguments})

    def revision(self, **more):
        return self.client.get_function_configuration(FunctionName=self.name, **more)["RevisionId"]

    def test_names(self):
        """who asks for what is not there is told of the name as it was asked for"""
        arn, there = self.prefix + NO_SUCH, {"FunctionName": NO_SUCH}
        gone = (MISSING, "Function not found: " + arn)
        for operation in (
            "get_function",
            "get_function_configuration",
            "delete_function",
            "get_function_concurrency",
            "get_function_code_signing_config",
            "get_policy",
            "list_versions_by_function",
            "list_provisioned_concurrency_configs",
        ):
            self.refused(*gone, operation, **there)
        self.refused(*gone, "delete_function", **there, Qualifier="7")
        self.refused(MISSING, f"Function not found: {arn}:7", "get_function", **there, Qualifier="7")
        self.refused(INVALID, QUALIFIERS, "get_function", FunctionName=arn + ":1", Qualifier="$LATEST")
        self.refused(
            MISSING,
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
            "get_function",
            FunctionName=arn.replace("us-east-1", "eu-west-1"),
        )
        self.create()
        self.client.delete_function(FunctionName=self.name, Qualifier="1233")  # is not there, says AWS
        for qualifier in ("1233", "noalias"):
            message = f"Function not found: {self.arn}:{qualifier}"
            self.refused(MISSING, message, "get_function", FunctionName=self.name, Qualifier=qualifier)

    def test_revisions(self):
        """a revision tells of every change: readiness, publishing, policies; an alias's is its own"""
        made = self.create()["RevisionId"]
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        active = self.revision()
        self.assertNotEqual(made, active)
        stale = (HELD, STALE.format("GetFunction/GetAlias"))
        for operation, arguments in (
            ("publish_version", {}),
            ("update_function_configuration", {"Timeout": 9}),
            ("add_permission", {"StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "*"}),
        ):
            self.refused(*stale, operation, FunctionName=self.name, RevisionId="wrong", **arguments)
        published = self.client.publish_version(FunctionName=self.name, RevisionId=active)
        self.assertEqual(published["RevisionId"], self.revision(Qualifier="1"))
        after = self.revision()
        self.assertEqual(len({active, published["RevisionId"], after}), 3)
        alias = self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")
        self.assertEqual(after, self.revision())
        self.refused(*stale, "update_alias", FunctionName=self.name, Name="live", RevisionId=after)
        changed = self.client.update_alias(
            FunctionName=self.name, Name="live", Description="d", RevisionId=alias["RevisionId"]
        )
        self.assertNotEqual(changed["RevisionId"], alias["RevisionId"])

    def test_policies_have_the_revision_of_their_owner(self):
        """a permission is given and taken with the revision of the function, the version or the alias"""
        self.ready()
        grant = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
        for qualifier, shown in (
            ({}, lambda: self.revision()),
            ({"Qualifier": "1"}, lambda: self.revision(Qualifier="1")),
            (
                {"Qualifier": "live"},
                lambda: self.client.get_alias(FunctionName=self.name, Name="live")["RevisionId"],
            ),
        ):
            of = {"FunctionName": self.name, **qualifier}
            before = shown()
            self.client.add_permission(**of, StatementId="s3", **grant, RevisionId=before)
            self.assertNotEqual(shown(), before)
            policy = self.client.get_policy(**of)
            self.assertEqual(policy["RevisionId"], shown())
            self.assertEqual(json.loads(policy["Policy"])["Id"], "default")
            self.refused(
                HELD,
                STALE.format("GetFunction/GetAlias"),
                "remove_permission",
                **of,
                StatementId="s3",
                RevisionId=before,
            )
            self.client.remove_permission(**of, StatementId="s3", RevisionId=policy["RevisionId"])
            self.assertNotEqual(shown(), policy["RevisionId"])
            self.refused(MISSING, "The resource you requested does not exist.", "get_policy", **of)

    def test_permissions(self):
        """permissions are refused as AWS refuses them"""
        self.ready()
        grant = {
            "FunctionName": self.name,
            "StatementId": "s3",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
        }
        no_alias = f"Cannot find alias arn: {self.arn}:noalias"
        self.each(
            "add_permission",
            [
                (INVALID, QUALIFIERS, {"FunctionName": self.name + ":other", "Qualifier": "42"}),
                (
                    INVALID,
                    "We currently do not support adding policies for $LATEST.",
                    {"Qualifier": "$LATEST"},
                ),
                (
                    INVALID,
                    "The provided principal was invalid. Please check the principal and try again.",
                    {"Principal": "invalid.nonaws.com"},
                ),
                (MISSING, "Function not found: " + self.prefix + NO_SUCH, {"FunctionName": NO_SUCH}),
                (MISSING, no_alias, {"FunctionName": self.name + ":noalias"}),
                (MISSING, f"Function not found: {self.arn}:42", {"Qualifier": "42"}),
                (MISSING, f"Function not found: {self.arn}:with-$-inside", {"Qualifier": "with-$-inside"}),
            ],
            **grant,
        )
        self.client.add_permission(**grant)
        self.refused(
            CONFLICT,
            "The statement id (s3) provided already exists. Please provide a new statement id, or remove "
            "the existing statement.",
            "add_permission",
            **grant,
        )
        self.each(
            "remove_permission",
            [
                (MISSING, "No policy found for: " + self.prefix + NO_SUCH, {"FunctionName": NO_SUCH}),
                (MISSING, no_alias, {"Qualifier": "noalias"}),
                (MISSING, "No policy is associated with the given resource.", {"Qualifier": "live"}),
                (MISSING, "Statement other is not found in resource policy.", {"StatementId": "other"}),
            ],
            FunctionName=self.name,
            StatementId="s3",
        )
        self.refused(
            MISSING,
            "The resource you requested does not exist.",
            "get_policy",
            FunctionName=self.name,
            Qualifier="77",
        )

    def test_aliases(self):
        """aliases of versions that are not there, and weights that cannot be"""
        self.ready()
        missing = (MISSING, f"Function not found: {self.arn}:10")
        self.each(
            "create_alias",
            [
                (*missing, {"FunctionVersion": "10"}),
                (*missing, {"RoutingConfig": {"AdditionalVersionWeights": {"10": 0.5}}}),
                (
                    INVALID,
                    "Number of items in AdditionalVersionWeights cannot be greater than 1",
                    {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.8, "2": 0.2}}},
                ),
                (
                    INVALID,
                    "Invalid function version 1. Function version 1 is already included in routing "
                    "configuration.",
                    {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
                ),
                (
                    INVALID,
                    "$LATEST is not supported for an alias pointing to more than 1 version",
                    {
                        "FunctionVersion": "$LATEST",
                        "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}},
                    },
                ),
                (
                    MISSING,
                    f"Function not found: {self.prefix}{NO_SUCH}:1",
                    {"FunctionName": NO_SUCH},
                ),
                (CONFLICT, f"Alias already exists: {self.arn}:live", {"Name": "live"}),
            ],
            **{"FunctionName": self.name, "Name": "other", "FunctionVersion": "1"},
        )
        self.refused(
            MISSING,
            f"Cannot find alias arn: {self.arn}:other",
            "get_alias",
            FunctionName=self.name,
            Name="other",
        )
        self.refused(
            MISSING,
            f"Alias not found: {self.arn}:other",
            "update_alias",
            FunctionName=self.name,
            Name="other",
        )

    def test_event_invoke_configs(self):
        """destinations are always shown, and a configuration is told from its function"""
        self.ready()
        of = {"FunctionName": self.name}
        shown = self.client.put_function_event_invoke_config(**of, MaximumRetryAttempts=1)
        self.assertEqual(shown["DestinationConfig"], {"OnSuccess": {}, "OnFailure": {}})
        gone = (MISSING, "The function doesn't exist.")
        none = "The function {} doesn't have an EventInvokeConfig"
        there = {"FunctionName": NO_SUCH}
        at_least = "You must specify at least one of error handling or destination setting."
        self.refused(INVALID, at_least, "put_function_event_invoke_config", **there)
        for operation in ("put_function_event_invoke_config", "update_function_event_invoke_config"):
            self.refused(*gone, operation, **there, MaximumRetryAttempts=1)
            self.refused(*gone, operation, **of, Qualifier="noalias", MaximumRetryAttempts=1)
        self.refused(*gone, "list_function_event_invoke_configs", **there)
        for operation in ("get_function_event_invoke_config", "delete_function_event_invoke_config"):
            self.refused(MISSING, none.format(self.prefix + NO_SUCH + ":$LATEST"), operation, **there)
            self.refused(MISSING, none.format(self.arn + ":noalias"), operation, **of, Qualifier="noalias")
        odd = self.arn.replace(":lambda:", ":iam:")
        self.each(
            "put_function_event_invoke_config",
            [
                (
                    INVALID,
                    f"The destination ARN {self.prefix}{NO_SUCH} is invalid.",
                    {"DestinationConfig": {"OnSuccess": {"Destination": self.prefix + NO_SUCH}}},
                ),
                (
                    INVALID,
                    "You can't specify the function as a destination for itself.",
                    {"DestinationConfig": {"OnSuccess": {"Destination": self.arn}}},
                ),
                (
                    INVALID,
                    "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination="
                    f"{odd}), onFailure=null) is invalid.",
                    {"DestinationConfig": {"OnSuccess": {"Destination": odd}}},
                ),
            ],
            **of,
        )

    def test_concurrency(self):
        """reservations and provisioned concurrency of what cannot have them"""
        self.ready()
        self.refused(
            INVALID,
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
            "operation. Please specify either a function name or an unqualified function ARN.",
            "put_function_concurrency",
            FunctionName=self.arn + ":$LATEST",
            ReservedConcurrentExecutions=0,
        )
        self.refused(
            MISSING,
            f"Function not found: {self.prefix}{NO_SUCH}:$LATEST",
            "put_function_concurrency",
            FunctionName=NO_SUCH,
            ReservedConcurrentExecutions=1,
        )
        unpublished = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        neither = "The function resource provided must be an alias or a published version."
        for operation, latest, more in (
            ("get_provisioned_concurrency_config", neither, {}),
            ("delete_provisioned_concurrency_config", neither, {}),
            (
                "put_provisioned_concurrency_config",
                unpublished,
                {"ProvisionedConcurrentExecutions": 1},
            ),
        ):
            self.each(
                operation,
                [
                    (
                        MISSING,
                        f"Cannot find alias arn: {self.prefix}{NO_SUCH}:noalias",
                        {"FunctionName": NO_SUCH, "Qualifier": "noalias"},
                    ),
                    (MISSING, f"Cannot find alias arn: {self.arn}:noalias", {"Qualifier": "noalias"}),
                    (MISSING, f"Function not found: {self.arn}:10", {"Qualifier": "10"}),
                    (
                        MISSING,
                        f"Function not found: {self.prefix}{NO_SUCH}:1",
                        {"FunctionName": NO_SUCH, "Qualifier": "1"},
                    ),
                    (INVALID, latest, {"Qualifier": "$LATEST"}),
                ],
                FunctionName=self.name,
                **more,
            )
        self.client.delete_provisioned_concurrency_config(FunctionName=self.name, Qualifier="1")

    def test_urls(self):
        """function URLs are of functions and aliases that are there"""
        self.ready()
        pattern = (
            "Member must satisfy regular expression pattern: "
            r"(^\$LATEST$)|((?!^[0-9]+$)([a-zA-Z0-9-_]+))"
        )
        none = "The resource you requested does not exist."
        no_function = "Function does not exist"
        for operation, gone, more in (
            ("create_function_url_config", no_function, {"AuthType": "NONE"}),
            ("update_function_url_config", no_function, {"AuthType": "NONE"}),
            ("get_function_url_config", none, {}),
            ("delete_function_url_config", none, {}),
        ):
            refusals = [
                (MISSING, gone, {"FunctionName": NO_SUCH}),
                (MISSING, gone, {"Qualifier": "v1"}),
                (INVALID, QUALIFIERS, {"FunctionName": self.name + ":other", "Qualifier": "live"}),
            ]
            message = "1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: "
            refusals.append((VALIDATION, message + pattern, {"FunctionName": NO_SUCH, "Qualifier": "1"}))
            self.each(operation, refusals, FunctionName=self.name, **more)
        self.refused(MISSING, no_function, "list_function_url_configs", FunctionName=NO_SUCH)

    def test_tags(self):
        """tags are of functions, fifty at most, and at least one is given"""
        self.create()
        unsupported = (
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
        many = {f"k{n}": "v" for n in range(51)}
        self.each(
            "tag_resource",
            [
                (MISSING, f"Function not found: {self.prefix}{NO_SUCH}", {"Resource": self.prefix + NO_SUCH}),
                (INVALID, unsupported, {"Resource": self.arn + ":v1"}),
                (INVALID, unsupported, {"Resource": self.arn + ":$LATEST"}),
                (INVALID, "Number of tags exceeds resource tag limit.", {"Tags": many}),
                (INVALID, "An error occurred and the request cannot be processed.", {"Tags": {}}),
            ],
            Resource=self.arn,
            Tags={"a": "b"},
        )
        self.refused(
            VALIDATION,
            "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must "
            "not be null",
            "untag_resource",
            Resource=self.arn,
            TagKeys=[],
        )

    def test_lists(self):
        """items of lists tell no states; what was given empty is shown empty"""
        self.ready(Environment={"Variables": {}})
        shown = self.client.get_function_configuration(FunctionName=self.name)
        self.assertEqual(shown["Environment"], {"Variables": {}})
        items = self.client.list_versions_by_function(FunctionName=self.name)["Versions"]
        items += [
            one
            for page in self.client.get_paginator("list_functions").paginate(FunctionVersion="ALL")
            for one in page["Functions"]
            if one["FunctionName"] == self.name
        ]
        self.assertEqual(len(items), 4)
        for one in items:
            for member in ("State", "LastUpdateStatus", "RuntimeVersionConfig"):
                self.assertNotIn(member, one)

    def test_settings(self):
        """functions that cannot be as they are asked for"""
        self.create()
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            self.create(f"arn:aws:lambda:us-east-1:999988887777:function:{self.name}")
        answer = raised.exception.response
        self.assertEqual(answer["Error"]["Code"], "AccessDeniedException")
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 403)
        size = 4096 - len('{"LARGE":""}')
        variables = {"LARGE": "x" * size}
        self.client.update_function_configuration(
            FunctionName=self.name, Environment={"Variables": variables}
        )
        variables["LARGE"] += "x"
        too_many = (
            "Lambda was unable to configure your environment variables because the environment variables "
            "you have provided exceeded the 4KB limit. String measured: "
            + json.dumps(variables, separators=(",", ":"))
        )
        self.each(
            "update_function_configuration",
            [
                (INVALID, too_many, {"Environment": {"Variables": variables}}),
                (
                    INVALID,
                    "Layers are not in the same region as the function. Layers are expected to be in region "
                    "us-east-1.",
                    {"Layers": [f"arn:aws:lambda:eu-west-1:{self.server.account}:layer:l:1"]},
                ),
            ],
            FunctionName=self.name,
        )
        self.refused(
            INVALID,
            "Please don't provide ImageUri when updating a function with packageType Zip.",
            "update_function_code",
            FunctionName=self.name,
            ImageUri=f"{self.server.account}.dkr.ecr.us-east-1.amazonaws.com/a:b",
        )

    def test_layers(self):
        """layers by numbers that none has, twice in a function, and their policies"""
        layer = "l" + self.name
        content = {"ZipFile": lambda_test.packed({"python/a.py": "x = 1"})}
        first = self.client.publish_layer_version(LayerName=layer, Content=content, CompatibleRuntimes=[])
        self.assertEqual(first["CompatibleRuntimes"], [])
        self.assertNotIn("CompatibleArchitectures", first)
        second = self.client.publish_layer_version(LayerName=layer, Content=content)
        with self.assertRaisesRegex(botocore.exceptions.ClientError, "'.madeup.' at 'compatibleRuntimes'"):
            self.client.publish_layer_version(
                LayerName=layer, Content=content, CompatibleRuntimes=["madeup"]
            )
        below = (INVALID, "Layer Version Cannot be less than 1")
        for number in (0, -1):
            self.refused(*below, "get_layer_version", LayerName=layer, VersionNumber=number)
        self.refused(*below, "delete_layer_version", LayerName=layer, VersionNumber=-1)
        self.client.delete_layer_version(LayerName=NO_SUCH, VersionNumber=1)
        arns = [first["LayerVersionArn"], second["LayerVersionArn"]]
        self.create()
        self.refused(
            INVALID,
            "Two different versions of the same layer are not allowed to be referenced in the same function. "
            f"{arns[0]} and {arns[1]} are versions of the same layer.",
            "update_function_configuration",
            FunctionName=self.name,
            Layers=arns,
        )
        of = {"LayerName": layer, "VersionNumber": 1, "StatementId": "s1"}
        grant = {"Action": "lambda:GetLayerVersion", "Principal": "*"}
        self.client.add_layer_version_permission(**of, **grant)
        absent = f"Layer version {first['LayerArn']}:9 does not exist."
        for operation, arguments in (
            ("add_layer_version_permission", {**of, **grant}),
            ("remove_layer_version_permission", of),
            ("get_layer_version_policy", {"LayerName": layer}),
        ):
            self.refused(MISSING, absent, operation, **{**arguments, "VersionNumber": 9})
            if operation != "get_layer_version_policy":
                stale = {**arguments, "StatementId": "s1" if operation.startswith("remove") else "s2"}
                self.refused(HELD, STALE.format("GetLayerPolicy"), operation, **stale, RevisionId="wrong")
        for number in (1, 2):
            self.client.delete_layer_version(LayerName=layer, VersionNumber=number)

    def test_mappings(self):
        """event source mappings that cannot be"""
        self.create()
        source = f"arn:aws:sqs:us-east-1:{self.server.account}:{self.name}"
        self.each(
            "create_event_source_mapping",
            [
                (INVALID, "Function does not exist", {"FunctionName": NO_SUCH}),
                (
                    INVALID,
                    "StartingPosition is not valid for SQS event sources.",
                    {"StartingPosition": "LATEST"},
                ),
            ],
            FunctionName=self.name,
            EventSourceArn=source,
        )
        for operation in ("get", "update", "delete"):
            self.refused(
                MISSING,
                "The resource you requested does not exist.",
                operation + "_event_source_mapping",
                UUID=str(uuid.uuid4()),
            )
        self.assertEqual(
            self.client.list_event_source_mappings(FunctionName=NO_SUCH)["EventSourceMappings"], []
        )
