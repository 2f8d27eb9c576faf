"""Parts -> the table of what each source gave to each group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.demand.origins import hours_from
from planner.demand.parts import MILLI, GroupHours, Part
from planner.demand.patterns import Teller
from planner.demand.sources import Counted, gives_headcount
from planner.demand.surface import no_sources
from planner.demand.totals import STATED
from planner.district.settings import Group, WorkerSource
from planner.district.tables import label_of

__all__ = ["tell_sources"]

STATED_IN = "district.toml"
"""Where the total of a group is stated."""


def tell_sources(
    parts: Sequence[Part],
    groups: Sequence[Group],
    hours: Sequence[GroupHours],
    *,
    counted: Sequence[Counted],
    tellers: Sequence[Teller],
) -> pd.DataFrame:
    """Tell what each source gave, one row a source and group; see Demand.sources.

    The rest of a stated total stands in a row of its own, of the kind "stated", so that `used` adds
    up to the headcount of the group.
    """
    used = {(part.position, part.group): part.total_milli / MILLI for part in parts}
    laid_out = _laid_out(parts, len(groups))
    rows = []
    for number, group in enumerate(groups):
        facts = [_counted_row(source, group) for source in counted if group.id in source.counts]
        facts += [
            _teller_row(teller, group)
            for teller in tellers
            if group.id in _told_groups(teller) or (teller.position, number) in used
        ]
        if (STATED, number) in used:
            facts.append(_stated_row(group))
        for position, fact in facts:
            key = (position, number)
            given = {
                "used": used.get(key, 0.0),
                "pattern_share": laid_out.get(key, 0.0),
                "hours": _hours_of(parts, key, hours[number]),
            }
            rows.append((position == STATED, position, number, fact | given))
    rows.sort(key=lambda row: row[:3])
    table = pd.DataFrame([row[3] for row in rows], columns=no_sources().columns)
    return table.astype(no_sources().dtypes)


def _counted_row(source: Counted, group: Group) -> tuple[int, dict[str, object]]:
    counts = source.counts[group.id]
    return source.position, _row(source.source, group) | {
        "counted": float(counts.headcount.sum()),
    }


def _teller_row(teller: Teller, group: Group) -> tuple[int, dict[str, object]]:
    return teller.position, _row(teller.source, group) | {
        "counted": teller.people.get(group.id, np.nan),
    }


def _hours_of(parts: Sequence[Part], key: tuple[int, int], hours: GroupHours) -> str:
    """Name where the hours of the people of a row are from; of a row of nobody, of its group."""
    position, number = key
    group = [part for part in parts if part.group == number]
    own = [part for part in group if part.position == position and part.total_milli > 0]
    return "+".join(hours_from(own or group, hours))


def _stated_row(group: Group) -> tuple[int, dict[str, object]]:
    return STATED, {
        "source": STATED_IN,
        "kind": "stated",
        "group": group.id,
        "gives": "headcount",
        "trust": 1.0,
        "counted": np.nan,
    }


def _told_groups(teller: Teller) -> set[str]:
    counted = set[str]() if teller.counted is None else set(teller.counted.counts)
    return counted | set(teller.patterns)


def _row(source: WorkerSource, group: Group) -> dict[str, object]:
    return {
        "source": label_of(source),
        "kind": source.kind,
        "group": group.id,
        "gives": "headcount" if gives_headcount(source) else "pattern",
        "trust": source.trust,
    }


def _laid_out(parts: Sequence[Part], groups: int) -> dict[tuple[int, int], float]:
    """Give the share of the people of a group that each source laid out by its pattern."""
    people: dict[tuple[int, int], float] = {}
    total = np.zeros(groups)
    for part in parts:
        by_place = part.by_place(part.counts.headcount, part.total_milli) / MILLI
        total[part.group] += by_place.sum()
        for pattern, share in zip(part.mixture.patterns, part.mixture.pattern_parts(), strict=True):
            for position in pattern.sources:
                key = (position, part.group)
                given = float((by_place * share).sum()) / len(pattern.sources)
                people[key] = people.get(key, 0.0) + given
    return {key: value / total[key[1]] for key, value in people.items() if total[key[1]] > 0}
