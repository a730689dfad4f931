#!/usr/bin/python3
"""Proves that each check of tools/tidy finds what it is for: a check that cannot fail would be
worse than none.

Usage: tests/tools/tidy_test.py [--results FILE]
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from tidy_checks import files, functions, includes  # noqa: E402
from tidy_checks.tree import Tree  # noqa: E402

DEEP = "if (a) { for (;;) { while (b) { switch (c) { default: { if (d) { e(); } } } } } }"
# check -> (path, text with the offence, text without it)
CASES = {
    files.check_file_sizes: ("src/base/a.h", "//\n" * 251, "//\n" * 250),
    files.check_line_length: ("src/base/a.cc", "// " + "x" * 108 + "\n", "// " + "x" * 107 + "\n"),
    files.check_banned_words: ("src/base/a.cc", "// TO" + "DO: later\n", "// To do is to be.\n"),
    files.check_sleeps_in_unit_tests: (
        "src/base/a_test.cc",
        "std::this_thread::sleep_for(x);\n",
        "clock.advance(x);  // no sleep_for\n",
    ),
    files.check_machine_paths: ("docs/a.md", "see /wo" + "rk/main\n", "see framework/wo" + "rk/main\n"),
    files.check_head_comments: ("src/base/a.h", "#pragma once\n", "// What it is for.\n#pragma once\n"),
    files.check_dead_headers: ("src/base/dead.h", "// A header.\n", None),
    files.check_service_readmes: ("src/services/s3/service.cc", "// S3.\n", None),
    includes.check_floors: ("src/aws/a.cc", '#include "model/b.h"\n', '#include "base/b.h"\n'),
    includes.check_service_ports: (
        "src/services/s3/a.cc",
        '#include "services/iam/keys.h"\n',
        '#include "services/s3/keys.h"\n',
    ),
    includes.check_fences: ("src/services/s3/a.cc", "#include <rocksdb/db.h>\n", "#include <string>\n"),
    functions.check_function_length: (
        "src/base/a.cc",
        "int f() {\n" + "  g();\n" * 69 + "}\n",
        "int f() {\n" + "  g();\n" * 68 + "}\n",
    ),
    functions.check_parameters: (
        "src/base/a.cc",
        "A::A(int a, int b, int c, std::map<int, int> d, int e, int f, int g) : a_{a}, b_(b) {\n}\n",
        "A::A(int a, int b, int c, std::map<int, int> d, int e, int f) : a_{a}, b_(b) {\n}\n",
    ),
    functions.check_nesting: ("src/base/a.cc", f"void f() {{ {DEEP} }}\n", "void f() { if (a) { b(); } }\n"),
    functions.check_catch: (
        "src/store/a.cc",
        "void f() {\n  try { g(); } catch (...) {\n  }\n}\n",
        "void f() {\n  try { g(); } catch (...) {\n    h();\n    throw;\n  }\n}\n",
    ),
    functions.check_test_reasons: (
        "src/base/a_test.cc",
        "TEST(A, B) {\n  EXPECT_TRUE(f());\n}\n",
        "TEST(A, B) {\n  // Why this matters.\n  EXPECT_TRUE(f());\n}\n",
    ),
}
SUPPORT = {
    "src/base/b.h": "// B.\n",
    "src/model/b.h": "// B.\n",
    "src/services/iam/keys.h": "// Keys.\n",
    "src/services/s3/keys.h": "// Keys.\n",
}


def findings(check, path, text):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        for name, content in {**SUPPORT, path: text}.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        (root / "tools").mkdir()
        shutil.copy(ROOT / "tools/tidy_rules.json", root / "tools")
        return [finding for finding in check(Tree(root)) if finding.startswith(path.rsplit("/", 1)[0])]


def main():
    outcomes = []
    for check, (path, bad, good) in CASES.items():
        name = check.__name__.removeprefix("check_")
        found = findings(check, path, bad)
        outcomes.append((f"{name} finds an offence", bool(found)))
        if good is not None:
            outcomes.append((f"{name} leaves good code alone", not findings(check, path, good)))
    for name, good in outcomes:
        if not good:
            print(f"FAILED {name}")
    if len(sys.argv) == 3 and sys.argv[1] == "--results":
        lines = [f"{'pass' if good else 'fail'}\ttidy itself: {name}" for name, good in outcomes]
        with pathlib.Path(sys.argv[2]).open("a") as results:
            results.write("\n".join(lines) + "\n")
    failed = sum(not good for _, good in outcomes)
    print(f"tidy itself: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
