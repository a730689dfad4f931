"""Many clients at one function: what is accepted runs once, and what began stays whole."""

import concurrent.futures
import json
import threading
import time
import unittest

import lambda_test

EVENTS = 100
TELL = "def handler(event, context):\n    print('event', event['number'], 'ran')\n"
VERSIONED = "def handler(event, context):\n    return {}\n"
LEAVE = """
exports.handler = async event => {
  if (event.leave) Promise.reject(new Error('lost'));
  if (event.leave) await new Promise(() => setTimeout(() => {}, 10000));
  return 'here';
};
"""


class Concurrency(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create

    def ran(self):
        """The numbers of the events that the log tells of."""
        logs, found, token = self.server.boto("logs"), [], {}
        while True:
            try:
                page = logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}", **token)
            except logs.exceptions.ResourceNotFoundException:
                return found
            lines = [event["message"].split() for event in page["events"]]
            found += [int(line[1]) for line in lines if line[:1] == ["event"]]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    def test_burst_of_events(self):
        """events of a burst on little concurrency run once each"""
        self.create(files={"app.py": TELL})
        self.client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=2)

        def send(number):
            payload = json.dumps({"number": number})
            return self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=payload)

        with concurrent.futures.ThreadPoolExecutor(20) as senders:
            answers = list(senders.map(send, range(EVENTS)))
        self.assertEqual({answer["StatusCode"] for answer in answers}, {202})
        deadline = time.monotonic() + 120
        while len(self.ran()) < EVENTS and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(sorted(self.ran()), list(range(EVENTS)))
        self.client.delete_function(FunctionName=self.name)

    def test_updates_under_load(self):
        """invocations that begin after an update run its code, and none fails for it"""
        self.create(files={"app.py": VERSIONED.format(0)})
        updated, done, wrong = [0], threading.Event(), []

        def invoke():
            while not done.is_set():
                least = updated[0]
                answer = self.client.invoke(FunctionName=self.name)
                got = answer["Payload"].read()
                if "FunctionError" in answer or int(got) < least:
                    wrong.append((least, got))

        with concurrent.futures.ThreadPoolExecutor(6) as callers:
            calls = [callers.submit(invoke) for _ in range(6)]
            try:
                for number in range(1, 11):
                    code = lambda_test.packed({"app.py": VERSIONED.format(number)})
                    self.client.update_function_code(FunctionName=self.name, ZipFile=code)
                    updated[0] = number
            finally:
                done.set()
            for call in calls:
                call.result()
        self.assertEqual(wrong, [])
        self.client.delete_function(FunctionName=self.name)

    def test_process_that_ends(self):
        """a Node.js process that ends after a lost rejection is given nothing more"""
        self.create(files={"app.js": LEAVE}, Runtime="nodejs20.x", Timeout=20)
        for _ in range(3):
            left = self.client.invoke(FunctionName=self.name, Payload=b'{"leave": true}')
            self.assertEqual(json.load(left["Payload"])["errorType"], "Runtime.UnhandledPromiseRejection")
            stayed = self.client.invoke(FunctionName=self.name)
            self.assertNotIn("FunctionError", stayed)
            self.assertEqual(json.load(stayed["Payload"]), "here")
        self.client.delete_function(FunctionName=self.name)
