"""Floors of coverage -> how much value of which rows must be served."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.coverage.rows import RowParts
from planner.demand.names import joined
from planner.district.settings import Floor
from planner.language import note
from planner.siting.limits.demand_rows import DemandRows
from planner.siting.limits.scopes import Scopes
from planner.siting.limits.single_limits import decimal
from planner.siting.problem import About, CoverageFloors

__all__ = ["CellClasses", "cell_classes", "coverage_floors"]

_MILLI_MINUTES_AN_HOUR = 60_000


class CellClasses(NamedTuple):
    """Cells by community."""

    of_cell: NDArray[np.int64]
    """Place in `communities`, shape (m cells,)."""
    communities: tuple[str, ...]
    """Sorted; "" where a cell lies in none."""


class _Meant(NamedTuple):
    """Whom a floor is for."""

    groups: tuple[str, ...]
    """Empty: all."""
    communities: tuple[str, ...]


def cell_classes(coverage: Coverage) -> CellClasses:
    """Give each cell the place of its community among all."""
    named = coverage.demand.cells["community"].fillna("").astype(str).to_numpy(dtype=object)
    communities, of_cell = np.unique(named.astype(str), return_inverse=True)
    return CellClasses(of_cell.astype(np.int64), tuple(map(str, communities)))


def coverage_floors(
    coverage: Coverage,
    floors: Sequence[Floor],
    scopes: Scopes,
    classes: CellClasses,
    rows: DemandRows,
) -> CoverageFloors | None:
    """Turn floors into least values of rows; one that is kept whatever is chosen is left out.

    A share is of all worker-hours that are meant, also those that nobody can serve; what stations
    that stay serve counts toward it. "Each" is told of those that have workers.

    Parameters
    ----------
    classes, rows
        The rows, told apart by group and community.
    """
    parts = rows.parts
    if parts is None or not floors:
        return None
    columns: list[NDArray[np.int64]] = []
    values: list[NDArray[np.int64]] = []
    least: list[int] = []
    about: list[About] = []
    for floor in floors:
        for meant in _each(floor, coverage, classes, parts):
            groups, places = _marked(meant, coverage, classes)
            short = _short(floor, groups, places, parts)
            if short > 0:
                value = _by_row(groups, places, parts, len(rows.value_milli))
                columns.append(np.flatnonzero(value))
                values.append(value[columns[-1]])
                least.append(short)
                about.append(_about(floor, meant, scopes))
    if not least:
        return None
    start = np.concatenate([[0], np.cumsum([len(some) for some in columns])])
    return CoverageFloors(
        values=csr_array(
            (np.concatenate(values), np.concatenate(columns).astype(np.int32), start),
            shape=(len(least), len(rows.value_milli)),
        ),
        least=np.array(least, np.int64),
        about=tuple(about),
    )


def _each(
    floor: Floor, coverage: Coverage, classes: CellClasses, parts: RowParts
) -> Iterator[_Meant]:
    """Take a floor apart, where it is one for each group or community that has workers."""
    total = parts.total_milli
    if floor.each == "group":
        for at, group in enumerate(coverage.demand.groups):
            if total[at].any() and (not floor.groups or group in floor.groups):
                yield _Meant((group,), floor.communities)
    elif floor.each == "community":
        for at, place in enumerate(classes.communities):
            if (
                place
                and total[:, at].any()
                and (not floor.communities or place in floor.communities)
            ):
                yield _Meant(floor.groups, (place,))
    else:
        yield _Meant(floor.groups, floor.communities)


def _marked(
    meant: _Meant, coverage: Coverage, classes: CellClasses
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark the groups and the communities that a floor is for."""
    groups = np.array(
        [not meant.groups or group in meant.groups for group in coverage.demand.groups], np.bool_
    )
    places = np.array(
        [not meant.communities or place in meant.communities for place in classes.communities],
        np.bool_,
    )
    return groups, places


def _short(
    floor: Floor, groups: NDArray[np.bool_], places: NDArray[np.bool_], parts: RowParts
) -> int:
    """Give what is short of a floor before anything is chosen."""
    total = int(parts.total_milli[np.ix_(groups, places)].sum())
    base = int(parts.base_milli[np.ix_(groups, places)].sum())
    return math.ceil(decimal(floor.least_share) * total) - base


def _by_row(
    groups: NDArray[np.bool_], places: NDArray[np.bool_], parts: RowParts, rows: int
) -> NDArray[np.int64]:
    """Add up what each row counts, shape (r,)."""
    mine = groups[parts.group] & places[parts.cell_class]
    value = np.zeros(rows, np.int64)
    np.add.at(value, parts.row[mine], parts.value_milli[mine])
    return value


def _about(floor: Floor, meant: _Meant, scopes: Scopes) -> About:
    names = scopes.names
    who = note("all workers")
    if meant.groups:
        who = joined([names.get("group", {}).get(group, group) for group in meant.groups])
    where = scopes.where("all", "")
    if meant.communities:
        known = names.get("community", {})
        where = note(
            "in community {name}",
            name=joined([known.get(place, place) for place in meant.communities]),
        )
    name = note(
        "at least {share} of the worker-hours of {who} {where} served",
        share=f"{float(decimal(floor.least_share) * 100):g}%",
        who=who,
        where=where,
    )
    return About(kind="floor", name=name, scale=_MILLI_MINUTES_AN_HOUR, unit="hours a week")
