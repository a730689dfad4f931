"""The AWS CLI's own view of logs: aws logs tail."""

import time
import unittest


class Tail(unittest.TestCase):
    def test_tail(self):
        """the newest events are printed in order, filtered when asked"""
        logs = self.server.boto("logs")
        logs.create_log_group(logGroupName="/house/tail")
        logs.create_log_stream(logGroupName="/house/tail", logStreamName="one")
        now = int(time.time() * 1000)
        events = [{"timestamp": now - 3000 + 1000 * n, "message": f"event {n}"} for n in range(3)]
        logs.put_log_events(logGroupName="/house/tail", logStreamName="one", logEvents=events)
        done = self.server.cli("logs", "tail", "/house/tail", "--format", "short")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            [line.split(" ", 1)[1] for line in done.stdout.splitlines()], ["event 0", "event 1", "event 2"]
        )
        filtered = self.server.cli(
            "logs", "tail", "/house/tail", "--filter-pattern", '"event 1"', "--format", "short"
        )
        self.assertEqual(len(filtered.stdout.splitlines()), 1, filtered.stdout)
