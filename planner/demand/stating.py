"""How the headcount of a group was settled -> notes for the user."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.demand.mixing import Pattern
from planner.demand.names import two_names
from planner.demand.parts import MILLI, Part
from planner.demand.patterns import Teller
from planner.demand.sources import gives_headcount
from planner.district.settings import Group, WorkerSource
from planner.district.tables import label_of
from planner.language import Message, note

__all__ = ["Claim", "tell_claim", "tell_rates", "tell_rest", "tell_unplaced", "tell_unused"]

_MOST_TIMES = 2.0
"""A stated total and what rates come to may differ by this factor before it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """How many people of a group a source stands for that did not count them at places."""

    source: WorkerSource
    position: int
    """Of the source."""
    pattern: Pattern | None
    """Where they are by the source; None: it has nothing in the district."""
    people: float
    rank: int
    """0: the total stated for the source; 1: persons seen; 2: counts or rates of the features."""


def tell_claim(claim: Claim, group: Message) -> Message:
    """Tell which source says how many there are where nobody counted."""
    values = {"group": group, "table": label_of(claim.source), "people": claim.people}
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


def tell_rest(rest: Part, group: Message, counted: int) -> Message:
    """Tell where the rest of a stated total lies; `counted` is in thousandths of a person."""
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


def tell_unplaced(claims: Sequence[Claim], parts: Sequence[Part], group: Message) -> list[Message]:
    """Tell of totals that are laid out though their source has nobody in the district."""
    used = {part.position for part in parts}
    return [
        note(
            "{group}: {table} has none of them in the district; the {people:,.0f} stated for it "
            "lie where nobody counted, by other sources or the streets.",
            group=group,
            table=label_of(claim.source),
            people=claim.people,
        )
        for claim in claims
        if claim.pattern is None and claim.position in used
    ]


def tell_unused(claims: Sequence[Claim], parts: Sequence[Part], group: Message) -> list[Message]:
    """Tell of totals that are stated for sources of patterns and add nobody."""
    used = {part.position for part in parts}
    return [
        note(
            "{group}: the {people:,.0f} stated for {table} add nobody: the source gives a pattern, "
            "and others say how many there are.",
            group=group,
            table=label_of(claim.source),
            people=claim.people,
        )
        for claim in claims
        if claim.rank == 0
        and claim.people > 0
        and claim.position not in used
        and not gives_headcount(claim.source)
    ]


def tell_rates(group: Group, by_rates: Sequence[tuple[Teller, float]]) -> list[Message]:
    """Tell where units times rates are far from the stated total: more than a factor of 2."""
    total = group.total_workers
    if total is None:
        return []
    return [
        note(
            "{group}: units times rates of {table} come to {people:,.0f}, far from the stated "
            "{total:,.0f}; the stated total holds. Check the rates and the units (floor area).",
            group=two_names(group.name, group.name_en),
            table=label_of(teller.source),
            people=people,
            total=total,
        )
        for teller, people in by_rates
        if max(people, total) > _MOST_TIMES * min(people, total)
    ]
