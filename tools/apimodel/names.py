"""AWS's names as C++ names: one rule for every service, so that who knows the API can guess the code."""

import re

KEYWORDS = frozenset("""
alignas alignof and asm auto bool break case catch char class concept const constexpr continue
default delete do double else enum explicit export extern false float for friend goto if inline int
long mutable namespace new not nullptr operator or private protected public register requires return
short signed sizeof static struct switch template this throw true try typedef typename union
unsigned using virtual void volatile while xor
""".split())

# Words that the general rule would cut in odd places.
WHOLE_WORDS = (("ETag", "Etag"), ("SSEKMS", "SseKms"), ("IPv", "Ipv"), ("OAuth", "Oauth"))
PLURAL_ACRONYM = re.compile(r"([A-Z]{2,})s(?=[A-Z]|$)")
WORD = re.compile(r"[A-Z][A-Z0-9]*(?=[A-Z][a-z])|[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z][a-z0-9]*|[0-9]+")


def words(name):
    for odd, plain in WHOLE_WORDS:
        name = name.replace(odd, plain)
    name = PLURAL_ACRONYM.sub(lambda match: match[1].capitalize() + "s", name)
    return WORD.findall(name)


def escape_keyword(name):
    return name + "_" if name in KEYWORDS else name


def snake_case(name):
    """FunctionName -> function_name, ContentMD5 -> content_md5, ETag -> etag, Delete -> delete_."""
    return escape_keyword("_".join(word.lower() for word in words(name)))


def constant(value):
    """An enum value as the name of a constant: python3.13 -> kPython313, ALL_OLD -> kAllOld."""
    if value == "":
        return "kEmpty"
    spelled = value.replace("*", " Any ")
    parts = re.findall(r"[A-Za-z0-9]+", spelled)
    shouting = not re.search(r"[a-z]", re.sub(r"\bAny\b", "", spelled))
    return "k" + "".join(part.capitalize() if shouting else part[0].upper() + part[1:] for part in parts)


def constants(values):
    """Pairs of constant name and value; a name that is taken gets a number."""
    taken, out = set(), []
    for value in values:
        name, number = constant(value), 2
        while name in taken:
            name, number = f"{constant(value)}{number}", number + 1
        taken.add(name)
        out.append((name, value))
    return out
