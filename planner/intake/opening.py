"""A file of any family -> the rows of its table under known column names."""

from collections.abc import Callable, Mapping, Sequence

from planner.columns import NOTES_SHEET, Column, header_key, is_personal
from planner.errors import InputError
from planner.intake.archives import MOST_BYTES, MOST_CELLS, unpack_gzip
from planner.intake.body import Body, join_bodies
from planner.intake.delimited import read_delimited
from planner.intake.grid import Grid, Source
from planner.intake.headers import Head, find_head
from planner.intake.layout import read_body
from planner.intake.mapfile import MAP_SUFFIXES, read_map
from planner.intake.parquet import PARQUET_SUFFIXES, read_parquet
from planner.intake.workbook import read_workbook
from planner.language import Message, note

__all__ = ["Missing", "no_column", "open_table"]

Missing = Callable[[Grid, frozenset[str]], Message | None]
"""Given a sheet and the canonical names found in it: what it lacks, or None."""

_TOLD_HEADERS = 8
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_MARKS = (b",", b";", b"\t", b"|")
_BOOK_SUFFIXES = (".xlsx", ".xlsm")
_SAVE_AS_XLSX = frozenset({".xls", ".xlsb", ".et", ".ods", ".numbers", ".doc", ".docx", ".wps"})


def open_table(
    source: Source,
    columns: Sequence[Column],
    *,
    missing: Missing,
    renamed: Mapping[str, str],
) -> Body:
    """Read a file and find its table.

    Parameters
    ----------
    source
        Which file, sheet and layer.
    columns
        What the table may hold.
    missing
        Tells what a sheet lacks. Of several sheets those that lack nothing are read together, and
        the others are told; a single or named sheet that lacks something is an error.
    renamed
        Canonical name -> header in this file.

    Raises
    ------
    InputError
        If the file is missing, of no known kind, unreadable, or has no table with what is needed.
    """
    grids = _grids(source, columns)
    _check_renamed(source, grids, renamed, columns)
    heads = [find_head(grid, columns, renamed=renamed) for grid in grids]
    lacks = [_lack(grid, head, missing) for grid, head in zip(grids, heads, strict=True)]
    bodies, unused = [], []
    for grid, head, lack in zip(grids, heads, lacks, strict=True):
        if head is not None and lack is None:
            bodies.append(read_body(grid, head))
        elif grid.rows:
            unused.append(grid.label)
    if not bodies:
        raise InputError(_nearest(lacks, heads) or _no_header(source, grids, columns))
    return _with_notes(join_bodies(bodies), source, len(bodies), unused)


def no_column(grid: Grid, columns: Sequence[Column], name: str) -> Message:
    """Tell that a sheet lacks a column, with headers that are understood."""
    column = next(column for column in columns if column.name == name)
    return note(
        "{table}: there is no column '{column}'. Add one; any of these headers is understood: "
        "{headers}. Or name the header in district.toml (columns).",
        table=grid.label,
        column=column.header,
        headers=", ".join(column.headers[:_TOLD_HEADERS]),
    )


def _with_notes(body: Body, source: Source, sheets: int, unused: Sequence[str]) -> Body:
    notes = list(body.notes)
    if sheets > 1:
        notes.append(
            note(
                "{file}: {n} sheets hold such a table and were read together. To use one alone, "
                "name it as sheet in district.toml.",
                file=source.label,
                n=sheets,
            )
        )
    own = [label for label in unused if not label.endswith(f"[{NOTES_SHEET}]")]
    if own:
        names = ", ".join(own)
        notes.append(note("{sheets}: no such table there; not used.", sheets=names))
    return body.with_notes(notes)


def _grids(source: Source, columns: Sequence[Column]) -> list[Grid]:
    content = _content(source)
    suffixes = [part.lower() for part in source.path.suffixes]
    suffix = suffixes[-1] if suffixes else ""
    if suffix == ".gz":
        content = unpack_gzip(content, source)
        suffix = suffixes[-2] if len(suffixes) > 1 else ""
    if suffix in _TEXT_SUFFIXES:
        _refuse_many_cells(content, source)
        known = {header_key(header) for column in columns for header in column.headers}
        return read_delimited(content, source, suffix=suffix, known=known)
    if suffix in _BOOK_SUFFIXES:
        return read_workbook(content, source)
    if suffix in MAP_SUFFIXES:
        return read_map(content, source, suffix=suffix)
    if suffix in PARQUET_SUFFIXES:
        return read_parquet(content, source)
    raise InputError(_unknown_kind(source, suffix))


def _content(source: Source) -> bytes:
    try:
        if source.path.stat().st_size > MOST_BYTES:
            raise InputError(_too_large(source))
        return source.path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            note(
                "{file}: there is no such file in {folder}. Put it there, or mend its name in "
                "district.toml.",
                file=source.path.name,
                folder=source.path.parent.resolve().name,
            )
        ) from error
    except OSError as error:
        raise InputError(
            note(
                "{file}: the file cannot be opened ({reason}). Close it in other programs and "
                "check its permissions.",
                file=source.path.name,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _refuse_many_cells(content: bytes, source: Source) -> None:
    """Refuse a text of more cells than can be held; marks inside of texts are counted too.

    Raises
    ------
    InputError
        If it has.
    """
    marks = max(content.count(mark) for mark in _MARKS) + content.count(b"\n")
    if marks > MOST_CELLS:
        raise InputError(_too_large(source))


def _too_large(source: Source) -> Message:
    return note(
        "{file}: the file holds far more than a district's data; it was not opened. Keep "
        "only the rows and columns that are needed, or name it as a source of kind pings.",
        file=source.label,
    )


def _unknown_kind(source: Source, suffix: str) -> Message:
    if suffix in _SAVE_AS_XLSX:
        return note(
            "{file}: files of this kind ({suffix}) are not read. Open it and save it as .xlsx.",
            file=source.label,
            suffix=suffix,
        )
    return note(
        "{file}: files of this kind ({suffix}) are not read. Use .xlsx, .csv, .geojson, .gpkg, "
        ".kml, .parquet, or a Shapefile as .zip.",
        file=source.label,
        suffix=suffix or "?",
    )


def _lack(grid: Grid, head: Head | None, missing: Missing) -> Message | None:
    if head is None:
        return None
    found = {*head.taken, *(() if grid.geometry is None else ("geometry",))}
    return missing(grid, frozenset(found))


def _nearest(lacks: Sequence[Message | None], heads: Sequence[Head | None]) -> Message | None:
    """Tell what is missing in the sheet that comes nearest to a table."""
    near = [
        (len(head.taken), lack)
        for head, lack in zip(heads, lacks, strict=True)
        if head is not None and lack is not None
    ]
    return max(near, key=lambda pair: pair[0])[1] if near else None


def _no_header(source: Source, grids: Sequence[Grid], columns: Sequence[Column]) -> Message:
    if _is_garbled(grids, columns):
        return note(
            "{file}: the text was saved in a wrong encoding, so that no header can be read. Export "
            "it again as CSV UTF-8, or as .xlsx.",
            file=source.label,
        )
    return note(
        "{file}: no header was found. Put the names of the columns into one row, as in the "
        "template (planner init writes one).",
        file=source.label,
    )


def _is_garbled(grids: Sequence[Grid], columns: Sequence[Column]) -> bool:
    """Tell whether headers appear once a text is turned back into the bytes it was read from."""
    known = {header_key(header) for column in columns for header in column.headers}
    cells = [cell for grid in grids for row in grid.rows[:10] for cell in row if not cell.isascii()]
    return any(
        header_key(cell.encode(wrong, errors="ignore").decode(right, errors="ignore")) in known
        for cell in cells
        for wrong, right in (("gb18030", "utf-8"), ("cp1252", "utf-8"), ("cp1252", "gb18030"))
    )


def _check_renamed(
    source: Source,
    grids: Sequence[Grid],
    renamed: Mapping[str, str],
    columns: Sequence[Column],
) -> None:
    """Refuse column names of district.toml that the file does not have.

    Raises
    ------
    InputError
        If a header is not in the file, a canonical name is not known, or the column is personal.
    """
    known = {column.name for column in columns}
    there = {header_key(cell) for grid in grids for row in grid.rows[:40] for cell in row}
    for name, header in renamed.items():
        if name not in known:
            raise InputError(
                note(
                    "{file}: district.toml renames the column '{name}', which this table does not "
                    "have. Columns: {columns}.",
                    file=source.label,
                    name=name,
                    columns=", ".join(sorted(known)),
                )
            )
        if header_key(header) not in there or is_personal(header):
            raise InputError(
                note(
                    "{file}: district.toml takes column '{name}' from the header '{header}', which "
                    "the file does not have or which holds names or phone numbers of people.",
                    file=source.label,
                    name=name,
                    header=header,
                )
            )
