"""What the checks look at: the files that git knows (tracked, or new and not ignored), read once."""

import json
import pathlib
import subprocess

CODE = {".cc", ".h", ".c", ".py", ".mjs", ".js", ".sh", ".rb", ".java"}
# Data, text and vectors: no limits on lines or words apply to them.
PROSE_OR_DATA = {".md", ".json", ".txt", ".yaml", ".yml", ".lock", ".bin"}


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            check=True,
            capture_output=True,
        ).stdout.decode()
        names = sorted({name for name in listed.split("\0") if name})
        self.paths = [name for name in names if (self.root / name).is_file()]
        self.rules = json.loads((self.root / "tools/tidy_rules.json").read_text())
        self._texts = {}

    def text(self, path):
        if path not in self._texts:
            data = (self.root / path).read_bytes()
            self._texts[path] = "" if b"\0" in data[:4096] else data.decode("utf-8", "replace")
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def is_script(self, path):
        return "." not in pathlib.PurePath(path).name and self.text(path).startswith("#!")

    def code(self):
        """Source files of every language, scripts without a suffix included."""
        return [path for path in self.paths if pathlib.PurePath(path).suffix in CODE or self.is_script(path)]

    def cpp(self):
        return [path for path in self.paths if path.endswith((".cc", ".h", ".c"))]


def is_test(path):
    name = pathlib.PurePath(path).name
    return name.endswith(("_test.cc", "_test.py", ".test.mjs")) or name.endswith("_fuzz.cc")
