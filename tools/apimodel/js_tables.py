"""Reads the constant tables of an @aws-sdk/client-* package without running it.

The package states its schemas in a small part of JavaScript: strings, numbers, arrays, objects with computed
keys, names, `a | b` and `() => name`. Anything else at the top level is passed over.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<number>-?\d+)|(?P<arrow>\(\)\s*=>)"""
                   r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<mark>[\[\]{},:;|]))""")
START = re.compile(r"^(?:export )?(?:var|const) ([\w$]+) = (?=[\[\"\d`])", re.MULTILINE)


@dataclass(frozen=True)
class Name:
    """A name that stands for another table; the "$" that marks exported schemas is left out."""
    text: str


class Reader:
    def __init__(self, text, at):
        self.text, self.at = text, at
        self.kind = self.value = None
        self.next()

    def next(self):
        match = TOKEN.match(self.text, self.at)
        if not match:
            raise ValueError(f"unexpected {self.text[self.at:self.at + 40]!r}")
        self.kind, self.value, self.at = match.lastgroup, match[match.lastgroup], match.end()

    def take(self, mark):
        if self.value != mark:
            raise ValueError(f"{mark} expected, found {self.value!r}")
        self.next()

    def expression(self):
        if self.kind == "arrow":
            self.next()
        if self.value == "[":
            return self.array()
        if self.value == "{":
            return self.object()
        kind, value = self.kind, self.value
        self.next()
        if kind == "string":
            return value[1:-1]
        if kind == "number":
            return self.union(int(value))
        return Name(value.rstrip("$"))

    def union(self, value):
        while self.value == "|":
            self.next()
            value |= int(self.value)
            self.next()
        return value

    def array(self):
        out = []
        self.next()
        while self.value != "]":
            out.append(self.expression())
            if self.value == ",":
                self.next()
        self.next()
        return out

    def object(self):
        out = {}
        self.next()
        while self.value != "}":
            self.take("[")
            key = Name(self.value)
            self.next()
            self.take("]")
            self.take(":")
            out[key] = self.expression()
            if self.value == ",":
                self.next()
        self.next()
        return out


def read_tables(text):
    """name -> value of every constant table; names of string constants are replaced by their text."""
    raw = {match[1].rstrip("$"): Reader(text, match.end()).expression() for match in START.finditer(text)}
    strings = {name: value for name, value in raw.items() if isinstance(value, str)}

    def resolve(value):
        if isinstance(value, Name):
            return strings.get(value.text, value)
        if isinstance(value, list):
            return [resolve(item) for item in value]
        if isinstance(value, dict):
            return {resolve(key): resolve(item) for key, item in value.items()}
        return value

    return {name: resolve(value) for name, value in raw.items() if name not in strings}


INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^ +(\w+)\??: (.+?)(?: \| undefined)?;$", re.MULTILINE)
ENUM = re.compile(r"^export declare const (\w+): \{(.*?)^\};", re.MULTILINE | re.DOTALL)
ENUM_VALUE = re.compile(r"^ +readonly [^:]+: \"([^\"]*)\";$", re.MULTILINE)


def read_fields(text):
    """(structure, member) -> its type, as the declarations write it."""
    return {(name, field): kind
            for name, body in INTERFACE.findall(text) for field, kind in FIELD.findall(body)}


def read_enums(text):
    return {name: ENUM_VALUE.findall(body) for name, body in ENUM.findall(text)}


def read_throws(text):
    return sorted(set(re.findall(r"@throws \{@link (\w+)\} \((?:client|server) fault\)", text)))
