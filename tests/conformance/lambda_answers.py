"""What the cases about Lambda's answers share: the words of AWS, a function to ask about, and how a refusal
is held against them."""

import unittest

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


class Asking(unittest.TestCase):
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
