"""Pieces of C++ text that all writers share."""

NOTICE = "// Written by tools/codegen from models/{service}.json; do not edit."


def literal(text):
    """A C++ string literal; everything outside printable ASCII as octal escapes of its UTF-8 bytes."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in "\"\\":
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return "\"" + "".join(out) + "\""


def include_lines(includes):
    """One line each; an empty name is an empty line between groups."""
    return [f"#include {include}" if include else "" for include in includes]


def header(service, includes):
    lines = [NOTICE.format(service=service), "#pragma once", ""]
    return lines + include_lines(includes) + [""]


def source(service, includes):
    lines = [NOTICE.format(service=service), ""]
    return lines + include_lines(includes) + [""]


def fields(pairs):
    """Designated initialisers of those pairs that have a value."""
    return "{" + ", ".join(f".{name} = {value}" for name, value in pairs if value is not None) + "}"


def text_or_none(value):
    return literal(value) if value else None


def true_or_none(value):
    return "true" if value else None
