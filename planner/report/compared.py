"""A comparison of scenarios and its pictures -> a chapter of a Word document."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.language import say, visible
from planner.report.layout import Page
from planner.report.tables import Column, Table, make_table
from planner.report.words import kind_name, steps_text
from planner.scenarios.changes import signed
from planner.scenarios.compare import Changes, Comparison, Row, Side
from planner.scenarios.drawn import names_apart
from planner.scenarios.side_by_side import SECTIONS
from planner.siting.telling.endings import told_gap

__all__ = ["MOST_SIDES", "Compared", "Difference", "add_comparison", "figures_table"]

MOST_SIDES = 5
"""So many columns of figures fit on an upright page."""
_MOST_CHANGES = 30
_WITH_DIFFERENCE = 3
"""Of so many scenarios the table tells the difference to the first beside each figure."""
_CHART_CM = 14.0
_SQUARE_CM = 9.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A map of who gains and who loses from one scenario to another."""

    first: str
    then: str
    picture: bytes
    exact: bool
    """Whether it is so for every worker-hour; else what some gain and others lose in a place is
    taken off each other."""
    without_seats: bool = False
    """Whether it counts no seats though the figures do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Scenarios that stand beside the plan in its document."""

    comparison: Comparison
    proposed: str
    """Id of the scenario whose plan the document proposes."""
    bars: bytes | None = None
    """What is served by group, a bar a scenario."""
    lorenz: bytes | None = None
    """How evenly those who are served lie over communities."""
    steps: bytes | None = None
    """What is served for how much money, phase by phase."""
    curve: bytes | None = None
    """What could be served for how much money under the limits of each."""
    without_curve: tuple[str, ...] = ()
    """Names of plans whose curve is not kept: it is a search, and none is made for a document."""
    differences: tuple[Difference, ...] = ()

    def __post_init__(self) -> None:
        """Check what must hold for every chapter."""
        sides = self.comparison.sides
        if not 1 < len(sides) <= MOST_SIDES:
            raise ValueError(f"comparison must be of 2 to {MOST_SIDES} scenarios, got {len(sides)}")
        if self.proposed not in {side.id for side in sides}:
            raise ValueError(f"proposed must be one of the scenarios, got {self.proposed!r}")


def add_comparison(page: Page, compared: Compared) -> None:
    """Write the chapter: which is better at what, the figures, charts, measures, maps."""
    comparison = compared.comparison
    names = dict(zip((side.id for side in comparison.sides), _names(comparison), strict=True))
    page.heading(say("Comparison of scenarios"))
    page.text(
        say(
            "“{proposed}” is the scenario that this document proposes. “{first}” is what the others"
            " are held against.",
            proposed=names[compared.proposed],
            first=names[comparison.sides[0].id],
        )
        if compared.proposed != comparison.sides[0].id
        else say(
            "“{proposed}” is the scenario that this document proposes; the others are held against"
            " it.",
            proposed=names[compared.proposed],
        )
    )
    page.points([str(each) for each in comparison.sentences])
    page.subheading(say("Figures side by side"))
    table, heads = figures_table(comparison)
    page.text(_how_to_read(comparison), with_next=True)
    page.table(table, say("Scenarios side by side"), heads=heads)
    _charts(page, compared)
    _changes(page, comparison, names)
    _maps(page, compared)


def _names(comparison: Comparison) -> list[str]:
    return [visible(name) for name in names_apart([side.name for side in comparison.sides])]


def _how_to_read(comparison: Comparison) -> str:
    told = say("Shares are of worker-hours; * marks the best of those that can be compared.")
    if len(comparison.sides) > _WITH_DIFFERENCE:
        return told
    beside = say("In brackets: the difference to the first scenario, shares in percentage points.")
    return say("{sentences} {another}", sentences=told, another=beside)


def figures_table(comparison: Comparison) -> tuple[Table, tuple[int, ...]]:
    """Set the figures of scenarios side by side, those that are out of date marked.

    Returns
    -------
    table, heads
        And the places of the rows that head a part of the table.
    """
    sides = comparison.sides
    rows: list[tuple[object, ...]] = []
    heads, section = [], ""
    for row in comparison.rows:
        if row.section != section:
            section = row.section
            heads.append(len(rows))
            rows.append((str(SECTIONS[section]), *("" for _ in sides)))
        cells = (_cell(comparison, row, at) for at in range(len(sides)))
        rows.append((str(row.label), *cells))
    columns = [Column(key="figure", label=say("Figure"), width=26)]
    columns += [
        Column(key=side.id, label=_head(side, name), form="figure", width=18)
        for side, name in zip(sides, _names(comparison), strict=True)
    ]
    return make_table(say("Comparison"), columns, rows), tuple(heads)


def _head(side: Side, name: str) -> str:
    told = side.told_state
    return say("{name} ({state})", name=name, state=told) if told else name


def _cell(comparison: Comparison, row: Row, at: int) -> str:
    """Tell one figure: the best with a star, then the difference to the first."""
    value, beside = row.values[at], row.beside[at]
    if row.form == "text":
        return str(beside or "–")
    if value is None:
        return "–"
    star = "*" if at in comparison.best(row) else ""
    parts = [f"{_shown(row.form, value)}{star}", _change(comparison, row, at), str(beside or "")]
    return " ".join(part for part in parts if part)


def _shown(form: str, value: float) -> str:
    forms = {"share": ".1%", "index": ".3f"}
    if form == "fine_share":
        return f"{told_gap(value):.2%}"
    return format(value, forms.get(form, ",.0f"))


def _change(comparison: Comparison, row: Row, at: int) -> str:
    """Tell the difference to the first scenario; nothing where it says nothing."""
    sides, value, first = comparison.sides, row.values[at], row.values[0]
    judged = sides[at].judged and sides[0].judged
    if not at or not judged or value is None or first is None or row.same(0, at):
        return ""
    if row.key == "gap" or len(sides) > _WITH_DIFFERENCE:
        return ""
    forms = {"share": f"{100 * (value - first):+.1f}", "index": f"{value - first:+.3f}"}
    return f"({forms.get(row.form, f'{value - first:+,.0f}')})"


def _charts(page: Page, compared: Compared) -> None:
    charts = (
        (compared.bars, say("Served share by group, scenarios side by side"), _CHART_CM),
        (
            compared.lorenz,
            say("How evenly those who are served lie over the communities (Lorenz curves)"),
            _SQUARE_CM,
        ),
        (compared.steps, say("Served share against set-up money"), _CHART_CM),
        (
            compared.curve,
            say(
                "The best plans found at each sum of money or number of new stations; diamonds: the"
                " scenarios themselves"
            ),
            _CHART_CM,
        ),
    )
    if any(picture for picture, _, _ in charts):
        page.subheading(say("Charts"))
    for picture, caption, width_cm in charts:
        if picture:
            page.picture(picture, caption, width_cm=width_cm)
    if compared.without_curve:
        quoted = [say("“{name}”", name=visible(name)) for name in compared.without_curve]
        page.text(
            say(
                "Curves of coverage and money are not computed yet for: {names}. They can be"
                " computed on the page Comparison under “Coverage and money”; documents made"
                " after that show them.",
                names=say("; ").join(quoted),
            )
        )


def _changes(page: Page, comparison: Comparison, names: Mapping[str, str]) -> None:
    """List the measures that each scenario has otherwise than the first."""
    told = [each for each in comparison.changes if each.listed or each.of_kept]
    if not told:
        return
    page.subheading(say("Measures that differ"))
    first = names[comparison.sides[0].id]
    for changes in told:
        against = say("“{name}” against “{first}”", name=names[changes.scenario], first=first)
        page.text(say("{pair}: {sums}", pair=against, sums=changes.sums), with_next=True)
        if changes.of_kept:
            page.text(str(changes.of_kept), with_next=bool(changes.listed))
        if changes.listed:
            page.table(_changes_table(changes), say("Measures that differ: {pair}", pair=against))
        more = len(changes.listed) - _MOST_CHANGES
        if more > 0:
            page.text(say("{count} more measures differ, none by more.", count=more))


def _changes_table(changes: Changes) -> Table:
    whats = {"added": say("added"), "other": say("done otherwise"), "dropped": say("left out")}
    rows = [
        (
            whats[each.what],
            visible(each.name or each.site),
            str(each.host),
            kind_name(each.kind),
            steps_text(each.steps),
            signed(each.gain_hours),
            signed(each.setup_yuan),
        )
        for each in changes.largest(_MOST_CHANGES)
    ]
    columns = (
        Column(key="what", label=say("Difference"), width=12),
        Column(key="name", label=say("Site"), width=26),
        Column(key="host", label=say("Type"), width=15),
        Column(key="kind", label=say("Kind"), width=10),
        Column(key="steps", label=say("Measure"), width=20),
        Column(key="gain", label=say("Served (worker-hours a week)"), form="figure", width=15),
        Column(key="setup", label=say("Set-up money (yuan)"), form="figure", width=14),
    )
    return make_table(say("Measures that differ"), columns, rows)


def _maps(page: Page, compared: Compared) -> None:
    if not compared.differences:
        return
    page.subheading(say("Who gains and who loses"))
    for each in compared.differences:
        if not each.exact:
            page.text(
                say(
                    "The settings of the two differ: what some gain and others lose in the same"
                    " place is taken off each other on this map."
                ),
                with_next=True,
            )
        if each.without_seats:
            page.text(
                say(
                    "Seats are not counted on this map, since who finds one depends on who else"
                    " comes: the figures of the table may differ from it."
                ),
                with_next=True,
            )
        pair = say("“{name}” against “{first}”", name=each.then, first=each.first)
        page.picture(
            each.picture,
            say("Who gains and who loses: {pair} (internal working sketch)", pair=pair),
        )
