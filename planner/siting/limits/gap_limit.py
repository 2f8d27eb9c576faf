"""The largest distance to an open station -> limits, or rows with a price for each shortfall."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.coverage.gaps import CellNeeds, are_open, cell_needs
from planner.coverage.rows import number_equal
from planner.district.settings import GapLimit, GapRules
from planner.language import Message, note
from planner.siting.limits.entering import Entering
from planner.siting.limits.single_limits import LimitRow
from planner.siting.problem import UNLIMITED, About

__all__ = ["GapAsked", "Priced", "ask_for_no_gap", "smallest_sets"]

_MODE = "walk"
_HASH_SEED = 20_250_107
_MILLI_MINUTES_AN_HOUR = 60_000


class Priced(NamedTuple):
    """Places that lack a station, by who of the options would give them one."""

    serves: csr_array
    """Booleans, shape (n options, r)."""
    value_milli: NDArray[np.int64]
    """The price of the places of each row, as worker-hours; shape (r,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAsked:
    """What the largest gap asks of a plan."""

    rows: tuple[LimitRow, ...] = ()
    priced: Priced | None = None
    notes: tuple[Message, ...] = ()


class _Near(NamedTuple):
    """Pairs of a site and a cell that must have a station, within the limit of the cell."""

    site: NDArray[np.int64]
    """Places in `Options.sites`."""
    cell: NDArray[np.int64]
    cells: int
    """Number of all cells."""


class _Sets(NamedTuple):
    """Cells that lack a station, merged by the sites that could give them one."""

    start: NDArray[np.int64]
    """Where the sites of each set begin in `site`, shape (k + 1,)."""
    site: NDArray[np.int64]
    """Places in `Options.sites`, ascending within a set."""
    cells: NDArray[np.int64]
    """Number of cells of each set, shape (k,)."""
    workers_milli: NDArray[np.int64]
    example: NDArray[np.int64]
    """The first cell of each set."""


def ask_for_no_gap(
    coverage: Coverage, entering: Entering, limit: GapLimit | None, rules: GapRules
) -> GapAsked:
    """Ask that each cell which must have an open station near has one, or put a price on it.

    The rules are those of `planner.coverage.check_gaps`. Cells that a station serves which stays
    drop out. A cell that no option of the whole district could serve is exempt and told: whether it
    can does not depend on what the limits allow, so that a limit more never asks for less. Of sets
    of sites only the smallest are kept as limits, since each implies those that hold it. A station
    that is there for a part of the year alone serves nobody here.
    """
    if limit is None:
        return GapAsked()
    needs = cell_needs(coverage, rules=rules)
    near = _near(coverage, needs)
    options = coverage.options
    ever = _marked(coverage, options.table["site"][_all_year_open(options.table)])
    stay = _marked(coverage, entering.standing["site"][_all_year_open(entering.standing)])
    can = np.flatnonzero(_all_year_open(entering.there) & ~entering.there["bought"].to_numpy(bool))
    could = _marked(coverage, entering.there["site"].iloc[can])
    lacks = needs.required & ~_reached(near, stay)
    exempt = lacks & ~_reached(near, ever)
    notes = _exempt(exempt, needs)
    asked = lacks & ~exempt
    lost = asked & ~_reached(near, could)
    sets = _merged(near, asked & ~lost, could, needs)
    at_site = _options_at(coverage, entering, can)
    if not limit.hard:
        notes += _priced_note(limit, asked, needs)
        return GapAsked(
            priced=_priced(sets, at_site, len(entering.there), limit.price_hours), notes=notes
        )
    kept = np.flatnonzero(smallest_sets(sets.start, sets.site, len(options.sites)))
    rows = [_limit(coverage, sets, at_site, needs, int(each)) for each in kept]
    if lost.any():
        rows.append(_impossible(lost, needs))
    if limit.price_hours:
        notes += (
            note(
                "The largest gap must hold, so its price of {hours} worker-hours a week is not"
                " used.",
                hours=f"{limit.price_hours:,g}",
            ),
        )
    return GapAsked(rows=tuple(rows), notes=notes)


def _all_year_open(table: pd.DataFrame) -> NDArray[np.bool_]:
    return are_open(table) & np.array([not weeks for weeks in table["weeks"]], np.bool_)


def _near(coverage: Coverage, needs: CellNeeds) -> _Near:
    """List the sites within the limit of each cell that must have a station."""
    ways = coverage.travel[_MODE].length_mm
    limit_mm = np.where(needs.required, needs.limit_mm, -1).astype(np.int32)
    kept = ways.data <= limit_mm[ways.indices]
    before = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])
    site = np.repeat(np.arange(ways.shape[0]), np.diff(before[ways.indptr]))
    return _Near(site, ways.indices[kept].astype(np.int64), ways.shape[1])


def _marked(coverage: Coverage, sites: pd.Series) -> NDArray[np.bool_]:
    """Mark some sites, shape (s sites,)."""
    return np.asarray(coverage.options.sites.index.isin(set(sites)), np.bool_)


def _reached(near: _Near, sites: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the cells that one of the marked sites is near, shape (m cells,)."""
    reached = np.zeros(near.cells, np.bool_)
    reached[near.cell[sites[near.site]]] = True
    return reached


def _merged(
    near: _Near, asked: NDArray[np.bool_], could: NDArray[np.bool_], needs: CellNeeds
) -> _Sets:
    """Merge the cells that the same sites could serve; sets in the order of their first cell."""
    kept = asked[near.cell] & could[near.site]
    cell, site = near.cell[kept], near.site[kept]
    marks = np.random.default_rng(_HASH_SEED).integers(0, 2**64, (len(could), 2), dtype=np.uint64)
    hashes = np.zeros((near.cells, 2), np.uint64)
    np.add.at(hashes, cell, marks[site])
    cells = np.flatnonzero(asked)
    number, first = number_equal(hashes[cells])
    workers = np.zeros(len(first), np.int64)
    np.add.at(workers, number, needs.workers_milli[cells])
    example = cells[first]
    place = np.full(near.cells, -1, np.int64)
    place[example] = np.arange(len(example))
    mine = place[cell] >= 0
    of_set, member = place[cell[mine]], site[mine]
    order = np.lexsort((member, of_set))
    sizes = np.bincount(of_set, minlength=len(example))
    return _Sets(
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        site=member[order],
        cells=np.bincount(number, minlength=len(first)).astype(np.int64),
        workers_milli=workers,
        example=example,
    )


def smallest_sets(
    start: NDArray[np.int64], member: NDArray[np.int64], members: int
) -> NDArray[np.bool_]:
    """Mark the sets that hold no other set; no two sets are equal.

    Parameters
    ----------
    start, member
        Members of each set, ascending: set k has member[start[k]:start[k + 1]], at least one.
    members
        Number of all members.
    """
    order = np.argsort(np.diff(start), kind="stable")
    return np.asarray(_smallest(start, member, members, order), np.bool_)


@kernel
def _smallest(
    start: NDArray[np.int64], member: NDArray[np.int64], members: int, order: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Go through the sets by size; each kept one is filed under its first member."""
    kept = np.zeros(len(start) - 1, np.bool_)
    newest = np.full(members, -1, np.int64)  # last kept set filed under a member
    before = np.full(len(start) - 1, -1, np.int64)  # the one filed there before it
    here = np.zeros(members, np.bool_)
    for one in order:
        mine = member[start[one] : start[one + 1]]
        here[mine] = True
        implied = False
        for first in mine:
            other = newest[first]
            while other >= 0 and not implied:
                implied = bool(here[member[start[other] : start[other + 1]]].all())
                other = before[other]
        here[mine] = False
        if not implied:
            kept[one] = True
            before[one] = newest[mine[0]]
            newest[mine[0]] = one
    return kept


def _options_at(
    coverage: Coverage, entering: Entering, can: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """List the options that open a door at each site, by place of the site."""
    site = coverage.options.sites.index.get_indexer(pd.Index(entering.there["site"].iloc[can]))
    order = np.argsort(site, kind="stable")
    ends = np.cumsum(np.bincount(site, minlength=len(coverage.options.sites)))
    return np.split(can[order], ends[:-1])


def _limit(
    coverage: Coverage,
    sets: _Sets,
    at_site: list[NDArray[np.int64]],
    needs: CellNeeds,
    one: int,
) -> LimitRow:
    """Ask for an open station at one of the sites of a set."""
    sites = sets.site[sets.start[one] : sets.start[one + 1]]
    at = np.sort(np.concatenate([at_site[site] for site in sites]))
    cell = int(sets.example[one])
    name = note(
        "an open station within {metres} m on foot of {place} ({workers} workers)",
        metres=f"{needs.limit_mm[cell] / 1000:,.0f}",
        place=str(coverage.demand.cells.index[cell]),
        workers=f"{sets.workers_milli[one] / 1000:,.0f}",
    )
    about = About(kind="gap", name=name, unit="stations")
    return LimitRow(at, np.ones(len(at), np.int64), 1, UNLIMITED, about)


def _impossible(lost: NDArray[np.bool_], needs: CellNeeds) -> LimitRow:
    """Ask for what nothing that the limits allow can give."""
    name = note(
        "an open station near {n} places ({workers} workers) at which nothing that the plan may use"
        " can open one",
        n=int(lost.sum()),
        workers=f"{needs.workers_milli[lost].sum() / 1000:,.0f}",
    )
    nothing = np.zeros(0, np.int64)
    return LimitRow(nothing, nothing, 1, UNLIMITED, About(kind="gap", name=name, unit="stations"))


def _priced(sets: _Sets, at_site: list[NDArray[np.int64]], n: int, price_hours: float) -> Priced:
    """Make a row of each set, worth the price of its places."""
    sizes = np.array([len(options) for options in at_site], np.int64)
    column = np.repeat(np.arange(len(sets.cells)), np.diff(sets.start))
    column = np.repeat(column, sizes[sets.site])
    row = np.concatenate([np.zeros(0, np.int64), *(at_site[site] for site in sets.site)])
    serves = csr_array(
        (np.ones(len(row), np.bool_), (row, column)), shape=(n, len(sets.cells)), dtype=np.bool_
    )
    return Priced(serves, sets.cells * round(price_hours * _MILLI_MINUTES_AN_HOUR))


def _exempt(exempt: NDArray[np.bool_], needs: CellNeeds) -> tuple[Message, ...]:
    if not exempt.any():
        return ()
    return (
        note(
            "{n} places with {workers} workers are exempt from the largest gap: no site lies within"
            " it.",
            n=int(exempt.sum()),
            workers=f"{needs.workers_milli[exempt].sum() / 1000:,.0f}",
        ),
    )


def _priced_note(
    limit: GapLimit, asked: NDArray[np.bool_], needs: CellNeeds
) -> tuple[Message, ...]:
    return (
        note(
            "Each of {n} places ({workers} workers) that lacks an open station within the largest"
            " gap is weighed as {hours} worker-hours a week not served.",
            n=int(asked.sum()),
            workers=f"{needs.workers_milli[asked].sum() / 1000:,.0f}",
            hours=f"{limit.price_hours:,g}",
        ),
    )
