"""Runtime hooks for SnapStart, as Lambda's Python runtimes bring them.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
They are called for published versions with SnapStart (haneul_runtime/snapshot.py), and kept without being
called elsewhere, as on AWS. A function that packs the library itself gets its own.
"""

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """To be called before a snapshot is taken, the last registered first; also a decorator."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """To be called after a restore, the first registered first; also a decorator."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    return _before_snapshot


def get_after_restore():
    return _after_restore
