"""The AWS CLI's package and deploy, as people use them: twice, with a change, with parameters."""

import pathlib
import tempfile
import unittest

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String, Default: one}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: cli-deployed
      Runtime: python3.11
      Handler: app.handler
      CodeUri: src/
      Environment: {Variables: {WORD: !Ref Word}}
"""


class Deploy(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "src").mkdir()
        (self.path / "template.yaml").write_text(TEMPLATE)
        self.write_code("os.environ['WORD']")
        self.run_aws("s3", "mb", "s3://cli-code")

    def tearDown(self):
        self.folder.cleanup()

    def write_code(self, answer):
        (self.path / "src/app.py").write_text(
            f"import os\ndef handler(event, context):\n    return {answer}\n"
        )

    def run_aws(self, *arguments):
        done = self.server.cli(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def deploy(self, *more):
        self.run_aws(
            "cloudformation",
            "package",
            "--template-file",
            self.path / "template.yaml",
            "--s3-bucket",
            "cli-code",
            "--output-template-file",
            self.path / "packaged.yaml",
        )
        return self.run_aws(
            "cloudformation",
            "deploy",
            "--template-file",
            self.path / "packaged.yaml",
            "--stack-name",
            "cli-stack",
            "--capabilities",
            "CAPABILITY_IAM",
            *more,
        )

    def answer(self):
        target = self.path / "answer"
        self.run_aws("lambda", "invoke", "--function-name", "cli-deployed", target)
        return target.read_text()

    def test_deploy(self):
        """a packaged application is deployed, left alone while nothing changes, and updated after a change"""
        self.assertIn("Successfully created/updated stack - cli-stack", self.deploy())
        self.run_aws("lambda", "wait", "function-active-v2", "--function-name", "cli-deployed")
        self.assertEqual(self.answer(), '"one"')
        self.assertIn("No changes to deploy", self.deploy())
        self.assertIn("Successfully", self.deploy("--parameter-overrides", "Word=two"))
        self.assertEqual(self.answer(), '"two"')
        self.write_code("'three'")
        self.assertIn("Successfully", self.deploy())
        self.assertEqual(self.answer(), '"three"')
        self.run_aws("cloudformation", "delete-stack", "--stack-name", "cli-stack")
        self.run_aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "cli-stack")
        self.assertIn(
            "ResourceNotFound",
            self.server.cli("lambda", "get-function", "--function-name", "cli-deployed").stderr,
        )
