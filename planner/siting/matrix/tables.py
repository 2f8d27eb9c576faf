"""Long tables of costs, demand and sites -> checked ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from planner.errors import InputError, Problem
from planner.language import Message, note
from planner.siting.matrix.longtables import LongTable, read_long_table
from planner.siting.matrix.ways import Ways, ways_from_pairs

__all__ = ["read_site_pairs", "read_ways"]

_TOLD = 20


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SITE = _words(
    "site siteid 站点编号 站点 场所编号 facility facilityid candidate candidateid venue station"
    " destination destinationid 终点 to toid fac j"
)
_CELL = _words(
    "cell cellid 地点编号 地点 demand demandid client clientid customer customerid origin originid"
    " 起点 社区编号 网格编号 from fromid i"
)
_COST = _words(
    "cost costm 路程 距离 distance distancem dist length lengthm metres meters time traveltime"
    " duration minutes seconds impedance 时间 时长 费用 d c"
)
_WEIGHT = _words(
    "weight demand workers population pop value count people 权重 需求 人数 人口 户外劳动者 w"
)
_LOAD = _words("load size takes 占用 需用容量")
_PRICE = _words("cost costsetup costsetupyuan price 成本 费用 造价 建设费用 一次性投入")
_CAPACITY = _words("capacity cap 容量 容纳人数 上限 q")
_FIXED = _words("fixed predefined existing locked required 固定 现有 已有 既有")
_YES = frozenset(_words("1 1.0 true yes y t 是 固定 现有 已有"))
_NO = frozenset(_words("0 0.0 false no n f 否 候选")) | {""}


@dataclass(frozen=True, slots=True)
class _Rule:
    expected: Message
    fix: Message


_ID = _Rule(note("an id"), note("Write the id, or delete the row."))
_NUMBER = _Rule(note("a finite number, 0 or more"), note("Correct or delete the row."))
_ONCE = _Rule(note("each id once"), note("The same id stands in an earlier row: delete one."))
_PAIR = _Rule(
    note("one cost for each pair"),
    note("The same pair stands in another row with another cost: delete one."),
)
_YES_NO = _Rule(note("1 (there already) or 0"), note("Write 1 or 0."))


class _Faults:
    """All faults of one table, which is refused if it has any: no answer to other data."""

    def __init__(self, table: LongTable) -> None:
        self.table = table
        self.problems: list[Problem] = []
        self.count = 0

    def add(self, wrong: NDArray[np.bool_], column: str, rule: _Rule) -> None:
        """Tell the first rows that break a rule, and count all."""
        rows = np.flatnonzero(wrong)
        self.count += len(rows)
        for row in rows[: max(0, _TOLD - len(self.problems))].tolist():
            self.problems.append(
                Problem(
                    table=self.table.label,
                    row=self.table.line(row),
                    column=self.table.headers[column],
                    found=self.table.found(column, row),
                    expected=rule.expected,
                    fix=rule.fix,
                )
            )

    def refuse(self) -> None:
        """Refuse the table if it has faults.

        Raises
        ------
        InputError
            With the first faults.
        """
        if self.count:
            raise InputError(
                note(
                    "{file}: {count} faults; the first are told. Nothing was solved, for the answer"
                    " would be one to other data.",
                    file=self.table.label,
                    count=self.count,
                ),
                problems=self.problems,
            )


class _Known(TypedDict):
    """What is known of sites, as `Ways` names it."""

    site_cost: NDArray[np.float64]
    capacity: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    priced: bool


@dataclass(frozen=True, slots=True)
class _Pairs:
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    cost: NDArray[np.float64]
    first_ids: NDArray[np.object_]
    second_ids: NDArray[np.object_]
    notes: tuple[Message, ...]


def read_ways(travel: Path, demand: Path | None = None, sites: Path | None = None) -> Ways:
    """Read a table (site, cell, cost), and what is known of cells and sites.

    Parameters
    ----------
    travel
        A row for each pair that is in reach; costs of any unit, at least 0.
    demand
        (cell, weight, load); the load is what the cell takes of a capacity, without it the weight.
        Without the file each cell of `travel` weighs 1. With it a cell that it does not
        name weighs 0, which is told; one that only it names is out of reach.
    sites
        (site, cost, capacity, fixed), all but the site optional; without it, and for sites that it
        does not name, a cost of 1, no limit, not fixed.

    Raises
    ------
    InputError
        If a file cannot be read, or has any fault; with the first ones.
    """
    pairs = _read_pairs(
        travel, ("site", "cell", "cost"), {"site": _SITE, "cell": _CELL, "cost": _COST}
    )
    cells, weight, load, told = _read_demand(demand, pairs.second_ids)
    names, known, more = _read_sites(sites, pairs.first_ids)
    cell = np.searchsorted(cells.astype(str), pairs.second_ids.astype(str))[pairs.second]
    site = np.searchsorted(names.astype(str), pairs.first_ids.astype(str))[pairs.first]
    start, order, cost = ways_from_pairs(site, cell, pairs.cost, len(cells))
    return Ways(
        sites=tuple(map(str, names)),
        cells=tuple(map(str, cells)),
        start=start,
        site=order,
        cost=cost,
        weight=weight,
        load=load,
        notes=(*pairs.notes, *told, *more),
        **known,
    )


def read_site_pairs(travel: Path, sites: Path | None = None) -> Ways:
    """Read a table (site, site, cost) for p-dispersion.

    A pair may stand in one direction or in both; of two costs the smaller counts, which is told.

    Raises
    ------
    InputError
        As for `read_ways`.
    """
    wanted = {
        "site": _SITE[:6],
        "other": (*_SITE, *_CELL, "site2", "site.1", "other"),
        "cost": _COST,
    }
    pairs = _read_pairs(travel, ("site", "other", "cost"), wanted)
    both = np.unique(np.concatenate([pairs.first_ids, pairs.second_ids]).astype(str)).astype(object)
    names, known, more = _read_sites(sites, both)
    text = names.astype(str)
    a = np.searchsorted(text, pairs.first_ids.astype(str))[pairs.first]
    b = np.searchsorted(text, pairs.second_ids.astype(str))[pairs.second]
    apart = a != b
    low, high, cost = np.minimum(a, b)[apart], np.maximum(a, b)[apart], pairs.cost[apart]
    order = np.lexsort((cost, high, low))
    low, high, cost = low[order], high[order], cost[order]
    again = (np.diff(low, prepend=-1) == 0) & (np.diff(high, prepend=-1) == 0)
    differ = int((again & (np.diff(cost, prepend=np.nan) != 0)).sum())
    low, high, cost = low[~again], high[~again], cost[~again]
    told = note(
        "{file}: {count} pairs of sites have another cost there than back; the smaller counts.",
        file=travel.name,
        count=differ,
    )
    n = len(names)
    start, site, ways = ways_from_pairs(
        np.concatenate([low, high]), np.concatenate([high, low]), np.concatenate([cost, cost]), n
    )
    return Ways(
        sites=tuple(map(str, names)),
        cells=tuple(map(str, names)),
        start=start,
        site=site,
        cost=ways,
        weight=np.ones(n),
        load=np.ones(n),
        notes=(*pairs.notes, *more, *((told,) if differ else ())),
        **known,
    )


def _read_pairs(path: Path, names: Sequence[str], wanted: dict[str, tuple[str, ...]]) -> _Pairs:
    table = read_long_table(path, wanted, needed=names, in_order=names)
    faults = _Faults(table)
    (first, first_ids), (second, second_ids) = table.ids(names[0]), table.ids(names[1])
    cost = table.numbers(names[2])
    for name, number, ids in ((names[0], first, first_ids), (names[1], second, second_ids)):
        faults.add((ids == "")[number], name, _ID)
    faults.add(~(cost >= 0), names[2], _NUMBER)
    key = first * len(second_ids) + second
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), bool)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]
    repeated = np.flatnonzero(again)
    if len(repeated):
        before = np.searchsorted(key[order], key[repeated])
        other = cost[repeated] != cost[order[before]]
        wrong = np.zeros(len(key), bool)
        wrong[repeated[other]] = True
        faults.add(wrong & (cost >= 0), names[2], _PAIR)
    faults.refuse()
    notes = list(table.notes)
    if len(repeated):
        notes.append(
            note(
                "{file}: {count} rows repeat an earlier one; each pair counts once.",
                file=table.label,
                count=len(repeated),
            )
        )
    kept = ~again
    return _Pairs(first[kept], second[kept], cost[kept], first_ids, second_ids, tuple(notes))


def _read_demand(
    path: Path | None, there: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.float64], tuple[Message, ...]]:
    """Give all cells, sorted, with their weights and loads."""
    if path is None:
        return there, np.ones(len(there)), np.ones(len(there)), ()
    table = read_long_table(
        path,
        {"cell": _CELL, "weight": _WEIGHT, "load": _LOAD},
        needed=("cell", "weight"),
        in_order=("cell", "weight", "load"),
    )
    faults = _Faults(table)
    number, ids = table.ids("cell")
    weight = table.numbers("weight")
    faults.add((ids == "")[number], "cell", _ID)
    faults.add(_again(number), "cell", _ONCE)
    faults.add(~(weight >= 0), "weight", _NUMBER)
    load = weight
    if "load" in table.columns:
        load = table.numbers("load")
        faults.add(~(load >= 0), "load", _NUMBER)
    faults.refuse()
    _, loads = _joined(there, ids, number, load, default=0.0)
    cells, weights = _joined(there, ids, number, weight, default=0.0)
    unnamed = len(set(there.tolist()) - set(ids.tolist()))
    if unnamed == len(there):
        raise InputError(
            note(
                "{file}: none of its cells is in the table of ways. Check the ids.",
                file=table.label,
            )
        )
    told = note(
        "{file}: {count} cells of the table of ways are not in it; they weigh 0.",
        file=table.label,
        count=unnamed,
    )
    return cells, weights, loads, (*table.notes, *((told,) if unnamed else ()))


def _read_sites(
    path: Path | None, there: NDArray[np.object_]
) -> tuple[NDArray[np.object_], _Known, tuple[Message, ...]]:
    """Give all sites, sorted, with what is known of them as `Ways` names it."""
    if path is None:
        n = len(there)
        nothing = _Known(
            site_cost=np.ones(n),
            capacity=np.full(n, np.inf),
            fixed=np.zeros(n, bool),
            priced=False,
        )
        return there, nothing, ()
    table = read_long_table(
        path,
        {"site": _SITE, "cost": _PRICE, "capacity": _CAPACITY, "fixed": _FIXED},
        needed=("site",),
        in_order=("site", "cost", "capacity", "fixed"),
    )
    faults = _Faults(table)
    number, ids = table.ids("site")
    faults.add((ids == "")[number], "site", _ID)
    faults.add(_again(number), "site", _ONCE)
    size = table.size
    cost, capacity, fixed = np.ones(size), np.full(size, np.inf), np.zeros(size, bool)
    if "cost" in table.columns:
        cost = table.numbers("cost")
        faults.add(~(cost >= 0), "cost", _NUMBER)
    if "capacity" in table.columns:
        blank = _texts(table, "capacity") == ""
        capacity = np.where(blank, np.inf, table.numbers("capacity"))
        faults.add(~(capacity >= 0), "capacity", _NUMBER)
    if "fixed" in table.columns:
        words = _texts(table, "fixed")
        fixed = np.isin(words, list(_YES))
        faults.add(~fixed & ~np.isin(words, list(_NO)), "fixed", _YES_NO)
    faults.refuse()
    names, costs = _joined(there, ids, number, cost, default=1.0)
    _, capacities = _joined(there, ids, number, capacity, default=np.inf)
    _, marks = _joined(there, ids, number, fixed.astype(float), default=0.0)
    known = _Known(
        site_cost=costs, capacity=capacities, fixed=marks > 0, priced="cost" in table.columns
    )
    return names, known, (*table.notes, *_sites_apart(table, there, ids))


def _sites_apart(
    table: LongTable, there: NDArray[np.object_], ids: NDArray[np.object_]
) -> list[Message]:
    """Tell the sites that only one of the two tables has."""
    notes = []
    without, beyond = len({*there} - {*ids}), len({*ids} - {*there})
    if without:
        notes.append(
            note(
                "{file}: {count} sites of the table of ways are not in it; they cost 1, have no"
                " limit and are not fixed.",
                file=table.label,
                count=without,
            )
        )
    if beyond:
        notes.append(
            note(
                "{file}: {count} sites are not in the table of ways; they reach nothing.",
                file=table.label,
                count=beyond,
            )
        )
    return notes


def _texts(table: LongTable, name: str) -> NDArray[np.str_]:
    number, ids = table.ids(name)
    return np.array([str(text).casefold() for text in ids])[number]


def _again(number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark rows whose id stands in an earlier one."""
    first = np.zeros(len(number), bool)
    first[np.unique(number, return_index=True)[1]] = True
    return ~first


def _joined(
    there: NDArray[np.object_],
    ids: NDArray[np.object_],
    number: NDArray[np.int64],
    values: NDArray[np.float64],
    *,
    default: float,
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Give all ids, sorted, with the value of each, or the default."""
    every = np.unique(np.concatenate([there, ids]).astype(str))
    out = np.full(len(every), default)
    out[np.searchsorted(every, ids.astype(str))[number]] = values
    return every.astype(object), out
