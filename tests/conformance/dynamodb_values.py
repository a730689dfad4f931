"""DynamoDB's values as a test wants them: exact, comparable, and random.

A value is a pair of its type and its content, as on the wire, but numbers are decimals and sets are sets; an
item is a dictionary of them. Nothing here is shared with the server.
"""

import decimal

NAMES = ("a", "b", "m", "d", "n", "s")  # what random items have besides keys
TEXTS = ("", "a", "ab", "abc", "b", "z", "Z", "é", "\U0001f600", "\uffff")
NUMBERS = ("0", "1", "1.50", "-3", "10e-1", "2", "100", "0.001", "-0.5", "12345678901234567890.5")
decimal.getcontext().prec = 60


def from_wire(value):
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, decimal.Decimal(content)
    if kind == "NS":
        return kind, frozenset(map(decimal.Decimal, content))
    if kind in ("SS", "BS"):
        return kind, frozenset(content)
    if kind == "L":
        return kind, [from_wire(element) for element in content]
    if kind == "M":
        return kind, {name: from_wire(member) for name, member in content.items()}
    return kind, content


def to_wire(value):
    kind, content = value
    if kind == "N":
        return {kind: str(content)}
    if kind == "NS":
        return {kind: sorted(map(str, content))}
    if kind in ("SS", "BS"):
        return {kind: sorted(content)}
    if kind == "L":
        return {kind: [to_wire(element) for element in content]}
    if kind == "M":
        return {kind: {name: to_wire(member) for name, member in content.items()}}
    return {kind: content}


def item_from_wire(item):
    return None if item is None else {name: from_wire(value) for name, value in item.items()}


def item_to_wire(item):
    return {name: to_wire(value) for name, value in item.items()}


def sort_form(value):
    """What keys of one type are sorted by: strings by their UTF-8 bytes."""
    kind, content = value
    return content.encode() if kind == "S" else content


def frozen(value):
    """A value that can be a member of a set, equal if the values are."""
    kind, content = value
    if kind == "L":
        return kind, tuple(frozen(element) for element in content)
    if kind == "M":
        return kind, frozenset((name, frozen(member)) for name, member in content.items())
    return kind, content


def frozen_item(item):
    return frozen(("M", item))


def less(left, right):
    """Whether left < right; nothing when they cannot be compared."""
    if left[0] != right[0] or left[0] not in ("S", "N", "B"):
        return None
    return sort_form(left) < sort_form(right)


def contains(held, wanted):
    kind, content = held
    if kind in ("S", "B"):
        return wanted[0] == kind and wanted[1] in content
    if kind in ("SS", "NS", "BS"):
        return wanted[0] == kind[0] and wanted[1] in content
    return kind == "L" and wanted in content


def size(value):
    kind, content = value
    if kind in ("N", "NULL", "BOOL"):
        return None
    if kind == "S":
        return len(content.encode("utf-16-le")) // 2
    return len(content)


def find(item, path):
    """What stands at a path (names and indexes), or nothing."""
    at = item.get(path[0])
    for step in path[1:]:
        if at is None:
            return None
        kind, content = at
        if isinstance(step, int):
            at = content[step] if kind == "L" and step < len(content) else None
        else:
            at = content.get(step) if kind == "M" else None
    return at


class Dice:
    """Random values and paths of few names, so that paths often lead somewhere."""

    def __init__(self, random):
        self.random = random
        self.pick, self.chance, self.below = random.choice, self._chance, random.randrange

    def _chance(self, share):
        return self.random.random() < share

    def text(self):
        return "S", self.pick(TEXTS)

    def number(self):
        return "N", decimal.Decimal(self.pick(NUMBERS))

    def binary(self):
        return "B", self.pick((b"", b"a", b"ab", b"\x00", b"\x80", b"\xff\x01"))

    def set(self):
        kind, one = self.pick((("SS", self.text), ("NS", self.number), ("BS", self.binary)))
        return kind, frozenset(one()[1] for _ in range(1 + self.below(3)))

    def value(self, depth=2):
        makers = [self.text, self.text, self.number, self.number, self.binary, self.set]
        makers.append(lambda: self.pick((("BOOL", True), ("BOOL", False), ("NULL", True))))
        if depth:
            makers.append(lambda: ("L", [self.value(depth - 1) for _ in range(self.below(4))]))
            makers.append(lambda: ("M", self.members(depth - 1)))
        return self.pick(makers)()

    def members(self, depth):
        return {name: self.value(depth) for name in ("x", "y", "z") if self.chance(0.6)}

    def attribute(self, name):
        """A value of an attribute that has mostly, but not always, the type that its name stands for."""
        if self.chance(0.15):
            return self.value()
        if name == "m":
            return "M", self.members(1)
        if name == "d":
            return "L", [self.value(1) for _ in range(self.below(4))]
        return {"n": self.number, "s": self.set}.get(name, self.value)()

    def path(self):
        name = self.pick(NAMES)
        path = [name]
        if name == "m" and self.chance(0.6):
            path.append(self.pick(("x", "y", "z")))
        elif name == "d" and self.chance(0.6):
            path.append(self.below(4))
        if len(path) == 2 and self.chance(0.2):
            path.append(self.pick(("x", 0, 1)))
        return tuple(path)
