"""Error reports: what the Runtime API is told when a function fails.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
A report never contains frames of this client, only the function's own.
"""

import json
import traceback


class Fault(Exception):
    """An error whose type is named by the runtime, not by the function's exception."""

    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack = list(stack)


def make_report(error, request_id, skip_frames):
    if isinstance(error, Fault):
        return {"errorMessage": error.message, "errorType": error.error_type, "requestId": request_id,
                "stackTrace": error.stack}
    frames = traceback.extract_tb(error.__traceback__)[skip_frames:]
    try:
        message = str(error)
    except Exception:  # a broken __str__ of the function's own exception
        message = ""
    return {"errorMessage": message, "errorType": type(error).__name__, "requestId": request_id,
            "stackTrace": traceback.format_list(frames)}


def encode_report(report):
    return json.dumps(report).encode("utf-8")
