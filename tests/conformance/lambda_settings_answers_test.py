"""What AWS's Lambda answers about what is set for functions or stands beside them: codes, messages, and
members of its answers."""

import json
import uuid

import botocore.exceptions

import lambda_test
from lambda_answers import Asking, HELD, INVALID, MISSING, NO_SUCH, QUALIFIERS, STALE, VALIDATION


class SettingsAnswers(Asking):
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
