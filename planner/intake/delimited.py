"""CSV and other delimited text -> a grid of text."""

import codecs
import csv
import io
import re

from planner.errors import InputError
from planner.intake.grid import Grid, Source, clean
from planner.intake.privacy import shown
from planner.language import Message, note

__all__ = ["decode", "read_delimited"]

_MOST_DAMAGE = 0.1
"""Share of the bytes beyond ASCII that may be wrong before another encoding is tried."""
_MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_DELIMITERS = ",;\t|"
_NAMES = {
    ";": note("semicolons"),
    "\t": note("tabs"),
    "|": note("vertical bars"),
    ",": note("commas"),
}


def read_delimited(content: bytes, source: Source, *, suffix: str) -> list[Grid]:
    """Read a delimited text file; line numbers count records, as Excel shows them.

    `.csv` is separated by commas and nothing else, since a wrong guess would move every column;
    `.tsv` and `.txt` by what their first line has.

    Raises
    ------
    InputError
        If the file is empty or no text, or is not separated as its name says.
    """
    text = decode(content, source)
    delimiter = _delimiter(text, source, suffix)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [[clean(cell) for cell in record] for record in records]
    except csv.Error as error:
        raise InputError(
            note(
                "{file}: line {line} cannot be split into cells. Look for a double quote that is "
                "not closed, there or before, or save the table as .xlsx.",
                file=source.label,
                line=records.line_num,
            )
        ) from error
    _refuse_one_column(rows, source)
    return [Grid(label=source.label, rows=rows, delimited=True)]


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


def _delimiter(text: str, source: Source, suffix: str) -> str:
    """Find what separates the cells: what the first line with any delimiter has most of."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines()[:50]]
    counts = [max(map(line.count, _DELIMITERS)) for line in lines]
    # A title may hold a single semicolon; a header has more than two columns.
    first = next((at for least in (2, 1) for at, n in enumerate(counts) if n >= least), None)
    found = "," if first is None else max(_DELIMITERS, key=lines[first].count)
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
