"""Places of one file as the streets see them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Places"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of one file, or the cells where workers are."""

    table: str
    """Name of the file as its owner knows it."""
    ids: tuple[str, ...]
    """In the order of the file, shape (n,)."""
    lon: NDArray[np.float64]
    """WGS-84 degrees, as the declared system gives them, shape (n,)."""
    lat: NDArray[np.float64]
    crs: str = "WGS-84"
    """The system that was declared (or assumed) for the file."""
    workers: NDArray[np.float64] | None = None
    """Headcount at each place, for the cells of demand."""
    rows: tuple[tuple[str, int | str], ...] | None = None
    """File (with its sheet) and line there of each place; None: `table` and `ids` say it."""

    def __post_init__(self) -> None:
        """Check that there is a position for each id."""
        if not len(self.ids) == len(self.lon) == len(self.lat):
            raise ValueError("ids, lon and lat must have one length")
        if self.workers is not None and len(self.workers) != len(self.ids):
            raise ValueError("workers must have one number for each place")
        if self.rows is not None and len(self.rows) != len(self.ids):
            raise ValueError("rows must have one line for each place")

    def where(self, place: int) -> tuple[str, int | str]:
        """Give the file and the line in which a place stands, or its id where it has no line."""
        return (self.table, self.ids[place]) if self.rows is None else self.rows[place]

    def row_text(self, place: int) -> str:
        """Give the line of a place, with its sheet where the file has several."""
        table, row = self.where(place)
        return str(row) if table == self.table else f"{table} {row}"
