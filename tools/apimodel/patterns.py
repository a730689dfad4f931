"""AWS's patterns are Java regular expressions; ours run on RE2. What differs in spelling only is rewritten
here; what RE2 cannot say (lookaround) stands in the service's patch file as patternRe2, with its reason."""

import re

SURROGATES = re.compile(r"\\u[dD]800\\u[dD][cC]00-\\u[dD][bB][fF]{2}\\u[dD][fF]{3}")
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def to_re2(pattern):
    """The pattern in RE2's spelling, or "" where it needs no change."""
    out = SURROGATES.sub(lambda match: r"\x{10000}-\x{10FFFF}", pattern)
    out = ESCAPE.sub(lambda match: rf"\x{{{match[1].upper()}}}", out)
    out = out.replace(r"\p{Print}", "[[:print:]]").replace(r"\p{ASCII}", r"[\x00-\x7F]")
    return out if out != pattern else ""
