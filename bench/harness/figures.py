"""Runs the load generator, takes medians, and prints each figure as a JSON line and, at the end, a table."""

import json
import statistics
import subprocess

from servers import ROOT, clean_environment

LOAD = ROOT / "build/release/bench/haneul_load"


class LoadFailed(Exception):
    pass


def load_command(server, operation, **options):
    command = [str(LOAD), operation, "--port", str(server.port)]
    for name, value in options.items():
        command.append("--" + name.replace("_", "-"))
        if value is not True:
            command.append(str(value))
    key_id, secret = server.key
    return command, clean_environment(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=secret)


def run_load(server, operation, **options):
    command, environment = load_command(server, operation, **options)
    patience = 60 + options.get("seconds", 0)
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=patience, check=False
    )
    if done.returncode:
        raise LoadFailed(f"{server.name} {operation}: {(done.stdout + done.stderr).strip()[-400:]}")
    return json.loads(done.stdout)


class Report:
    def __init__(self):
        self.rows = []
        self.remarks = []

    def figure(self, bench, unit, ours, peer=None, theirs=(), better="more"):
        """`ours` and `theirs` are the values of the runs; a ratio above 1 says that ours is better."""
        value = statistics.median(ours)
        line = {"bench": bench, "value": _short(value), "unit": unit, "peer": None, "ratio": None}
        if theirs:
            other = statistics.median(theirs)
            ratio = value / other if better == "more" else other / value
            line |= {"peer": peer, "ratio": _short(ratio), "peer_value": _short(other)}
        line["runs"] = len(ours)
        print(json.dumps(line), flush=True)
        self.rows.append(line)

    def remark(self, text):
        print(f"# {text}", flush=True)
        self.remarks.append(text)

    def table(self):
        heads = f"{'figure':<34} {'median':>12} {'unit':<11} {'peer':<20} {'its':>12}"
        print(f"\n{heads} {'ratio':>8} {'runs':>5}")
        for row in self.rows:
            peer = [row["peer"] or "-", row.get("peer_value", "-"), row["ratio"] or "-"]
            print(
                f"{row['bench']:<34} {row['value']:>12,} {row['unit']:<11} {peer[0]:<20} {peer[1]!s:>12} "
                f"{peer[2]!s:>8} {row['runs']:>5}"
            )
        for text in self.remarks:
            print(f"note: {text}")


def _short(value):
    if value >= 100:
        return round(value)
    return round(value, 1 if value >= 10 else 2)
