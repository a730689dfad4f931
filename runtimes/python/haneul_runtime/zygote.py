"""A zygote: an interpreter that has loaded this client and the commonest modules of the standard library,
and nothing of any function. haneul_zygote.serve() returns in forks only, each in an environment of its own.
"""

import gc
import os
import sys
import time

# What the ordinary start has loaded before it looks for the function: a function cannot replace these.
_BEFORE = frozenset(name.partition(".")[0] for name in sys.modules) | {
    "haneul_runtime", "importlib", "json", "logging", "re", "socket", "string", "traceback"}
_COMMON = """
    base64 calendar collections.abc concurrent.futures.thread contextlib copy csv dataclasses
    datetime decimal email.message email.parser enum functools gzip hashlib hmac http.client
    importlib.metadata inspect io itertools json logging.handlers math operator pathlib random re
    shutil signal socket ssl string subprocess tempfile threading time traceback typing urllib.parse
    urllib.request uuid xml.etree.ElementTree zipfile zlib
""".split()
_MODULE_PATH = "/var/lang"


def _load():
    import importlib
    from haneul_runtime import main  # noqa: F401
    for name in _COMMON:
        importlib.import_module(name)
    # Names and codecs that are found at first use, and OpenSSL's generator, which takes longest to make.
    "".encode("idna")
    import _sitebuiltins  # noqa: F401
    import ssl
    ssl.RAND_bytes(1)
    sys.path.append(_MODULE_PATH)
    module = importlib.import_module("haneul_zygote")
    sys.path.remove(_MODULE_PATH)
    sys.path_importer_cache.pop(_MODULE_PATH, None)
    del sys.modules["haneul_zygote"]
    return module


def _take_environment(variables):
    zone = os.environ.get("TZ")
    environment = os.environb
    wanted = {}
    for variable in variables:
        name, _, value = variable.partition(b"=")
        wanted[name] = value
        if environment.get(name) != value:
            environment[name] = value
    for name in [name for name in environment if name not in wanted]:
        del environment[name]
    if os.environ.get("TZ") != zone:
        time.tzset()


def _renew_randomness():
    # Modules with generators of their own have been told of the fork; OpenSSL compares process ids, which are
    # small numbers that may be equal in different namespaces.
    import ssl
    ssl.RAND_add(os.urandom(48), 48.0)


def _forget_shadowed():
    """A function may bring modules of its own under the names of some of the standard library's."""
    from haneul_runtime import handler
    handler.set_search_path()
    names = set()
    for directory in sys.path:
        if not directory.startswith(("/var/task", "/opt")):
            continue
        try:
            names.update(entry.partition(".")[0] for entry in os.listdir(directory))
        except OSError:
            pass
    shadowed = {name for name in names if name in sys.modules} - _BEFORE
    if shadowed:
        for name in [name for name in sys.modules if name.partition(".")[0] in shadowed]:
            del sys.modules[name]


def become_function():
    """Returns in the main process of an environment, as if the interpreter had been started there."""
    module = _load()
    gc.collect()
    gc.freeze()
    variables = module.serve()
    del sys.argv[1:]
    sys.orig_argv[:] = [each for each in sys.orig_argv if each != "--zygote"]
    _take_environment(variables)
    _renew_randomness()
    _forget_shadowed()
