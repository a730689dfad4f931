"""A function of each runtime through the API: made, invoked, its error, its log, its substitution told."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import lambda_test

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUBY = """
require 'json'
def handler(event:, context:)
  puts "ruby got #{event}"
  raise ArgumentError, 'no' if event['fail']
  { runtime: ENV['AWS_EXECUTION_ENV'], echo: event, id: context.aws_request_id }
end
"""
JAVA = """
package app;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.HashMap;
import java.util.Map;
public class Echo implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    context.getLogger().log("java got " + event);
    if (event.containsKey("fail")) throw new IllegalArgumentException("no");
    Map<String, Object> out = new HashMap<>();
    out.put("runtime", System.getenv("AWS_EXECUTION_ENV"));
    out.put("echo", event);
    out.put("id", context.getAwsRequestId());
    return out;
  }
}
"""
PYTHON = """
import os
def handler(event, context):
    print('python got', event)
    if 'fail' in event:
        raise ValueError('no')
    return {'runtime': os.environ['AWS_EXECUTION_ENV'], 'echo': event, 'id': context.aws_request_id}
"""
NODE = """
exports.handler = async (event, context) => {
  console.log('node got', event);
  if (event.fail) throw new RangeError('no');
  return { runtime: process.env.AWS_EXECUTION_ENV, echo: event, id: context.awsRequestId };
};
"""


def java_classes():
    """The class files of JAVA, compiled against the interfaces that the runtime gives its functions."""
    interfaces = next(ROOT.glob("build/*/runtimes/java/lib/haneul-runtime.jar"))
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "Echo.java")
        source.write_text(JAVA, encoding="utf-8")
        command = ["javac", "--release", "17", "-cp", str(interfaces), "-d", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True)
        return {"app/Echo.class": pathlib.Path(folder, "app/Echo.class").read_bytes()}


class Runtimes(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create
    messages = lambda_test.Functions.messages

    def check(self, runtime, handler, files, error):
        """What every runtime must do; `error` is the type that its client reports."""
        made = self.create(files=files, Runtime=runtime, Handler=handler, Timeout=30, MemorySize=256)
        self.assertEqual(made["Runtime"], runtime)
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps({"a": [1, "ü"]}))
        got = json.load(answer["Payload"])
        self.assertEqual(got["runtime"], "AWS_Lambda_" + runtime)
        self.assertEqual(got["echo"], {"a": [1, "ü"]})
        self.assertEqual(got["id"], answer["ResponseMetadata"]["RequestId"])
        failed = self.client.invoke(FunctionName=self.name, Payload='{"fail": true}')
        self.assertEqual(failed["FunctionError"], "Unhandled")
        report = json.load(failed["Payload"])
        self.assertEqual((report["errorType"], report["errorMessage"]), (error, "no"))
        self.assertIn(" got ", self.messages(self.name, " got "))
        self.client.delete_function(FunctionName=self.name)

    def test_python(self):
        """Python"""
        self.check("python3.13", "app.handler", {"app.py": PYTHON}, "ValueError")

    def test_node(self):
        """Node.js"""
        self.check("nodejs22.x", "index.handler", {"index.js": NODE}, "RangeError")

    def test_ruby(self):
        """Ruby"""
        self.check("ruby3.3", "app.handler", {"app.rb": RUBY}, "Function<ArgumentError>")

    def test_java(self):
        """Java, of a class file that this machine's compiler makes"""
        self.check("java21", "app.Echo::handleRequest", java_classes(), "java.lang.IllegalArgumentException")
