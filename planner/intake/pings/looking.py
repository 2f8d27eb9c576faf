"""The beginning of a file of records -> its layout, or what is wrong with it."""

import csv
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped] # the same

from planner.errors import Problem
from planner.intake.pings.clocks import read_times
from planner.intake.pings.files import told_name
from planner.intake.pings.headers import (
    BINS_HEADERS,
    columns_by_content,
    columns_by_header,
    is_whole,
    joined_cells,
    missing_headers,
)
from planner.intake.pings.model import Layout
from planner.intake.pings.moments import DAY_FIRST, MONTH_FIRST
from planner.intake.pings.zones import UTC_ONLY
from planner.language import Message, note

__all__ = ["Look", "look_at"]

_HEAD = 1 << 16
_SLACK = 1 << 11
"""An archive is unpacked in pieces, so that its beginning may be so much shorter."""
_ROWS = 200
"""So many rows from the top tell what the columns are."""
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a first look at a file gave."""

    layout: Layout | None
    """None: it can't be read, and a problem says why."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[Message, ...] = ()


def look_at(  # noqa: C901, PLR0911 - one refusal for each thing a file can be
    path: Path,
    *,
    columns: Mapping[str, str],
    near: tuple[float, float, float, float] | None = None,
) -> Look:
    """Find how a file of records is read, from its beginning (of a text also middle and end).

    Parameters
    ----------
    columns
        Canonical name -> header, or the number of the column from 1 where there are no headers.
    near
        West, south, east, north of the district in WGS-84 degrees: which numbers are positions.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return _refused(
            path, note("a file that can be read"), note("Check the path in the settings.")
        )
    if not head:
        return _empty(path)
    if head.startswith(b"PAR1"):
        return _look_at_parquet(path, columns)
    packed = head.startswith(b"\x1f\x8b")
    if packed:
        head = _unpacked(head)
    encoding = _utf16(head)
    if encoding is None and b"\x00" in head:
        return _refused(
            path,
            note("text (CSV) or Parquet"),
            note("Save it as CSV UTF-8, or as Parquet."),
        )
    texts = [_decoded(head, encoding)]
    if not texts[0].strip():
        return _damaged(path) if packed else _empty(path)
    if not packed and encoding is None:
        texts += _further(path)
    look = _look_at_text(path, texts, columns, near)
    if look.layout is None or look.layout.kind == "bins":
        return look
    encoding = encoding or ("utf-8" if _is_utf8(head) else "gb18030")
    layout = replace(look.layout, packed=packed, encoding=encoding)
    return Look(layout=layout, problems=look.problems, notes=look.notes)


def _look_at_parquet(path: Path, columns: Mapping[str, str]) -> Look:

    try:
        with pq.ParquetFile(path) as file:
            headers = list(file.schema_arrow.names)
            count = file.metadata.num_rows
    except (pa.ArrowException, OSError):
        return _damaged(path)
    if set(headers) >= BINS_HEADERS:
        return Look(layout=Layout(kind="bins"))
    if not count:
        return _empty(path)
    found = columns_by_header(headers, columns)
    problem = _missing(path, headers, columns, found)
    if problem is not None:
        return Look(layout=None, problems=(problem,))
    return Look(
        layout=Layout(
            kind="parquet",
            columns=found,
            headers={name: headers[at] for name, at in found.items()},
            width=len(headers),
        )
    )


def _look_at_text(
    path: Path,
    texts: Sequence[str],
    columns: Mapping[str, str],
    near: tuple[float, float, float, float] | None,
) -> Look:
    delimiter = _delimiter(texts[0], columns)
    rows = _rows(texts[0], delimiter)
    headers = rows[0]
    if set(headers) >= BINS_HEADERS:
        return Look(layout=Layout(kind="bins"))
    found = columns_by_header(headers, columns)
    header = True
    notes: tuple[Message, ...] = ()
    if not is_whole(found) or _is_data(headers, found):
        width = len(headers)
        same = [row for row in rows if len(row) == width]
        numbers = [str(at + 1) for at in range(width)]
        guessed = columns_by_content(same, near)
        given = columns_by_header(numbers, columns)
        found_here = {**{k: v for k, v in guessed.items() if v not in given.values()}, **given}
        if is_whole(found_here) and _is_data(headers, found_here):
            header, headers, found = False, numbers, found_here
            notes = (_without_header(path, found),)
    problem = _missing(path, headers, columns, found)
    if problem is not None:
        return Look(layout=None, problems=(problem,))
    layout = Layout(
        kind="delimited",
        columns=found,
        headers={name: headers[at] for name, at in found.items()},
        width=len(headers),
        header=header,
        delimiter=ord(delimiter),
        order=_order(texts, delimiter, found),
    )
    return Look(layout=layout, notes=notes)


def _without_header(path: Path, found: Mapping[str, int]) -> Message:
    return note(
        "{file}: it has no headers; by what stands there, time is column {time}, longitude "
        "{lon}, latitude {lat}, and person or vehicle {id}. Where that is wrong, write the "
        "numbers of the columns in district.toml.",
        file=told_name(path),
        time=found.get("time", found.get("date", 0)) + 1,
        lon=found.get("lon", found.get("lnglat", found.get("latlng", 0))) + 1,
        lat=found.get("lat", found.get("lnglat", found.get("latlng", 0))) + 1,
        id=found["id"] + 1 if "id" in found else "-",
    )


def _is_data(cells: Sequence[str], found: Mapping[str, int]) -> bool:
    """Tell whether a row holds a time where the time should stand, so that it is no header."""
    at = found.get("time", found.get("date"))
    if at is None or at >= len(cells):
        return False
    text = cells[at]
    return any(letter.isdigit() for letter in text) and not any(
        letter.isalpha() and letter not in "TZ年月日时分秒" for letter in text
    )


def _missing(
    path: Path, headers: Sequence[str], columns: Mapping[str, str], found: Mapping[str, int]
) -> Problem | None:
    """Tell what a file lacks to be records."""
    absent = missing_headers(headers, columns)
    # Any other cell of the line may be somebody's data.
    known = ", ".join(headers[at] for at in sorted(set(found.values())))
    told = f"{known} ({len(found)}/{len(headers)})" if found else str(len(headers))
    if absent:
        return _problem(
            path,
            found=told,
            expected=note("the column '{name}' that district.toml names", name=absent[0]),
            fix=note("Correct the name under columns of this file in district.toml."),
        )
    if is_whole(found):
        return None
    time = "time" in found or "date" in found
    return _problem(
        path,
        found=told,
        expected=note("columns of longitude and latitude") if time else note("a column of times"),
        fix=note(
            "Add the column, or name it under columns of this file in district.toml; the file was "
            "not used."
        ),
    )


def _problem(path: Path, *, found: str, expected: Message, fix: Message) -> Problem:
    return Problem(
        table=told_name(path), row="", column="", found=found, expected=expected, fix=fix
    )


def _refused(path: Path, expected: Message, fix: Message) -> Look:
    found = path.suffix or "-"
    return Look(layout=None, problems=(_problem(path, found=found, expected=expected, fix=fix),))


def _empty(path: Path) -> Look:
    return Look(
        layout=None,
        problems=(
            _problem(path, found="0", expected=note("records"), fix=note("Export it again.")),
        ),
    )


def _damaged(path: Path) -> Look:
    return _refused(
        path,
        note("a file that is whole"),
        note("It is damaged from the beginning; copy or export it again."),
    )


def _unpacked(head: bytes) -> bytes:
    """Unpack the beginning of a packed text as far as it goes."""
    unpacker = zlib.decompressobj(31)
    out = b""
    for at in range(0, len(head), 1 << 10):
        try:
            out += unpacker.decompress(head[at : at + (1 << 10)], _HEAD)
        except zlib.error:
            break
        if len(out) >= _HEAD:
            break
    return out


def _utf16(head: bytes) -> str | None:
    marks = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    return marks.get(head[:2])


def _decoded(head: bytes, encoding: str | None) -> str:
    """Turn the beginning of a text into whole lines: UTF-8, else GBK."""
    if encoding is not None:
        text = head[: len(head) // 2 * 2].decode(encoding, errors="replace")
    else:
        whole = _whole(head)
        name = "utf-8-sig" if _is_utf8(head) else "gb18030"
        text = whole.decode(name, errors="replace")
    return text.removeprefix("\ufeff")


def _whole(head: bytes) -> bytes:
    """Leave out a line that is cut."""
    last = head.rfind(b"\n")
    return head[: last + 1] if last > 0 and len(head) >= _HEAD - _SLACK else head


def _is_utf8(head: bytes) -> bool:
    try:
        _whole(head).decode()
    except UnicodeDecodeError:
        return False
    return True


def _further(path: Path) -> list[str]:
    """Read some lines from the middle and the end of a text."""
    size = path.stat().st_size
    out = []
    with path.open("rb") as file:
        for at in (size // 2, size - _HEAD):
            if at > _HEAD:
                file.seek(at)
                piece = file.read(_HEAD)
                out.append(_decoded(piece[piece.find(b"\n") + 1 :], None))
    return out


def _delimiter(text: str, columns: Mapping[str, str]) -> str:
    """Find what separates the cells: that which gives most columns that are known, else most."""

    def fit(delimiter: str) -> tuple[int, int]:
        rows = _rows(text, delimiter)
        widths = [len(row) for row in rows[:_ROWS]]
        return len(columns_by_header(rows[0], columns)), sorted(widths)[len(widths) // 2]

    return max(_DELIMITERS, key=fit)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Split the first lines into cells; a line whose quotes are astray is split without them."""
    out = []
    for line in text.splitlines()[: _ROWS + 1]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            cells = line.split(delimiter)
        if cells:
            out.append([cell.strip() for cell in cells])
    return out or [[""]]


def _order(texts: Sequence[str], delimiter: str, found: Mapping[str, int]) -> int:
    """Tell whether days stand before months or after, where some day above 12 shows it."""
    at = found.get("date", found.get("time", 0))
    cells = [
        cells[at]
        for text in texts
        for line in text.splitlines()
        if len(cells := line.split(delimiter)) > at
    ]
    forms = set(
        read_times(*joined_cells([cell.strip(' "') for cell in cells]), 0, UTC_ONLY)[1].tolist()
    )
    shown = forms & {DAY_FIRST, MONTH_FIRST}
    return shown.pop() if len(shown) == 1 else 0
