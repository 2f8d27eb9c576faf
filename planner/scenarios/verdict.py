"""Scenarios side by side -> sentences that say which is better at what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from planner.demand.names import joined
from planner.language import Message, note
from planner.scenarios.basis import unlike
from planner.scenarios.side_by_side import Row

__all__ = ["verdict"]

_Figures = Mapping[str, Any]
_SEEN_SHARE = 0.0005
_SEEN = 0.5

_TITLES: Sequence[tuple[str, Message]] = (
    ("served", note("most served")),
    ("setup", note("least set-up money of the plans")),
    ("worst", note("best for the worst-served community")),
    ("gini", note("most even over communities")),
    ("gap_workers", note("fewest workers too far from a station")),
)
"""What is told of more than two scenarios, by the key of the row."""


def verdict(
    names: Sequence[str], figures: Sequence[_Figures | None], rows: Sequence[Row]
) -> tuple[Message, ...]:
    """Say which scenario is better at what: the best of all, then each against the first.

    Parameters
    ----------
    names
        Of the scenarios.
    figures
        As `scenario_figures` gives them; None: the scenario is not judged.
    rows
        Of the same scenarios, in the same order.
    """
    judged = [place for place, each in enumerate(figures) if each is not None]
    first = judged[0] if judged and judged[0] == 0 else None
    told: list[Message] = []
    if len(judged) > 2:  # noqa: PLR2004 - of two, what follows tells the same
        told.append(_paragraph(_best_of_all(names, figures, rows, judged)))
    if first is not None:
        told += [_paragraph(_against(names, figures, rows, place)) for place in judged[1:]]
    return tuple(told)


def _paragraph(sentences: Iterable[Message]) -> Message:
    """Put sentences one behind the other, as the language does it."""
    first, *others = sentences
    for sentence in others:
        first = note("{sentences} {another}", sentences=first, another=sentence)
    return first


def _against(
    names: Sequence[str], figures: Sequence[_Figures | None], rows: Sequence[Row], place: int
) -> Iterator[Message]:
    """Hold one scenario against the first."""
    first, then = figures[0], figures[place]
    if first is None or then is None:
        return
    if all(row.same(0, place) for row in rows if row.section != "proof"):
        yield note(
            "“{name}” and “{first}” do not differ in any figure that is compared.",
            name=names[place],
            first=names[0],
        )
        yield from _other_basis(names[0], names[place], first, then)
        return
    yield _main(names[0], names[place], first, then)
    yield from _further_money(names[place], first, then)
    better, worse = _aspects(rows, place, 0), _aspects(rows, 0, place)
    if better or worse:
        gained = then["served_hours"]["after"] - first["served_hours"]["after"]
        served = next((row for row in rows if row.key == "served"), None)
        fewer = gained <= -_SEEN or (served is not None and served.ahead(0, place))
        more = gained >= _SEEN or (served is not None and served.ahead(place, 0))
        yield _sides(names[0], names[place], (better, worse), serves=(more, fewer))
    yield from _other_basis(names[0], names[place], first, then)


def _aspects(rows: Sequence[Row], one: int, other: int) -> list[Message]:
    """Name what one scenario is better at than another, money aside."""
    told: list[Message] = []
    for section, every in (
        ("group", note("every group of workers")),
        ("period", note("every part of the day")),
        ("fair", None),
        ("gaps", None),
    ):
        mine = [row for row in rows if row.section == section and row.better]
        ahead = [row for row in mine if row.ahead(one, other)]
        if every is not None and len(ahead) == len(mine) > 1:
            told.append(every)
        else:
            told += [row.aspect or row.label for row in ahead]
    return told


def _main(first_name: str, name: str, first: _Figures, then: _Figures) -> Message:
    """Say who serves more and what that costs."""
    gained = then["served_hours"]["after"] - first["served_hours"]["after"]
    cost = then["money"]["setup"] - first["money"]["setup"]
    words = {
        "name": name,
        "first": first_name,
        "share": then["effective_share"]["after"],
        "other": first["effective_share"]["after"],
        "served": _served(gained),
        "money": _money(cost),
    }
    if gained >= _SEEN and cost >= _SEEN and _same_basis(first, then):
        return note(
            "“{name}” {served} than “{first}” ({share:.1%} against {other:.1%}) and {money}:"
            " {price:,.2f} yuan for each worker-hour a week.",
            price=cost / gained,
            **words,
        )
    return note(
        "“{name}” {served} than “{first}” ({share:.1%} against {other:.1%}) and {money}.", **words
    )


def _served(gained: float) -> Message:
    if abs(gained) < _SEEN:
        return note("serves no more and no fewer worker-hours")
    if gained > 0:
        return note("serves {hours:,.0f} more worker-hours a week", hours=gained)
    return note("serves {hours:,.0f} fewer worker-hours a week", hours=-gained)


def _money(cost: float) -> Message:
    if abs(cost) < _SEEN:
        return note("costs as much to set up")
    if cost > 0:
        return note("costs {yuan:,.0f} yuan more to set up", yuan=cost)
    return note("costs {yuan:,.0f} yuan less to set up", yuan=-cost)


def _further_money(name: str, first: _Figures, then: _Figures) -> Iterator[Message]:
    """Say what the union pays more or less of it, and what running it costs."""
    union, year = (then["money"][part] - first["money"][part] for part in ("union", "year"))
    parts = []
    if union >= _SEEN:
        parts.append(note("the union pays {yuan:,.0f} yuan more of it", yuan=union))
    elif union <= -_SEEN:
        parts.append(note("the union pays {yuan:,.0f} yuan less of it", yuan=-union))
    if year >= _SEEN:
        parts.append(note("running it costs {yuan:,.0f} yuan a year more", yuan=year))
    elif year <= -_SEEN:
        parts.append(note("running it costs {yuan:,.0f} yuan a year less", yuan=-year))
    if parts:
        yield note("With “{name}” {parts}.", name=name, parts=_listed(parts))
    if any(each["money"].get("year_unknown") for each in (first, then)):
        yield note("What it costs to run some measures is not known and not counted.")


def _sides(
    first_name: str,
    name: str,
    aspects: tuple[Sequence[Message], Sequence[Message]],
    *,
    serves: tuple[bool, bool],
) -> Message:
    """Say what each is better for; that nothing speaks for the other only where that is so.

    `serves` tells whether it serves more, in hours or as a share, and whether it serves fewer.
    """
    (better, worse), (more, fewer) = aspects, serves
    words = {"name": name, "first": first_name, "better": joined(better), "worse": joined(worse)}
    if not worse and fewer:
        return note("“{name}” is better for: {better}.", **words)
    if not better and more:
        return note("“{name}” is worse for: {worse}.", **words)
    if not worse:
        return note(
            "“{name}” is better for: {better}. Money aside, nothing that is compared is worse than"
            " with “{first}”.",
            **words,
        )
    if not better:
        return note(
            "“{name}” is worse for: {worse}. Money aside, nothing that is compared is better than"
            " with “{first}”.",
            **words,
        )
    return note("“{name}” is better for: {better}; “{first}” is better for: {worse}.", **words)


def _same_basis(first: _Figures, then: _Figures) -> bool:
    """Tell whether nothing but measures parts two scenarios: they count alike, today as well."""
    return not (unlike(first, then) or any(_basis_differs(first, then)))


def _basis_differs(first: _Figures, then: _Figures) -> tuple[bool, bool, bool]:
    """Tell whether today already parts two scenarios: in demand, in service, in distances."""
    share, other_share = then["effective_share"]["before"], first["effective_share"]["before"]
    far, other_far = (each["gaps"]["before"]["gap_workers"] for each in (then, first))
    return (
        abs(then["hours"] - first["hours"]) >= _SEEN,
        abs(share - other_share) >= _SEEN_SHARE,
        abs(far - other_far) >= _SEEN,
    )


def _other_basis(first_name: str, name: str, first: _Figures, then: _Figures) -> Iterator[Message]:
    """Say where two scenarios do not count the same: by what, and what that makes of today."""
    demand, service, distances = _basis_differs(first, then)
    parts = list(unlike(first, then).values())
    if parts and not (demand or service or distances):
        yield note(
            "“{name}” and “{first}” do not count alike. They differ in: {parts}. Part of what"
            " differs may come from that, not from the measures.",
            name=name,
            first=first_name,
            parts=_listed(parts),
        )
    elif parts:
        yield note(
            "“{name}” and “{first}” do not count alike. They differ in: {parts}.",
            name=name,
            first=first_name,
            parts=_listed(parts),
        )
    if demand:
        yield note(
            "“{name}” and “{first}” count different demand ({hours:,.0f} and {other:,.0f}"
            " worker-hours a week), because their settings or data differ: compare the shares with"
            " care.",
            name=name,
            first=first_name,
            hours=then["hours"],
            other=first["hours"],
        )
    if service:
        yield note(
            "The stations of today serve {before:.1%} as “{name}” counts and {other:.1%} as"
            " “{first}” does: that part of the difference does not come from the measures.",
            name=name,
            first=first_name,
            before=then["effective_share"]["before"],
            other=first["effective_share"]["before"],
        )
    if distances:
        yield note(
            "Today {before:,.0f} workers are too far from any open station as “{name}” counts and"
            " {other:,.0f} as “{first}” does: that part of the difference does not come from the"
            " measures.",
            name=name,
            first=first_name,
            before=then["gaps"]["before"]["gap_workers"],
            other=first["gaps"]["before"]["gap_workers"],
        )


def _best_of_all(
    names: Sequence[str],
    figures: Sequence[_Figures | None],
    rows: Sequence[Row],
    judged: Sequence[int],
) -> Iterator[Message]:
    """Name the best of all in what matters most, and say where they do not count the same."""
    by_key = {row.key: row for row in rows}
    parts = []
    # That the state of today costs nothing says nothing.
    plans = [place for place in judged if (figures[place] or {}).get("plan")]
    for key, title in _TITLES:
        best = by_key[key].best(plans if key == "setup" else judged) if key in by_key else ()
        if best:
            quoted = [note("“{name}”", name=names[place]) for place in best]
            parts.append(note("{title}: {names}", title=title, names=joined(quoted)))
    if parts and len(judged) < len(names):
        yield note(
            "Of the {count} that can be compared: {parts}.",
            count=len(judged),
            parts=_listed(parts),
        )
    elif parts:
        yield note("Of all {count}: {parts}.", count=len(judged), parts=_listed(parts))
    else:
        yield note(
            "None of the {count} stands out in what is served, in set-up money, over communities or"
            " in distances.",
            count=len(judged),
        )
    known = [each for each in figures if each is not None]
    if not all(_same_basis(known[0], each) for each in known[1:]):
        yield note(
            "They do not all count alike: part of what differs may come from that, not from the"
            " measures."
        )


def _listed(parts: Sequence[Message]) -> Message:
    """Join parts that have commas of their own."""
    told = parts[0]
    for part in parts[1:]:
        told = note("{before}; {then}", before=told, then=part)
    return told
