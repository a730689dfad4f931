"""The life of a Python function: load its handler once, then answer invocations."""

import os
import sys

from haneul_runtime import handler as handlers
from haneul_runtime import logs
from haneul_runtime.api import RuntimeApi
from haneul_runtime.context import LambdaContext
from haneul_runtime.errors import encode_report, make_report

# Frames of a traceback that belong to this client: run_once.
_OWN_FRAMES = 1
# importlib and handlers.load stand above the function's own module.
_OWN_INIT_FRAMES = 2


def _is_own(frame):
    return "haneul_runtime" in frame or "importlib" in frame


def load_handler(api):
    try:
        return handlers.load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        report = make_report(error, "", _OWN_INIT_FRAMES)
        report["stackTrace"] = [frame for frame in report["stackTrace"] if not _is_own(frame)]
        logs.write_error(report)
        api.report_init_error(encode_report(report), report["errorType"])
        sys.exit(1)


def run_once(function, invocation):
    event = handlers.decode_event(invocation.body)
    return handlers.encode_result(function(event, LambdaContext(invocation.headers)))


def serve(api, function):
    while True:
        invocation = api.next()
        logs.request_id = invocation.request_id
        trace = invocation.headers.get("lambda-runtime-trace-id")
        if trace is not None:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            answer = run_once(function, invocation)
        except Exception as error:
            # serve's own frame stands above run_once's.
            report = make_report(error, invocation.request_id, _OWN_FRAMES + 1)
            logs.write_error(report)
            api.report_error(invocation.request_id, encode_report(report), report["errorType"])
        else:
            api.respond(invocation.request_id, answer)


def main():
    handlers.set_search_path()
    handlers.do_what_site_does()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    logs.configure()
    if sys.argv[1:2] == ["--debug"]:
        from haneul_runtime import debugging

        debugging.await_debugger(int(sys.argv[2]))
    function = load_handler(api)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from haneul_runtime import snapshot

        api = snapshot.initialised(api)
    serve(api, function)
