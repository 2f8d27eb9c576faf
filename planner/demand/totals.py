"""Sources and stated totals -> parts: how many people of each group are laid out where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.demand.mixing import Pattern
from planner.demand.names import two_names
from planner.demand.parts import MILLI, Ground, Part, counted_part, loose_part
from planner.demand.patterns import Teller
from planner.demand.rounding import share_out
from planner.demand.sources import Counted, Placed, gives_headcount, squares_of_points
from planner.demand.uncertainty import COUNT_ERROR, count_error
from planner.district.settings import Group
from planner.district.tables import label_of
from planner.language import Message, note

__all__ = ["Evidence", "allot", "scale_to_stated", "season_of"]

STATED = -1
"""Position of the stated total of a group, in place of a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of how many there are and where."""

    groups: Sequence[Group]
    factors: NDArray[np.float64]
    """People in the season for each of the stated headcount, by group."""
    counted: Sequence[Counted]
    """Sources that count at places and give headcounts, scaled to their stated totals."""
    placed: Sequence[Placed]
    """Their cells."""
    tellers: Sequence[Teller]
    patterns: Mapping[str, Sequence[Pattern]]
    """By which people are laid out, by group id, over all cells."""
    told: Mapping[str, Sequence[Pattern]]
    """The pattern of each source alone."""
    xy: NDArray[np.float64]
    """Points of all cells in the plane, shape (n, 2)."""
    square: NDArray[np.int64]
    """Squares of all cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """How many people of a group a source of patterns stands for."""

    teller: Teller
    pattern: Pattern
    people: float
    rank: int
    """0: the total stated for the source; 1: persons seen; 2: counts or rates of the features."""


def season_of(group: Group, season: str | None) -> tuple[NDArray[np.float64], float]:
    """Give the presence table, shape (48,), and the people for each of the stated headcount."""
    for presence in group.seasons:
        if presence.season == season:
            table = np.array([*presence.weekday, *presence.weekend], dtype=np.float64)
            return table, presence.headcount_factor
    return np.array([*group.weekday, *group.weekend], dtype=np.float64), 1.0


def scale_to_stated(counted: Counted) -> tuple[Counted, tuple[Message, ...]]:
    """Scale a source to the headcount that is stated for it."""
    total = counted.source.total_workers
    people = sum(float(counts.headcount.sum()) for counts in counted.counts.values())
    if total is None or people <= 0:
        return counted, ()
    told: tuple[Message, ...] = ()
    if f"{people:,.0f}" != f"{total:,.0f}":
        told = (
            note(
                "{table}: {counted:,.0f} workers counted, scaled to the stated {total:,.0f}.",
                table=label_of(counted.source),
                counted=people,
                total=total,
            ),
        )
    return counted.scaled(total / people), told


def allot(ground: Ground, evidence: Evidence) -> tuple[list[Part], list[Message]]:
    """Decide how many people of each group each source stands for, and where they may be.

    Notes
    -----
    The headcount of a group is its stated total; without one, what the sources that give headcounts
    add up to; where none does, what one source of patterns stands for. Docs: decision 11.
    """
    parts = _counted_parts(ground, evidence)
    notes: list[Message] = []
    for number in range(len(evidence.groups)):
        claims = _claims(ground, evidence, number)
        own = [part for part in parts if part.group == number]
        own += [
            _loose(ground, claim, number, ground.whole, [claim.pattern])
            for claim in claims
            if gives_headcount(claim.teller.source)
        ]
        settled, told = _settle(ground, evidence, number, own, claims)
        parts = [*(part for part in parts if part.group != number), *settled]
        notes += told
    return parts, notes


def _counted_parts(ground: Ground, evidence: Evidence) -> list[Part]:
    """Lay out what was counted at places; headcounts add up to the total of the source."""
    parts = []
    for source, placed in zip(evidence.counted, evidence.placed, strict=True):
        present = [
            (number, source.counts[group.id].scaled(float(evidence.factors[number])))
            for number, group in enumerate(evidence.groups)
            if group.id in source.counts
        ]
        people = np.array([counts.headcount.sum() for _, counts in present])
        whole = np.array([round(MILLI * float(people.sum()))])
        totals = share_out(whole, people, np.array([0, len(people)]))
        parts += [
            counted_part(
                ground,
                placed,
                list(evidence.patterns.get(evidence.groups[number].id, ())),
                (number, source.position, counts),
                total_milli=int(total),
                count_error=count_error(source.source),
            )
            for (number, counts), total in zip(present, totals, strict=True)
        ]
    return parts


def _settle(
    ground: Ground, evidence: Evidence, number: int, own: list[Part], claims: list[_Claim]
) -> tuple[list[Part], list[Message]]:
    """Bring the parts of a group to its stated total; uncounted, take what a source stands for."""
    group = evidence.groups[number]
    name = two_names(group.name, group.name_en)
    patterns = list(evidence.patterns.get(group.id, ()))
    counted = sum(part.total_milli for part in own)
    if group.total_workers is None:
        if own or not claims:
            return own, []
        best = min(claims, key=lambda c: (c.rank, -c.teller.source.trust, -c.people))
        part = _loose(ground, best, number, ground.whole, patterns)
        return [part], [_told_claim(best, name)]
    total = round(MILLI * group.total_workers * float(evidence.factors[number]))
    if total == counted:
        return own, []
    free = _free_cells(ground, evidence, group.id) if total > counted else ground.whole & False
    if total < counted or (not free.any() and counted > 0):
        told = note(
            "{group}: {counted:,.0f} counted, scaled to the stated total of {total:,.0f}.",
            group=name,
            counted=counted / MILLI,
            total=total / MILLI,
        )
        return _scaled_to(own, total), [told]
    where = free if free.any() else ground.whole
    rest = loose_part(
        ground,
        where,
        patterns,
        (number, STATED),
        total_milli=total - counted,
        count_error=COUNT_ERROR["stated"],
    )
    return [*own, rest], [_told_rest(rest, name, counted)]


def _scaled_to(parts: Sequence[Part], total_milli: int) -> list[Part]:
    """Scale parts so that they add up to a total exactly."""
    before = np.array([part.total_milli for part in parts], dtype=np.float64)
    totals = share_out(np.array([total_milli]), before, np.array([0, len(parts)]))
    return [part.scaled_to(int(total)) for part, total in zip(parts, totals, strict=True)]


def _free_cells(ground: Ground, evidence: Evidence, group: str) -> NDArray[np.bool_]:
    """Find the cells of the district in which nobody counted a group, shape (n,).

    Counted are the cells of a counted area, those whose point lies in one (its border counts as
    inside), and squares that hold a counted point.
    """
    free = ground.whole
    for source, placed in zip(evidence.counted, evidence.placed, strict=True):
        if group not in source.seen:
            continue
        seen = np.repeat(source.seen[group], np.diff(placed.starts))
        free[placed.at[seen]] = False
        free &= ~np.isin(evidence.square, squares_of_points(source, group))
        areas = len(source.community) - len(source.points)
        numbers = {
            zone.position: n for n, zone in enumerate(ground.zones.zones) if zone.kind == "grid"
        }
        for place in np.flatnonzero(source.seen[group][:areas] & (source.grid[:areas] >= 0)):
            shape = ground.zones.zones[numbers[int(source.grid[place])]].shape
            free &= ~shapely.intersects_xy(shape, evidence.xy)
    return free


def _claims(ground: Ground, evidence: Evidence, number: int) -> list[_Claim]:
    """Gather the sources of patterns that stand for a headcount of a group."""
    group, factor = evidence.groups[number].id, float(evidence.factors[number])
    own = {pattern.sources: pattern for pattern in evidence.told.get(group, ())}
    claims = []
    for teller in evidence.tellers:
        pattern = own.get((teller.position,))
        people = None if pattern is None else _people(ground, evidence, teller, group)
        if pattern is not None and people is not None:
            stated = teller.source.total_workers is not None
            rank = 0 if stated else 1 if teller.source.kind == "pings" else 2
            claims.append(_Claim(teller=teller, pattern=pattern, people=people * factor, rank=rank))
    return claims


def _people(ground: Ground, evidence: Evidence, teller: Teller, group: str) -> float | None:
    """Give the headcount of a group that a source of patterns stands for; None: it has none."""
    amounts = {}
    for each in (g.id for g in evidence.groups):
        for pattern in evidence.told.get(each, ()):
            if pattern.sources == (teller.position,):
                inside = float(pattern.value[ground.whole].sum())
                amounts[each] = inside if teller.rated else teller.people.get(each)
    total = teller.source.total_workers
    if total is None:
        return amounts[group]
    known = [amount for amount in amounts.values() if amount is not None]
    if len(known) < len(amounts) or sum(known) <= 0:
        return total / len(amounts)
    return total * (amounts[group] or 0.0) / sum(known)


def _loose(
    ground: Ground,
    claim: _Claim,
    number: int,
    allowed: NDArray[np.bool_],
    patterns: list[Pattern],
) -> Part:
    return loose_part(
        ground,
        allowed,
        patterns,
        (number, claim.teller.position),
        total_milli=round(MILLI * claim.people),
        count_error=count_error(claim.teller.source),
    )


def _told_claim(claim: _Claim, group: Message) -> Message:
    values = {"group": group, "table": label_of(claim.teller.source), "people": claim.people}
    if claim.rank == 0:
        return note(
            "{group}: nobody counted them; the {people:,.0f} stated for {table} are taken.",
            **values,
        )
    if claim.rank == 1:
        return note(
            "{group}: nobody counted them; the {people:,.0f} persons seen in {table} are taken, "
            "which are likely fewer than there are.",
            **values,
        )
    return note(
        "{group}: nobody counted them; {people:,.0f} follow from the counts and rates of {table}.",
        **values,
    )


def _told_rest(rest: Part, group: Message, counted: int) -> Message:
    values = {
        "group": group,
        "rest": rest.total_milli / MILLI,
        "total": (rest.total_milli + counted) / MILLI,
    }
    by_pattern = bool(rest.mixture.pattern_parts().any())
    if not counted and by_pattern:
        return note(
            "{group}: nobody counted them; the stated {total:,.0f} lie by the patterns of the "
            "sources.",
            **values,
        )
    if by_pattern:
        return note(
            "{group}: {rest:,.0f} of the stated {total:,.0f} lie where nobody counted, by the "
            "patterns of the sources.",
            **values,
        )
    return note(
        "{group}: {rest:,.0f} of the stated {total:,.0f} lie where nobody counted, by metres of "
        "street or, without streets, evenly; no source says where.",
        **values,
    )
