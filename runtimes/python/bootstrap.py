"""Entry point of a Python function; its work is in a module, which is compiled ahead, as a script is not.

With --zygote it loads what functions commonly use and waits: each function is a fork of it, which goes on
below.
"""

import sys

if sys.argv[1:] == ["--zygote"]:
    from haneul_runtime import zygote

    zygote.become_function()

from haneul_runtime.main import main

main()
