"""Figures of scenarios -> the rows of the table that holds them side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.demand.names import two_names
from planner.language import Message, note
from planner.siting import Status
from planner.siting.telling.endings import ending_of

__all__ = ["SECTIONS", "Row", "found_nothing", "rows_of"]

SECTIONS: Mapping[str, Message] = {
    "whole": note("Whole district"),
    "group": note("Served, by group of workers"),
    "period": note("Served, by part of the day"),
    "fair": note("Communities"),
    "gaps": note("Largest distance"),
    "money": note("Money (yuan)"),
    "measures": note("Measures"),
    "proof": note("Search"),
}
"""What the parts of the table are called."""

_ENOUGH: Mapping[str, float] = {
    "share": 0.0005,
    "fine_share": 0.00005,
    "index": 0.0005,
    "whole": 0.5,
    "yuan": 0.5,
}
"""A difference below this is none: it would not be seen in the table."""

_Figures = Mapping[str, Any]
_Value = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of every scenario."""

    section: str
    """One of SECTIONS."""
    key: str
    """Its own among all rows: "group:courier"."""
    label: Message
    form: str
    """"share" (0 to 1), "fine_share" (told in hundredths of a per cent), "whole" (a number),
    "yuan", "index" (0 to 1, three digits) or "text"."""
    values: tuple[_Value, ...]
    """One a scenario; None: not known."""
    beside: tuple[Message | None, ...]
    """What is told beside each value, or in its place where the form is "text"."""
    better: str = ""
    """"more" or "less" is better; "": neither is."""
    aspect: Message | None = None
    """What a sentence calls it; None: the label."""

    def ahead(self, one: int, other: int) -> bool:
        """Tell whether a scenario is better here, by more than would go unseen."""
        mine, theirs = self.values[one], self.values[other]
        if not self.better or mine is None or theirs is None:
            return False
        gained = mine - theirs if self.better == "more" else theirs - mine
        return gained >= _ENOUGH[self.form]

    def same(self, one: int, other: int) -> bool:
        """Tell whether no difference between two scenarios would be seen."""
        mine, theirs = self.values[one], self.values[other]
        if mine is None or theirs is None:
            return mine is theirs
        return abs(mine - theirs) < _ENOUGH[self.form]

    def best(self, among: Iterable[int]) -> tuple[int, ...]:
        """Give the places of the best of some scenarios; none where all are as good."""
        known = [place for place in among if self.values[place] is not None]
        best = [one for one in known if not any(self.ahead(other, one) for other in known)]
        return tuple(best) if self.better and len(best) < len(known) else ()


def rows_of(figures: Sequence[_Figures | None]) -> tuple[Row, ...]:
    """Give every row that some scenario has a figure for; one without figures has None.

    Parameters
    ----------
    figures
        As `scenario_figures` gives them, None for a scenario without a plan. Of a search that found
        none, only how it ended is told.
    """
    made = _Maker([None if found_nothing(each) else each for each in figures])
    rows = [
        *made.whole(),
        *made.parts("group", "by_group"),
        *made.parts("period", "by_period"),
        *made.fair(),
        *made.gaps(),
        *made.money(),
        *made.counts(),
        *_Maker(figures).proof(),
    ]
    return tuple(row for row in rows if _tells(row))


def found_nothing(figures: _Figures | None) -> bool:
    """Tell whether these are the figures of a search that ended without a plan."""
    plan = None if figures is None else figures["plan"]
    return plan is not None and plan["status"] in ("infeasible", "unknown")


def _tells(row: Row) -> bool:
    return any(value is not None for value in row.values) or any(row.beside)


class _Maker:
    """Makes rows of the same scenarios, a section at a time."""

    def __init__(self, figures: Sequence[_Figures | None]) -> None:
        self.figures = figures

    def row(  # noqa: PLR0913 - what a row is
        self,
        section: str,
        key: str,
        label: Message,
        form: str,
        value: Callable[[_Figures], _Value],
        *,
        better: str = "",
        beside: Callable[[_Figures], Message | None] | None = None,
        aspect: Message | None = None,
    ) -> Row:
        return Row(
            section=section,
            key=key,
            label=label,
            form=form,
            values=tuple(None if each is None else value(each) for each in self.figures),
            beside=tuple(
                None if each is None or beside is None else beside(each) for each in self.figures
            ),
            better=better,
            aspect=aspect,
        )

    def whole(self) -> Iterable[Row]:
        served = note("Served (effective coverage)")
        yield self.row("whole", "served", served, "share", _of("effective_share"), better="more")
        hours = note("Served, worker-hours a week")
        yield self.row("whole", "hours", hours, "whole", _of("served_hours"))
        demand = note("Demand, worker-hours a week")
        row = self.row("whole", "demand", demand, "whole", _demand)
        known = [place for place, value in enumerate(row.values) if value is not None]
        if not all(row.same(known[0], place) for place in known):
            yield row
        nominal = note("Within reach of a station (nominal coverage)")
        yield self.row("whole", "nominal", nominal, "share", _of("nominal_share"))
        yield self.row("whole", "stations", note("Stations"), "whole", _of("stations"))

    def parts(self, section: str, table: str) -> Iterable[Row]:
        """Give a row for each group, or each period, that any scenario knows."""
        names: dict[str, Message] = {}
        shares: list[dict[str, _Value]] = []
        for each in self.figures:
            rows = each[table] if each is not None else []
            shares.append({row["id"]: row["after"] for row in rows if row["hours"]})
            for row in rows:
                names.setdefault(row["id"], two_names(row["name"], row["name_en"]))
        for identity, name in names.items():
            yield Row(
                section=section,
                key=f"{section}:{identity}",
                label=name,
                form="share",
                values=tuple(known.get(identity) for known in shares),
                beside=(None,) * len(shares),
                better="more",
            )

    def fair(self) -> Iterable[Row]:
        yield self.row(
            "fair",
            "worst",
            note("Served in the worst-served community"),
            "share",
            _of_worst("share"),
            better="more",
            beside=_worst_name,
            aspect=note("the worst-served community"),
        )
        yield self.row(
            "fair",
            "unserved",
            note("Communities in which nobody is served"),
            "whole",
            _of_worst("unserved"),
            better="less",
            aspect=note("communities without any service"),
        )
        yield self.row(
            "fair",
            "gini",
            note("Unevenness over communities (Gini coefficient)"),
            "index",
            _of("gini"),
            better="less",
            aspect=note("evenness over communities"),
        )

    def gaps(self) -> Iterable[Row]:
        yield self.row(
            "gaps",
            "gap_workers",
            note("Workers too far from any open station"),
            "whole",
            _of_gaps("gap_workers"),
            better="less",
            aspect=note("workers too far from a station"),
        )
        yield self.row(
            "gaps",
            "exempt_workers",
            note("Workers whom no site could be near enough to"),
            "whole",
            _of_gaps("exempt_workers"),
        )

    def money(self) -> Iterable[Row]:
        for name, label, better in (
            ("setup", note("Set-up money"), "less"),
            ("union", note("Of it paid by the union"), "less"),
            ("partner", note("Of it paid by hosts and partners"), ""),
            ("year", note("Added running cost a year"), "less"),
        ):
            beside = _unknown_years if name == "year" else None
            yield self.row(
                "money", name, label, "yuan", _of_money(name), better=better, beside=beside
            )

    def counts(self) -> Iterable[Row]:
        for kind, label in (
            ("new", note("New stations")),
            ("move", note("Stations moved")),
            ("upgrade", note("Stations upgraded")),
            ("close", note("Stations closed")),
            ("bought", note("Relocatable stations bought")),
        ):
            row = self.row("measures", kind, label, "whole", _count_of(kind))
            if any(row.values):
                yield row

    def proof(self) -> Iterable[Row]:
        ended = note("How the search ended")
        yield self.row("proof", "status", ended, "text", _nothing, beside=_status)
        gap = note("At most this far from the best under its limits")
        yield self.row("proof", "gap", gap, "fine_share", _gap)


def _of(name: str) -> Callable[[_Figures], _Value]:
    def value(each: _Figures) -> _Value:
        found: _Value = each[name]["after"]
        return found

    return value


def _of_worst(name: str) -> Callable[[_Figures], _Value]:
    def value(each: _Figures) -> _Value:
        found: _Value = (each["worst"]["after"] or {}).get(name)
        return found

    return value


def _of_gaps(name: str) -> Callable[[_Figures], _Value]:
    def value(each: _Figures) -> _Value:
        found: _Value = each["gaps"]["after"][name]
        return found

    return value


def _of_money(name: str) -> Callable[[_Figures], _Value]:
    def value(each: _Figures) -> _Value:
        return float(each["money"][name])

    return value


def _count_of(kind: str) -> Callable[[_Figures], _Value]:
    def value(each: _Figures) -> _Value:
        return float(sum(row["count"] for row in each["money"]["by_kind"] if row["kind"] == kind))

    return value


def _demand(each: _Figures) -> _Value:
    found: _Value = each["hours"]
    return found


def _unknown_years(each: _Figures) -> Message | None:
    unknown = each["money"].get("year_unknown")
    return note("not known of {count}", count=unknown) if unknown else None


def _gap(each: _Figures) -> _Value:
    found: _Value = (each["plan"] or {}).get("gap")
    return found


def _nothing(_figures: _Figures) -> None:
    return None


def _worst_name(each: _Figures) -> Message | None:
    worst = each["worst"]["after"]
    return None if worst is None else two_names(worst["name"], worst["name"])


def _status(each: _Figures) -> Message:
    plan = each["plan"]
    if plan is None:
        return note("the state of today")
    known = plan["status"] in set(Status)  # figures that came in a file may tell anything
    return ending_of(plan["status"], plan["gap"]) if known else two_names(plan["status"], "")
