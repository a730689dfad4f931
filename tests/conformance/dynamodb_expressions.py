"""Random expressions of DynamoDB: each is its text and what it means, as a function of an item.

Both are made together, so that the meaning is never read from the text. What the service would refuse by the
text alone is not made.
"""

import dataclasses
import re

import dynamodb_values as values


class Refused(Exception):
    """The service must answer with ValidationException."""


@dataclasses.dataclass
class Texts:
    """The placeholders of one request."""

    dice: values.Dice
    names: dict = dataclasses.field(default_factory=dict)
    given: dict = dataclasses.field(default_factory=dict)

    def value(self, value):
        key = f":v{len(self.given)}"
        self.given[key] = values.to_wire(value)
        return key

    def name(self, name):
        self.names["#" + name] = name
        return "#" + name

    def path(self, path):
        text = ""
        for step in path:
            text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + self.name(step)
        return text

    def request(self, expressions):
        """The request with the placeholders that its expressions name: others would be refused."""
        text = " ".join(expressions[name] for name in expressions if name.endswith("Expression"))
        used = set(re.findall(r"[#:]\w+", text))
        out = dict(expressions)
        for member, held in (("Names", self.names), ("Values", self.given)):
            if kept := {key: value for key, value in held.items() if key in used}:
                out["ExpressionAttribute" + member] = kept
        return out


def comparable(dice):
    return dice.pick((dice.text, dice.number, dice.binary))()


COMPARISONS = {
    "<": lambda a, b: values.less(a, b) is True,
    "<=": lambda a, b: values.less(b, a) is False,
    ">": lambda a, b: values.less(b, a) is True,
    ">=": lambda a, b: values.less(a, b) is False,
}


class Conditions:
    def __init__(self, texts):
        self.texts, self.dice = texts, texts.dice

    def any(self, depth=2):
        """(text, function of an item)."""
        if depth and self.dice.chance(0.5):
            (left, first), (right, second) = self.any(depth - 1), self.any(depth - 1)
            kind = self.dice.below(3)  # a part that is not used leaves placeholders that are not sent
            if kind == 0:
                return f"({left}) AND ({right})", lambda item: first(item) and second(item)
            if kind == 1:
                return f"({left}) OR ({right})", lambda item: first(item) or second(item)
            return f"NOT ({left})", lambda item: not first(item)
        makers = [self.exists, self.compare, self.compare, self.between, self.one_of, self.typed]
        return self.dice.pick([*makers, self.starts, self.holds])()

    def operand(self):
        path = self.dice.path()
        text = self.texts.path(path)
        if self.dice.chance(0.2):

            def sized(item):
                held = values.find(item, path)
                count = None if held is None else values.size(held)
                return None if count is None else ("N", count)

            return f"size({text})", sized
        return text, lambda item: values.find(item, path)

    def other(self, maker, than):
        """What an operand is compared with: never itself, which the service refuses."""
        if self.dice.chance(0.25):
            text, read = self.operand()
            if text != than:
                return text, read
        value = maker()
        return self.texts.value(value), lambda item: value

    def exists(self):
        path = self.dice.path()
        text = self.texts.path(path)
        if self.dice.chance(0.5):
            return f"attribute_exists({text})", lambda item: values.find(item, path) is not None
        return f"attribute_not_exists({text})", lambda item: values.find(item, path) is None

    def compare(self):
        left, first = self.operand()
        sign = self.dice.pick(("=", "<>", "<", "<=", ">", ">="))
        equal = sign in ("=", "<>")
        right, second = self.other(self.dice.value if equal else lambda: comparable(self.dice), left)

        def holds(item):
            a, b = first(item), second(item)
            if a is None or b is None:
                return sign == "<>"
            if equal:
                return (a == b) == (sign == "=")
            return COMPARISONS[sign](a, b)

        return f"{left} {sign} {right}", holds

    def between(self):
        text, read = self.operand()
        low, high = sorted((self.dice.number() for _ in range(2)), key=values.sort_form)

        def holds(item):
            held = read(item)
            return held is not None and held[0] == "N" and low[1] <= held[1] <= high[1]

        return f"{text} BETWEEN {self.texts.value(low)} AND {self.texts.value(high)}", holds

    def one_of(self):
        text, read = self.operand()
        others = [self.other(self.dice.value, text) for _ in range(1 + self.dice.below(3))]

        def holds(item):
            held = read(item)
            return held is not None and any(held == other(item) for _, other in others)

        return f"{text} IN ({', '.join(other for other, _ in others)})", holds

    def typed(self):
        path = self.dice.path()
        kind = self.dice.pick(("S", "N", "B", "L", "M", "SS", "NS", "BS", "BOOL", "NULL"))
        key = self.texts.value(("S", kind))

        def holds(item):
            held = values.find(item, path)
            return held is not None and held[0] == kind

        return f"attribute_type({self.texts.path(path)}, {key})", holds

    def starts(self):
        path, prefix = self.dice.path(), self.dice.pick((self.dice.text, self.dice.binary))()

        def holds(item):
            held = values.find(item, path)
            return held is not None and held[0] == prefix[0] and held[1].startswith(prefix[1])

        return f"begins_with({self.texts.path(path)}, {self.texts.value(prefix)})", holds

    def holds(self):
        path, part = self.dice.path(), comparable(self.dice)

        def holds(item):
            held = values.find(item, path)
            return held is not None and values.contains(held, part)

        return f"contains({self.texts.path(path)}, {self.texts.value(part)})", holds


def overlap(left, right):
    """Whether two paths cannot stand in one update."""
    for a, b in zip(left, right, strict=False):
        if isinstance(a, int) != isinstance(b, int):
            return True
        if a != b:
            return False
    return True


def put(item, path, value, indexes_moved):
    """Writes (or, with nothing, removes) what stands at a path; its parents must be there."""
    if len(path) == 1:
        if value is None:
            item.pop(path[0], None)
        else:
            item[path[0]] = value
        return
    parent, last = values.find(item, path[:-1]), path[-1]
    if parent is None or parent[0] != ("L" if isinstance(last, int) else "M"):
        raise Refused
    content = parent[1]
    if isinstance(last, str):
        if value is None:
            content.pop(last, None)
        else:
            content[last] = value
    elif value is None:
        if last < len(content):
            indexes_moved.append((content, last))
    elif last < len(content):
        content[last] = value
    else:
        content.append(value)


def copied(value):
    """A deep copy: lists and maps are changed in place."""
    kind, content = value
    if kind == "L":
        return kind, [copied(element) for element in content]
    if kind == "M":
        return kind, {name: copied(member) for name, member in content.items()}
    return value


class Projection:
    """Some attributes, members and elements, and what is left of an item by them."""

    def __init__(self, texts, always=()):
        self.paths = [(name,) for name in always]
        for _ in range(1 + texts.dice.below(4)):
            path = texts.dice.path()
            if not any(overlap(path, taken) for taken in self.paths):
                self.paths.append(path)
        self.text = ", ".join(texts.path(path) for path in self.paths)

    def of(self, item):
        kept = self.kept(("M", item), [path for path in self.paths if values.find(item, path) is not None])
        return kept[1]

    def kept(self, value, paths):
        if () in paths:
            return value
        kind, content = value
        steps = {path[0]: [rest[1:] for rest in paths if rest[0] == path[0]] for path in paths}
        if kind == "M":
            return kind, {step: self.kept(content[step], below) for step, below in steps.items()}
        return kind, [self.kept(content[step], steps[step]) for step in sorted(steps)]


class Updates:
    """Makes an update of up to four actions."""

    def __init__(self, texts):
        self.texts, self.dice = texts, texts.dice
        self.paths, self.actions, self.sections = [], [], {}

    def target(self, maker):
        for _ in range(8):
            path = maker()
            lists = [taken[:-1] for taken in self.paths if isinstance(taken[-1], int)]
            moves = isinstance(path[-1], int) and path[:-1] in lists
            if not moves and not any(overlap(path, taken) for taken in self.paths):
                self.paths.append(path)
                return path
        return None

    def any(self, more=()):
        """(text, function that changes a copy of an item). `more`: makers of the keys of indexes."""
        for _ in range(1 + self.dice.below(4)):
            self.dice.pick((self.set, self.set, self.remove, self.add, self.delete))()
        for name, maker in more:
            if self.dice.chance(0.15):
                self.key(name, maker)
        text = " ".join(f"{section} {', '.join(parts)}" for section, parts in self.sections.items())
        return text, self.apply

    def apply(self, old, exists=True):
        """The item after the update, made from what it was; `exists` as the item is there or new."""
        item = {name: copied(value) for name, value in old.items()}
        results = [(path, result(old)) for path, result in self.actions]
        moved = []
        for path, value in results:
            if value is None and len(path) > 1 and not exists:
                continue
            put(item, path, None if value is None else copied(value), moved)
        for content, index in moved:
            del content[index]
        return item

    def creates(self):
        """Whether it makes an item where there is none: what only takes away does not."""
        return bool(self.sections.keys() & {"SET", "ADD"})

    def act(self, section, text, path, result):
        self.sections.setdefault(section, []).append(text)
        self.actions.append((path, result))

    def key(self, name, maker):
        self.paths.append((name,))
        if self.dice.chance(0.3):
            self.act("REMOVE", self.texts.name(name), (name,), lambda item: None)
        else:
            value = maker()
            text = f"{self.texts.name(name)} = {self.texts.value(value)}"
            self.act("SET", text, (name,), lambda item: value)

    def set(self):
        if path := self.target(self.dice.path):
            text, result = self.sum() if self.dice.chance(0.5) else self.read(self.dice.value)
            self.act("SET", f"{self.texts.path(path)} = {text}", path, result)

    def remove(self):
        if path := self.target(self.dice.path):
            self.act("REMOVE", self.texts.path(path), path, lambda item: None)

    def read(self, maker):
        path, value = self.dice.path(), maker()

        def found(item):
            held = values.find(item, path)
            if held is None:
                raise Refused
            return held

        kind = self.dice.below(3)
        if kind == 0:
            return self.texts.value(value), lambda item: value
        if kind == 1:
            return self.texts.path(path), found
        text = f"if_not_exists({self.texts.path(path)}, {self.texts.value(value)})"
        return text, lambda item: value if values.find(item, path) is None else values.find(item, path)

    def sum(self):
        if self.dice.chance(0.5):
            left, first = self.read(lambda: ("L", [self.dice.value(0)]))
            right, second = self.read(lambda: ("L", [self.dice.value(0)]))
            kind, text = "L", f"list_append({left}, {right})"
        else:
            sign = self.dice.pick("+-")
            left, first = self.read(self.dice.number)
            right, second = self.read(self.dice.number)
            kind, text = "N", f"{left} {sign} {right}"

        def result(item):
            a, b = first(item), second(item)
            if a[0] != kind or b[0] != kind:
                raise Refused
            return kind, a[1] - b[1] if kind == "N" and sign == "-" else a[1] + b[1]

        return text, result

    def changed(self, section, operand, combine):
        path = self.target(lambda: (self.dice.pick(values.NAMES),))
        if not path:
            return

        def result(item):
            held = values.find(item, path)
            if held is None:
                return operand if section == "ADD" else None
            if held[0] != operand[0]:
                raise Refused
            content = combine(held[1], operand[1])
            return None if content == frozenset() else (held[0], content)

        self.act(section, f"{self.texts.path(path)} {self.texts.value(operand)}", path, result)

    def add(self):
        number = self.dice.chance(0.5)
        operand = self.dice.number() if number else self.dice.set()
        self.changed("ADD", operand, lambda a, b: a + b if number else a | b)

    def delete(self):
        self.changed("DELETE", self.dice.set(), lambda a, b: a - b)
