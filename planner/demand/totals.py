"""Sources and stated totals -> parts: how many people of each group are laid out where."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.demand.evidence import Evidence, counts_nobody, free_cells, stands_for
from planner.demand.mixing import Pattern
from planner.demand.names import two_names
from planner.demand.parts import MILLI, Ground, Part, counted_part, loose_part
from planner.demand.patterns import Teller
from planner.demand.rounding import share_out
from planner.demand.sources import Counted, gives_headcount
from planner.demand.stating import (
    Claim,
    tell_claim,
    tell_rates,
    tell_rest,
    tell_unplaced,
    tell_unused,
)
from planner.demand.uncertainty import COUNT_ERROR, count_error
from planner.district.settings import Group
from planner.district.tables import label_of
from planner.language import Message, note

__all__ = ["STATED", "allot", "scale_to_stated", "season_of"]

STATED = -1
"""Position of the stated total of a group, in place of a source."""


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
    for number, group in enumerate(evidence.groups):
        name = two_names(group.name, group.name_en)
        claims = _claims(ground, evidence, number)
        added = [claim for claim in claims if gives_headcount(claim.source)]
        own = [part for part in parts if part.group == number]
        own += [_claimed(ground, evidence, claim, number) for claim in added]
        settled, told = _settle(ground, evidence, number, own, claims)
        parts = [*(part for part in parts if part.group != number), *settled]
        notes += [*tell_unplaced(claims, settled, name), *tell_unused(claims, settled, name)]
        notes += [*told, *tell_rates(group, _by_rates(ground, evidence, group.id))]
    return parts, notes


def _counted_parts(ground: Ground, evidence: Evidence) -> list[Part]:
    """Lay out what was counted at places; headcounts add up to the total of the source."""
    parts = []
    for source, placed in zip(evidence.counted, evidence.placed, strict=True):
        if counts_nobody(source):
            continue  # its total is laid out as a claim
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
    ground: Ground, evidence: Evidence, number: int, own: list[Part], claims: list[Claim]
) -> tuple[list[Part], list[Message]]:
    """Bring the parts of a group to its stated total; uncounted, take what a source stands for."""
    group = evidence.groups[number]
    name = two_names(group.name, group.name_en)
    patterns = list(evidence.patterns.get(group.id, ()))
    counted = sum(part.total_milli for part in own)
    if group.total_workers is None:
        if own or not claims:
            return own, []
        best = min(claims, key=lambda c: (c.rank, -c.source.trust, -c.people))
        part = _loose(ground, best, number, ground.whole, patterns)
        return [part], [] if best.pattern is None else [tell_claim(best, name)]
    total = round(MILLI * group.total_workers * float(evidence.factors[number]))
    if total == counted:
        return own, []
    free = free_cells(ground, evidence, group.id) if total > counted else ground.whole & False
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
    return [*own, rest], [tell_rest(rest, name, counted)]


def _scaled_to(parts: Sequence[Part], total_milli: int) -> list[Part]:
    """Scale parts so that they add up to a total exactly."""
    before = np.array([part.total_milli for part in parts], dtype=np.float64)
    totals = share_out(np.array([total_milli]), before, np.array([0, len(parts)]))
    return [part.scaled_to(int(total)) for part, total in zip(parts, totals, strict=True)]


def _by_rates(ground: Ground, evidence: Evidence, group: str) -> list[tuple[Teller, float]]:
    """Give what units times rates come to in the district, by each source of features with rates.

    People of the stated headcount: the factor of the season is not in it.
    """
    own = {pattern.sources: pattern for pattern in evidence.told.get(group, ())}
    return [
        (teller, float(own[teller.position,].value[ground.whole].sum()))
        for teller in evidence.tellers
        if teller.rated and (teller.position,) in own
    ]


def _claims(ground: Ground, evidence: Evidence, number: int) -> list[Claim]:
    """Gather what stands for a headcount of a group and was counted nowhere in the district.

    These are sources of patterns, and a total that is stated for a source in which nobody is.
    """
    group, factor = evidence.groups[number].id, float(evidence.factors[number])
    own = {pattern.sources: pattern for pattern in evidence.told.get(group, ())}
    claims = _unplaced(evidence, group, factor)
    for teller in evidence.tellers:
        pattern = own.get((teller.position,))
        people = None if pattern is None else _people(ground, evidence, teller, group)
        if pattern is not None and people is not None:
            stated = teller.source.total_workers is not None
            claims.append(
                Claim(
                    source=teller.source,
                    position=teller.position,
                    pattern=pattern,
                    people=people * factor,
                    rank=0 if stated else 1 if teller.source.kind == "pings" else 2,
                )
            )
    return claims


def _unplaced(evidence: Evidence, group: str, factor: float) -> list[Claim]:
    """Find totals stated for sources that have nobody in the district; groups share them evenly."""
    named = [
        (each.position, each.source, list(each.counts))
        for each in evidence.counted
        if counts_nobody(each)
    ]
    placed = {position for told in evidence.told.values() for p in told for position in p.sources}
    named += [
        (teller.position, teller.source, stands_for(teller, evidence.groups))
        for teller in evidence.tellers
        if teller.position not in placed
    ]
    return [
        Claim(
            source=source,
            position=position,
            pattern=None,
            people=source.total_workers / len(groups) * factor,
            rank=0,
        )
        for position, source, groups in named
        if source.total_workers is not None and group in groups
    ]


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


def _claimed(ground: Ground, evidence: Evidence, claim: Claim, number: int) -> Part:
    """Lay out what a source adds: by its own pattern; without one, as the rest of a total."""
    if claim.pattern is not None:
        return _loose(ground, claim, number, ground.whole, [claim.pattern])
    group = evidence.groups[number].id
    free = free_cells(ground, evidence, group)
    where = free if free.any() else ground.whole
    return _loose(ground, claim, number, where, list(evidence.patterns.get(group, ())))


def _loose(
    ground: Ground,
    claim: Claim,
    number: int,
    allowed: NDArray[np.bool_],
    patterns: list[Pattern],
) -> Part:
    return loose_part(
        ground,
        allowed,
        patterns,
        (number, claim.position),
        total_milli=round(MILLI * claim.people),
        count_error=count_error(claim.source),
    )
