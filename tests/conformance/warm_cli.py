"""The AWS CLI without its start: each call is a fork of a process that has loaded it.

Loading the CLI costs far more processor time than what most commands do, and scenarios run hundreds of
commands. A call is the CLI's own entry point with its own arguments, environment and standard streams; the
files cli_*_test.py run the installed program itself.

As a program (one for each server, since the CLI reads AWS_DATA_PATH while it is loaded): reads one JSON line
per call, {"arguments": [...], "environment": {...}, "folder": where the files of the standard streams are},
and answers with a line that holds the exit code.
"""

import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile

SECONDS_MAX = 120
STREAMS = (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY | os.O_CREAT), ("stderr", os.O_WRONLY | os.O_CREAT))


class WarmCli:
    """The calling side, for one server."""

    def __init__(self, server):
        self.server, self.process = server, None

    def start(self):
        rules = {"AWS_DATA_PATH": str(self.server.cli_rules())}
        self.process = subprocess.Popen(
            ["/usr/bin/python3", __file__],
            env=self.server.client_variables() | rules,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments, credentials=None, region):
        """Runs one command; returns the finished process, as Server.cli() does."""
        if self.process is None:
            self.start()
        command = ["--endpoint-url", self.server.endpoint, "--output", "json", *map(str, arguments)]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "stdin").touch()
            environment = self.server.client_variables(credentials, region)
            given = {"arguments": command, "environment": environment, "folder": name}
            self.process.stdin.write(json.dumps(given) + "\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], SECONDS_MAX)[0]:
                raise subprocess.TimeoutExpired(command, SECONDS_MAX)
            code = int(self.process.stdout.readline())
            said = [(folder / stream).read_text() for stream in ("stdout", "stderr")]
        return subprocess.CompletedProcess(command, code, *said)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(timeout=20)
            self.process.stdout.close()


def run_forked(driver, given):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 255
    try:
        for number, (name, mode) in enumerate(STREAMS):
            os.dup2(os.open(os.path.join(given["folder"], name), mode, 0o600), number)
        kept = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
        os.environ.clear()
        os.environ.update(given["environment"] | kept)
        code = awscli.clidriver.AWSCLIEntryPoint(driver).main(given["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def main():
    # The streams of the calls take the places of this process's own, which are for its calling side.
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    driver = awscli.clidriver.create_clidriver([])
    driver.subcommand_table  # noqa: B018 - building it loads what the commands are made of
    for line in requests:
        print(run_forked(driver, json.loads(line)), file=answers, flush=True)


if __name__ == "__main__":
    import awscli.clidriver

    main()
