"""Text -> text that no spreadsheet runs."""

import re

__all__ = ["like_command", "unmarked", "without_commands"]

_COMMAND = re.compile(r"\s*[=+\-@＝＋－＠|%]|[\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula; full-width signs count as well."""


def like_command(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for something to run.

    Examples
    --------
    >>> like_command("=1+1"), like_command("  @SUM(1)"), like_command("＝1"), like_command("站 =1")
    (True, True, True, False)
    """
    return _COMMAND.match(text) is not None


def without_commands(text: str) -> str:
    """Give a text as a cell of a CSV file: a quote in front keeps a spreadsheet from running it.

    A text that begins with quotes before such a sign gets one more, so `unmarked` gives each back.

    Examples
    --------
    >>> without_commands("=1+1"), without_commands("'=1"), without_commands("东站")
    ("'=1+1", "''=1", '东站')
    """
    return f"'{text}" if like_command(text.lstrip("'")) else text


def unmarked(text: str) -> str:
    """Give a text back as it was before `without_commands`.

    Examples
    --------
    >>> unmarked("'=1+1"), unmarked("''=1"), unmarked("'t Hof")
    ('=1+1', "'=1", "'t Hof")
    """
    return text[1:] if text.startswith("'") and like_command(text.lstrip("'")) else text
