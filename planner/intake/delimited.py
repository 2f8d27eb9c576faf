"""CSV and other delimited text -> a grid of text."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection

from planner.columns import header_key
from planner.errors import InputError
from planner.intake.body import Rule
from planner.intake.grid import Flaw, Grid, Source, clean
from planner.intake.privacy import shown
from planner.language import Message, note

__all__ = ["decode", "read_delimited"]

_MOST_DAMAGE = 0.1
"""Share of the bytes beyond ASCII that may be wrong before another encoding is tried."""
_MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEARCHED = 50
"""Lines from the top that tell what separates the cells."""
_DELIMITERS = ",;\t|"
_NAMES = {
    ";": note("semicolons"),
    "\t": note("tabs"),
    "|": note("vertical bars"),
    ",": note("commas"),
}


def read_delimited(
    content: bytes, source: Source, *, suffix: str, known: Collection[str] = ()
) -> list[Grid]:
    """Read a delimited text file; line numbers count records, as Excel shows them.

    `.csv` is separated by commas and nothing else, since a wrong guess would move every column;
    `.tsv` and `.txt` by what their header has.

    Parameters
    ----------
    content, source, suffix
        The file, and how its name ends.
    known
        Headers that are understood, as `header_key` gives them; the delimiter between them holds.

    Raises
    ------
    InputError
        If the file is empty or no text, or is not separated as its name says.
    """
    text = decode(content, source)
    delimiter = _delimiter(text, source, suffix, known=known)
    rows, flaws = _records(text, delimiter)
    _refuse_one_column(rows, source)
    return [Grid(label=source.label, rows=rows, delimited=True, flaws=flaws)]


_STRAY_QUOTE = Flaw(
    Rule(
        expected=note("double quotes only around a whole cell"),
        fix=note("The line was read without them; check its cells, and write two in place of one."),
        fatal=False,
    ),
    found='"',
)


class _Lines:
    """The lines of a text one after the other; `at`, the next one, can be set back."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text, newline="").readlines()
        self.at = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at == len(self.lines):
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def _records(text: str, delimiter: str) -> tuple[list[list[str]], dict[int, Flaw]]:
    """Split a text into rows of cells.

    Where a double quote stands astray or is never closed, that one line is split by itself, so that
    no other line is lost with it.
    """
    csv.field_size_limit(len(text) + 1)  # an own rule tells of cells that are too long
    lines = _Lines(text)
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    flaws: dict[int, Flaw] = {}
    while True:
        start = lines.at
        try:
            record = next(records, None)
        except csv.Error:
            record = _cells(lines.lines[start], delimiter)
            flaws[len(rows)] = _STRAY_QUOTE
            lines.at = start + 1
            records = csv.reader(lines, delimiter=delimiter, strict=True)
        if record is None:
            return rows, flaws
        rows.append([clean(cell) for cell in record])


def _cells(line: str, delimiter: str) -> list[str]:
    """Split one line, whatever its quotes."""
    return next(csv.reader([line], delimiter=delimiter), [])


def decode(content: bytes, source: Source) -> str:
    """Turn bytes into text: UTF-8 with or without a mark, UTF-16 with one, else GB18030 (GBK).

    A few damaged letters are kept as the replacement character, to be told as faults of their row.

    Raises
    ------
    InputError
        If there is nothing, or if it is no text.
    """
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError(note("{file}: the file is empty. Export it again.", file=source.label))
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    content = content.removeprefix(codecs.BOM_UTF8)  # some programs put it before GBK too
    if b"\x00" in content:
        raise InputError(_no_text(source))
    beyond_ascii = len(content) - len(content.translate(None, bytes(range(128, 256))))
    # The unmarked encodings, the surer first.
    for encoding in ("utf-8", "gb18030"):
        text = content.decode(encoding, errors="replace")
        if text.count("�") <= _MOST_DAMAGE * beyond_ascii:
            return text
    raise InputError(_no_text(source))


def _no_text(source: Source) -> Message:
    return note(
        "{file}: this is no text file. Open it in Excel or WPS and save it as CSV UTF-8 or .xlsx.",
        file=source.label,
    )


def _delimiter(text: str, source: Source, suffix: str, *, known: Collection[str]) -> str:
    """Find what separates the cells.

    The delimiter that gives a line with the most known headers; where none does, the one that
    stands equally often in most lines.
    """
    csv.field_size_limit(len(text) + 1)
    lines = text.splitlines()[:_SEARCHED]
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines]

    def fit(delimiter: str) -> tuple[int, int, int]:
        hits = [{header_key(cell) for cell in _cells(line, delimiter)} & {*known} for line in lines]
        counts = Counter(line.count(delimiter) for line in bare if delimiter in line)
        count, often = counts.most_common(1)[0] if counts else (0, 0)
        most = max(map(len, hits), default=0)
        return most if most > 1 else 0, often, count

    found = max(_DELIMITERS, key=fit)
    if suffix != ".csv" or found == ",":
        return found
    raise InputError(
        note(
            "{file}: the cells are separated by {found}, expected commas. Save it as CSV "
            "(comma delimited), or as .xlsx.",
            file=source.label,
            found=_NAMES[found],
        )
    )


def _refuse_one_column(rows: list[list[str]], source: Source) -> None:
    """Refuse a table whose every line is one cell that holds delimiters."""
    filled = [row for row in rows if any(row)]
    if filled and all(len(row) == 1 for row in filled):
        first = filled[0][0]
        if any(mark in first for mark in "，,;；、\t|"):
            raise InputError(
                note(
                    "{file}: each line is one cell ({found}), expected cells separated by commas. "
                    "Save it as CSV (comma delimited), or as .xlsx.",
                    file=source.label,
                    found=shown(first),
                )
            )
