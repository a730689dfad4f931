"""What a function logs: the root logger's handler in text and JSON form, and the report of an error.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
One record is one log event, also when it has several lines: its inner line breaks travel as the record
separator (U+001E) and the engine turns them back. What a function prints is split at its line breaks.
"""

import json
import logging
import os
import sys
import time
import traceback

RECORD_SEPARATOR = "\x1e"
_TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_LEVELS = {"TRACE": logging.NOTSET, "DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARN": logging.WARNING,
           "WARNING": logging.WARNING, "ERROR": logging.ERROR, "FATAL": logging.CRITICAL,
           "CRITICAL": logging.CRITICAL}
_OWN_FIELDS = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message", "asctime", "aws_request_id", "taskName"}

request_id = ""  # of the invocation that runs now
_json = False  # the form of events; known when configure() has run


def write_event(text):
    """Writes one log event to standard output."""
    line = text.rstrip("\n").replace("\n", RECORD_SEPARATOR) + "\n"
    try:
        sys.stdout.write(line)
    except Exception:
        # The function has closed it, or the text has halves of characters: the report must go out anyway.
        try:
            os.write(1, line.encode("utf-8", "backslashreplace"))
        except OSError:
            pass


class _RequestFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        return True


class JsonFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        out = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + ".%03dZ" % record.msecs,
            "level": "FATAL" if record.levelno >= logging.CRITICAL else record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            out["stackTrace"] = traceback.format_exception(*record.exc_info)[1:-1]
            out["errorType"] = record.exc_info[0].__name__
            out["errorMessage"] = str(record.exc_info[1])
            out["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
        elif record.stack_info:
            out["stackTrace"] = record.stack_info.split("\n")
        if request_id:
            out["requestId"] = request_id
        for name, value in vars(record).items():
            if name not in _OWN_FIELDS and name not in out:
                out[name] = value
        return json.dumps(out, ensure_ascii=False, default=str)


class EventHandler(logging.Handler):
    def emit(self, record):
        try:
            write_event(self.format(record))
        except Exception:  # a log call must never fail the function
            self.handleError(record)


def configure():
    global _json
    _json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    handler = EventHandler()
    if _json:
        handler.setFormatter(JsonFormatter())
    else:
        formatter = logging.Formatter(_TEXT_FORMAT, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    handler.addFilter(_RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if _json and level in _LEVELS:
        root.setLevel(_LEVELS[level])


def write_error(report):
    """Logs an error report (the dictionary that the runtime API gets)."""
    if _json:
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".%03dZ" % (now % 1 * 1000)
        write_event(json.dumps({"timestamp": stamp, "level": "ERROR", **report}, ensure_ascii=False))
        return
    head = "[ERROR]"
    if report.get("errorType"):
        head += " " + report["errorType"]
    if report.get("errorMessage"):
        head += ": " + report["errorMessage"] if report.get("errorType") else " " + report["errorMessage"]
    lines = [head, "Traceback (most recent call last):"]
    for entry in report.get("stackTrace") or ["\n"]:
        lines += [_hard_indentation(line) for line in entry.rstrip("\n").split("\n")]
    write_event("\n".join(lines))


def _hard_indentation(line):
    # Log viewers swallow leading blanks; AWS writes no-break spaces for the same reason.
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
