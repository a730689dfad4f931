"""What AWS's Lambda answers about functions, versions, aliases and their policies: codes, messages, which
problem is told first, and which changes a revision tells of."""

import json

from lambda_answers import Asking, CONFLICT, HELD, INVALID, MISSING, NO_SUCH, QUALIFIERS, STALE


class Answers(Asking):
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
