"""Checks of C++ function bodies: length, parameters, nesting, catch clauses.

A small reader of braces, not a compiler: comments and literals are blanked out, then each opening brace is
told apart by the text before it. It sees function bodies, constructors with initialisers, lambdas and
control blocks.
"""

import dataclasses
import re

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
NESTING_MAX = 4

LITERALS = re.compile(
    r'R"(?P<tag>[^()\\ ]*)\(.*?\)(?P=tag)"'
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![\w])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
CONTROL = re.compile(r"(^|[\s;{}()])(if|for|while|switch|do|else|try|catch)\b")
LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(\(|mutable|\{|$|->|noexcept)")
CONSTRUCTOR_START = re.compile(r"\)\s*(noexcept\s*)?:(?!:)")


@dataclasses.dataclass
class Function:
    name: str
    line: int
    end: int = 0
    parameters: list = dataclasses.field(default_factory=list)
    nesting: int = 0
    nesting_line: int = 0


def blank(text):
    """The text with comments and literals replaced by spaces, so that line numbers stay."""
    return LITERALS.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def split_parameters(head):
    """Name and parameters of a function from the text before its body."""
    head = head.replace("operator()", "operator_call")
    head = re.sub(
        r"\[\[.*?\]\]|\b(alignas|noexcept|requires|explicit|decltype)\s*\([^()]*\)",
        " ",
        head,
        flags=re.DOTALL,
    )
    opening = head.find("(")
    if opening < 0:
        return head.strip().split()[-1:] and head.strip().split()[-1] or "?", []
    name = (re.findall(r"[\w:~]+", head[:opening]) or ["?"])[-1]
    depth, start, found = 0, opening + 1, []
    for position in range(opening, len(head)):
        letter = head[position]
        if letter in "(<[{":
            depth += 1
        elif letter in ")]}" or (letter == ">" and head[position - 1] != "-"):
            depth -= 1
        if depth == 0 or (letter == "," and depth == 1):
            found.append(head[start:position].strip())
            start = position + 1
        if depth == 0:
            break
    return name, [parameter for parameter in found if parameter and parameter != "void"]


def kind_of(head):
    """What the brace after this text opens."""
    text = head.strip()
    if (
        CONSTRUCTOR_START.search(text)
        and re.search(r"[\w>]$", text)
        and not text.endswith(("noexcept", "try"))
    ):
        return "initialiser"
    if re.search(r"\boperator\b", text) and ")" in text:
        return "function"
    if text.endswith(("=", "(", ",", "return", "co_return", "co_yield")) or re.search(
        r"\breturn\b[^()]*$", text
    ):
        return "initialiser"
    if LAMBDA.search(text[text.rfind(";") + 1 :]) and not re.search(r"^\s*(class|struct|namespace)\b", text):
        return "lambda"
    if CONTROL.search(" " + text) and not SCOPE.search(text):
        return "control"
    if SCOPE.search(re.sub(r"\([^()]*\)", "", text)) and not re.search(
        r"\)\s*(const|noexcept|override|final|\s)*$", text
    ):
        return "scope"
    if re.search(r"\)\s*((const|noexcept|override|final|mutable|&|&&)\s*)*(->\s*[\w:<>,&*\s]+)?$", text):
        return "function"
    if CONSTRUCTOR_START.search(text) and text.endswith((")", "}")):
        return "function"
    return "initialiser" if text and re.search(r"[\w>]$", text) else "block"


class Reader:
    """Walks one file and collects its functions."""

    def __init__(self, text):
        self.text = blank(re.sub(r"^[ \t]*#.*(?:\\\n.*)*$", "", text, flags=re.MULTILINE))
        self.functions, self.stack, self.head_start = [], [], 0
        self.parentheses = 0

    def read(self):
        line = 1
        for position, letter in enumerate(self.text):
            if letter == "\n":
                line += 1
            elif letter == "{":
                self.open(position, line)
            elif letter == "}":
                self.close(position, line)
            elif letter in "()":
                self.parentheses += 1 if letter == "(" else -1
            elif letter == ";" and self.parentheses <= 0:
                self.head_start = position + 1
        return self.functions

    def current(self):
        return next((entry[1] for entry in reversed(self.stack) if entry[1]), None)

    def open(self, position, line):
        head = self.text[self.head_start : position]
        kind, outer = kind_of(head), self.current()
        if kind == "function" and outer and not any(entry[0] == "scope" for entry in self.stack[-1:]):
            kind = "control"
        function = None
        if kind == "function":
            name, parameters = split_parameters(re.sub(r"^\s*(public|private|protected)\s*:", "", head))
            start = line - head.lstrip().count("\n")
            function = Function(name, start, parameters=parameters)
        self.stack.append((kind, function, self.head_start, self.parentheses))
        if kind != "initialiser":
            self.head_start, self.parentheses = position + 1, 0
        if outer and kind in ("control", "lambda", "block"):
            depth = self.depth()
            if depth > outer.nesting:
                outer.nesting, outer.nesting_line = depth, line

    def depth(self):
        depth = 0
        for kind, function, _, _ in reversed(self.stack):
            if function:
                break
            depth += kind in ("control", "lambda", "block")
        return depth

    def close(self, position, line):
        if not self.stack:
            return
        kind, function, head_start, parentheses = self.stack.pop()
        self.parentheses = parentheses
        # After an initialiser or a lambda inside an expression the statement goes on.
        if kind == "initialiser" or (kind == "lambda" and parentheses > 0):
            self.head_start = head_start if kind == "initialiser" else position + 1
        else:
            self.head_start = position + 1
        if function:
            function.end = line
            self.functions.append(function)


def functions_of(tree, path):
    return Reader(tree.text(path)).read()


def all_functions(tree):
    for path in tree.cpp():
        if path.startswith(("src/", "apps/", "runtimes/", "tests/")):
            for function in functions_of(tree, path):
                yield path, function


def check_function_length(tree):
    for path, function in all_functions(tree):
        length = function.end - function.line + 1
        if length > FUNCTION_LINES_MAX:
            yield f"{path}:{function.line}: {function.name} has {length} lines, at most {FUNCTION_LINES_MAX}"


def check_parameters(tree):
    for path, function in all_functions(tree):
        count = len(function.parameters)
        if count > PARAMETERS_MAX:
            what = f"{function.name} takes {count} parameters, at most {PARAMETERS_MAX}"
            yield f"{path}:{function.line}: {what}"
        flags = [
            parameter for parameter in function.parameters if re.match(r"(const\s+)?bool\s+\w+$", parameter)
        ]
        if flags and count > 1:
            yield f"{path}:{function.line}: {function.name} takes a bare bool: make it an enum or a struct"


def check_nesting(tree):
    for path, function in all_functions(tree):
        if function.nesting > NESTING_MAX:
            what = f"{function.name} nests {function.nesting} deep, at most {NESTING_MAX}"
            yield f"{path}:{function.nesting_line}: {what}"


def check_catch(tree):
    """Services do not catch; elsewhere a named error may become another one, or what it means.

    What swallows everything (catch-all, std::exception) without throwing again stands only at the roots that
    tools/tidy_rules.json names with a reason.
    """
    allowed = tuple(tree.rules["catch_allowed"])
    for path in tree.cpp():
        if not path.startswith("src/") or path.endswith("_test.cc") or path.startswith(allowed):
            continue
        lines = blank(tree.text(path)).splitlines()
        for number, line in enumerate(lines, 1):
            found = re.search(r"\bcatch\s*\(([^)]*)\)", line)
            if not found:
                continue
            everything = "..." in found.group(1) or "std::exception" in found.group(1)
            again = any(re.search(r"\bthrow;", after) for after in lines[number : number + 8])
            if path.startswith("src/services/") or (everything and not again):
                yield f"{path}:{number}: a catch that is not on the list of tools/tidy_rules.json"


def check_test_reasons(tree):
    """Each unit test begins with a sentence that says why it exists: above it or as its first line."""
    for path in tree.cpp():
        if not path.endswith("_test.cc"):
            continue
        lines = tree.lines(path)
        for number, line in enumerate(lines):
            if not re.match(r"(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\(", line):
                continue
            before = lines[number - 1] if number else ""
            body = next(
                (index for index in range(number, len(lines)) if lines[index].rstrip().endswith("{")), number
            )
            after = lines[body + 1] if body + 1 < len(lines) else ""
            if not before.startswith("//") and not after.strip().startswith("//"):
                yield f"{path}:{number + 1}: the test does not say why it exists"
