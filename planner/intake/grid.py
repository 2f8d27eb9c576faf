"""What every reader gives: the cells of one sheet or layer as text, as their owner sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from planner.intake.body import Rule
from planner.language import Message

__all__ = ["Flaw", "Grid", "Merge", "Source", "clean"]


_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff]")


def clean(text: str) -> str:
    """Give a cell without outer spaces, unseen letters, and the marks that make a number text.

    Examples
    --------
    >>> clean(' ="0012" '), clean("'113.26"), clean("名\u200b称")
    ('0012', '113.26', '名称')
    """
    text = text.strip()
    if text[:2] == '="' and text[-1:] == '"':
        text = text[2:-1].strip()
    if text[:1] == "'" and text[1:2].isdecimal():
        text = text[1:].strip()
    return text if text.isascii() else _UNSEEN.sub("", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input file and how to read it."""

    path: Path
    label: str
    """What faults call the file."""
    crs: str | None = None
    """Declared coordinate system; None: the file's own, else WGS-84 is assumed and told."""
    sheet: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A block of merged cells, counted from 0, the last row and column counted in."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """What the reader of a file found wrong with a row."""

    rule: Rule
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One sheet or layer as text; a blank cell is an empty text, rows may differ in length."""

    label: str
    """Name of the file, with the sheet where there are several."""
    rows: list[list[str]]
    """From the first line of the file on, blank lines too."""
    first_line: int = 1
    """Number of the first row as its owner counts: 1, or 0 where a header is not counted."""
    delimited: bool = False
    """Whether a delimiter too many moves the cells after it, as in CSV."""
    merges: tuple[Merge, ...] = ()
    geometry: NDArray[np.object_] | None = None
    """Shapes of map files, one for each row after the first; None in a missing shape's place."""
    crs: CRS | None = None
    """The system that the file itself names, always one with an EPSG code; or None."""
    flaws: Mapping[int, Flaw] = field(default_factory=dict)
    """Rows, counted from 0, that the file does not hold as it should."""
    notes: tuple[Message, ...] = ()
