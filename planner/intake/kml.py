"""KML documents -> what may be opened, and one grid of all their folders."""

import html
import io
import re
from collections.abc import Mapping, Sequence

import numpy as np

from planner.errors import InputError
from planner.intake.grid import Grid, Source
from planner.intake.xml_types import declares_a_type
from planner.language import Message, note

__all__ = [
    "document_of",
    "folders_together",
    "named_as_written",
    "refuse_other_xml",
    "with_plain_names",
]

_BEGINNING = 4_096
"""Bytes in which a document type and the first element are looked for."""


def refuse_other_xml(content: bytes, source: Source) -> None:
    """Refuse what is no KML, declares a document type, or only links to other files.

    Raises
    ------
    InputError
        If it is so.
    """
    begins = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if not begins or b"kml" not in content[:_BEGINNING] or declares_a_type(io.BytesIO(content)):
        raise InputError(_no_kml(source))
    if b"<NetworkLink" in content and b"<Placemark" not in content:
        raise InputError(
            note(
                "{file}: the file only links to places that lie elsewhere. Export it again with "
                "the places in it.",
                file=source.label,
            )
        )


def with_plain_names(content: bytes) -> bytes:
    """Write the names of untyped data in letters that GDAL keeps; it makes _ of all others.

    `named_as_written` turns them back. A document in another encoding than UTF-8 is left as it is.
    """

    def plain(found: re.Match[bytes]) -> bytes:
        name = html.unescape(found[3].decode("utf-8", errors="replace"))
        return found[1] + found[2] + _CODED + name.encode().hex().encode() + found[2]

    return _UNTYPED.sub(plain, content)


_CODED = b"planner_name_"
_UNTYPED = re.compile(rb"""(<Data\s+name\s*=\s*)(["'])([^"'<>]*)\2""")


def named_as_written(field: str) -> str:
    """Give the name of a field as the document has it.

    Examples
    --------
    >>> named_as_written("planner_name_e4babae695b0"), named_as_written("Name")
    ('人数', 'Name')
    """
    coded = field.removeprefix(_CODED.decode())
    if coded == field or not re.fullmatch("([0-9a-f]{2})*", coded):
        return field
    return bytes.fromhex(coded).decode("utf-8", errors="replace")


def document_of(members: Mapping[str, bytes], source: Source) -> str:
    """Name the one document of a .kmz; its pictures are not needed.

    Raises
    ------
    InputError
        If it has none, or several and none is doc.kml.
    """
    found = [name for name in members if name.lower().endswith(".kml")]
    if len(found) > 1 and "doc.kml" in found:
        return "doc.kml"
    if len(found) != 1:
        raise InputError(_no_kml(source))
    return found[0]


def folders_together(grids: Sequence[Grid], folders: Sequence[str], source: Source) -> Grid:
    """Put the features of all folders of a KML under each other, and tell which folders.

    Parameters
    ----------
    grids
        One for each folder, the first row the header; KML is always in WGS-84.
    """
    header = list(dict.fromkeys(name for grid in grids for name in grid.rows[0]))
    rows, flaws, shapes = [header], {}, []
    for grid in grids:
        flaws.update({len(rows) - 1 + at: flaw for at, flaw in grid.flaws.items()})
        rows += [_under(header, grid.rows[0], row) for row in grid.rows[1:]]
        shapes.append(np.asarray(grid.geometry, dtype=object))
    told = note(
        "{file}: the folders {folders} were read together. To use one alone, name it as layer in "
        "district.toml.",
        file=source.label,
        folders=", ".join(folders),
    )
    return Grid(
        label=source.label,
        rows=rows,
        first_line=0,
        geometry=np.concatenate(shapes),
        crs=grids[0].crs,
        flaws=flaws,
        notes=(told,),
    )


def _under(header: Sequence[str], own: Sequence[str], row: Sequence[str]) -> list[str]:
    cells = dict(zip(own, row, strict=True))
    return [cells.get(name, "") for name in header]


def _no_kml(source: Source) -> Message:
    return note(
        "{file}: the content is not what the name says. Export it again as GeoJSON, GeoPackage, "
        "KML or Shapefile.",
        file=source.label,
    )
