"""Entry point of a Python function; its work is in a module, which is compiled ahead, as a script is not."""

from haneul_runtime.main import main

main()
