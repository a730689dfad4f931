"""Finding the handler named by _HANDLER: "module.function", "pkg.module.function" or "dir/module.function".

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import importlib
import json
import os
import sys

from haneul_runtime.errors import Fault


def set_search_path():
    """Function code first, then layers, then what the interpreter came with."""
    task_root = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    versions = ["%d.%d" % sys.version_info[:2]]
    # A layer built for the requested runtime is looked at too when another Python version stands in for it.
    requested = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python")[2]
    if requested and requested not in versions:
        versions.insert(0, requested)
    layers = ["/opt/python/lib/python%s/site-packages" % version for version in versions] + ["/opt/python"]
    runtime_directory = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # Where Debian keeps what it packages, among it boto3.
    system = ["/usr/local/lib/python%s/dist-packages" % versions[-1], "/usr/lib/python3/dist-packages"]
    known = set(layers + system + [task_root, runtime_directory])
    rest = [path for path in sys.path if path not in known]
    sys.path[:] = [task_root] + layers + [runtime_directory] + rest + system


def do_what_site_does():
    """The interpreter starts without its site module, which costs more than all of this client."""
    import _sitebuiltins
    import builtins
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    # Instrumentation starts itself from a sitecustomize on a search path of its own.
    if os.environ.get("PYTHONPATH", "/var/runtime") != "/var/runtime":
        try:
            import sitecustomize  # noqa: F401
        except ImportError:
            pass


def load(name):
    if "." not in name:
        raise Fault("Runtime.MalformedHandlerName",
                    "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name, function_name = name.rsplit(".", 1)
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault("Runtime.BuiltInModuleConflict",
                        "Cannot use built-in module %s as a handler module" % module_name)
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError",
                    "Unable to import module '%s': %s" % (module_name, error)) from error
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s\n' % (error.filename, error.lineno, (error.text or "").strip())
        raise Fault("Runtime.UserCodeSyntaxError",
                    "Syntax error in module '%s': %s" % (module_name, error), [where]) from error
    function = getattr(module, function_name, None)
    if function is None:
        raise Fault("Runtime.HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return function


def decode_event(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from error


def _encode_other(value):
    # Decimal is known only when the function imported it: no need to load the module for everyone.
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


_ENCODER = json.JSONEncoder(default=_encode_other, ensure_ascii=False)


def encode_result(result):
    try:
        return _ENCODER.encode(result).encode("utf-8")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error
