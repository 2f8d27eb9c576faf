"""The text of settings -> a refusal where reading it would take minutes."""

import re

__all__ = ["MOST_LETTERS", "takes_long"]

MOST_LETTERS = 2_000_000
"""Settings of a large city with every decision made by hand have some hundred thousand."""
_MOST_PARTS = 20
_PART = r"""(?:[\w-]{1,300}|"(?:[^"\\\n]|\\.){0,300}"|'[^'\n]{0,300}')[ \t]{0,99}"""
_LONG_NAME = re.compile(rf"""(?<![\w"'\\-]){_PART}(?:\.[ \t]{{0,99}}{_PART}){{{_MOST_PARTS}}}""")
"""A name of more parts than any has: to read one takes the square of how many there are.

What is repeated has bounds, so that looking for it takes no square of anything itself.
"""


def takes_long(text: str) -> bool:
    r"""Tell whether to read a text as TOML would take far longer than settings ever do.

    Examples
    --------
    >>> takes_long("[limits]\ncount = 5"), takes_long("a" + ".a" * 5_000 + " = 1")
    (False, True)
    """
    return len(text) > MOST_LETTERS or _LONG_NAME.search(text) is not None
