"""What the command line prints for a person: figures, scores, faults and plans as tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from planner.errors import Problem
from planner.language import Message, say, visible

__all__ = [
    "print_curve",
    "print_figures",
    "print_notes",
    "print_plan",
    "print_problems",
    "print_report_table",
    "print_scores",
    "print_table",
    "tell_data_note",
    "tell_rows_set_aside",
]


def tell_data_note(text: str) -> None:
    """Print what is said of the data as a whole."""
    if text:
        print(text)


def tell_rows_set_aside(rows: int) -> None:
    """Print how many rows were set aside, if any."""
    if rows:
        print(say("{rows} rows were set aside; `planner check` lists why.", rows=rows))


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    texts: Collection[int] = (0,),
) -> None:
    """Print a table; the columns at `texts` hold text, the others numbers."""
    table = Table(title=visible(title), title_justify="left", title_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at in texts else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(visible, row))
    Console(markup=False, highlight=False).print(table)


def print_report_table(table: Any) -> None:  # noqa: ANN401 - Table of the report, whose import is slow
    """Print a table of the report; one without rows is left out."""
    from planner.report import cell_text  # noqa: PLC0415 - slow, see folder.py

    if not table.rows:
        return
    columns = table.columns
    print_table(
        table.title,
        [column.label for column in columns],
        [
            [cell_text(value, column.form) for value, column in zip(row, columns, strict=True)]
            for row in table.rows
        ],
        texts=[at for at, column in enumerate(columns) if column.form == "text"],
    )


def print_problems(problems: Sequence[Problem]) -> None:
    """Print every fault as a sentence."""
    if not problems:
        print(say("No faults were found."))
        return
    print(say("{count} faults:", count=len(problems)))
    for problem in problems:
        print(f"- {problem}")


def print_notes(notes: Sequence[Message]) -> None:
    """Print what was assumed."""
    if notes:
        print(say("Assumed:"))
    for each in notes:
        print(f"- {each}")


def print_figures(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print figures of coverage, a row for each name."""
    columns = [
        "",
        say("Workers"),
        say("Worker-hours a week"),
        say("Nominal"),
        say("Effective"),
        say("In reach, not served"),
        say("Out of reach"),
    ]
    told = [
        [
            row["name"] or say("(none)"),
            f"{row.get('workers', row.get('workers_present')):,.0f}",
            f"{row['worker_hours_week']:,.0f}",
            *_shares(row),
        ]
        for row in rows
    ]
    print_table(title, columns, told)


def _shares(row: Mapping[str, Any]) -> list[str]:
    """Tell the shares of a row; a dash each where nobody is out."""
    nominal, effective = row["nominal_share"], row["effective_share"]
    shares = [nominal, effective, nominal - effective, row["out_of_reach_share"]]
    return [f"{share:.1%}" if row["worker_hours_week"] else "–" for share in shares]


def print_scores(candidates: Sequence[Mapping[str, Any]]) -> None:
    """Print the criteria and, below, the part of each in the score, 0 to 1."""
    if not candidates:
        print(say("There is no candidate venue."))
        return
    raw = {
        "newly_served_hours": say("Gain, h/week"),
        "workers_km2": say("Workers/km2"),
        "nearest_m": say("Nearest, m"),
        "overlap_share": say("Overlap"),
        "yuan_per_hour": say("Yuan/h"),
        "open_hours_week": say("Open, h/week"),
    }
    parts = {
        "newly_served_part": say("Gain"),
        "worker_density_part": say("Density"),
        "distance_to_nearest_part": say("Nearest"),
        "overlap_part": say("Overlap"),
        "cost_per_hour_part": say("Cost"),
        "hours_open_part": say("Hours"),
    }
    for title, columns in (
        (say("Candidates by score: criteria"), raw),
        (say("Candidates by score: scaled parts, 0 to 1"), parts),
    ):
        print_table(
            title,
            [say("Site"), say("Score"), *columns.values()],
            [
                [f"{c['id']} {c['name']}", *(_number(c[name]) for name in ("score", *columns))]
                for c in candidates
            ],
        )


def _number(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
    return str(value)


def print_plan(result: Any) -> None:  # noqa: ANN401 - PlanResult, whose import is slow
    """Print what a plan does, its proof and its measures."""
    from planner.pipeline import report_of  # noqa: PLC0415 - slow, see folder.py
    from planner.report import counted_kinds, measures_table, phase_table  # noqa: PLC0415
    from planner.report.words import objective_name, unit_name  # noqa: PLC0415

    report, plan = report_of(result), result.plan
    tell_data_note(result.prepared.district.settings.data_note)
    print(
        say(
            "{measures} for {cost:,.0f} yuan: {after:.1%} of worker-hours find an"
            " open door (today {before:.1%}); {served:,.0f} worker-hours a week.",
            measures=counted_kinds(report),
            cost=plan.cost_yuan,
            after=result.after.effective_share,
            before=result.before.effective_share,
            served=plan.served,
        )
    )
    goal = plan.goal
    value, bound = (plan.served, plan.bound) if goal is None else (goal.value, goal.bound)
    print(
        say(
            "{objective}: {value:,.0f} {unit}, proven bound {bound:,.0f}.",
            objective=objective_name("served" if goal is None else goal.kind),
            value=value,
            unit=unit_name("hours a week" if goal is None else goal.unit),
            bound=bound,
        )
    )
    print(_quality(plan))
    print_notes(plan.notes)
    tell_rows_set_aside(len(result.prepared.district.rejected))
    table = measures_table(report)
    shown = [key for key in _TOLD_OF_MEASURES if any(c.key == key for c in table.columns)]
    print_report_table(table.only(*shown))
    if len(report.by_phase):
        print_report_table(phase_table(report))
    if result.sureness is not None:
        _print_sureness(result.sureness)


def _print_sureness(sureness: Any) -> None:  # noqa: ANN401 - Sureness, whose import is slow
    """Print how much the figure of a plan moves, and which sites stand in for each other."""
    low, high = sureness.quantiles["served_share"].iloc[[0, -1]]
    print(
        say(
            "In {draws} draws of demand, reach, cost and closures the plan serves {low:.1%} to"
            " {high:.1%} of worker-hours; another choice would have served {regret:.2%} more on"
            " average.",
            draws=sureness.draws,
            low=low,
            high=high,
            regret=sureness.regret_share,
        )
    )
    print_notes((*sureness.groups, *sureness.notes))


def print_curve(curve: Any) -> None:  # noqa: ANN401 - Curve, whose import is slow
    """Print the points of a coverage-budget curve, and where its knee is."""
    from planner.siting.telling.endings import told_gap  # noqa: PLC0415 - slow, see folder.py

    if not curve.points:
        print(say("No plan meets the limits:"))
        print_notes(curve.reasons)
        return
    columns = [
        say("New stations"),
        say("Yuan"),
        say("Served, worker-hours a week"),
        say("Share"),
        say("No plan exceeds"),
        say("From the best, at most"),
        "",
    ]
    rows = [
        [
            f"{point.count:,}",
            f"{point.cost_yuan:,.0f}",
            f"{point.served_milli / 60_000:,.0f}",
            f"{point.served_milli / max(1, curve.total_milli):.1%}",
            f"{point.bound_milli / 60_000:,.0f}",
            f"{told_gap(point.gap):.2%}",
            say("knee") if at == curve.knee else "",
        ]
        for at, point in enumerate(curve.points)
    ]
    print_table(
        say("Best plan found for each size, each a plan of its own"), columns, rows, texts=(6,)
    )
    print_notes(curve.notes)


_TOLD_OF_MEASURES = ("number", "kind", "steps", "id", "name", "phase", "setup", "gain", "sure")
"""What fits a terminal; sites.xlsx has every column, with the reasons."""


def _quality(plan: Any) -> str:  # noqa: ANN401 - Plan, whose import is slow
    """Tell how good a plan is, and how its search ended where that says more."""
    from planner.siting.telling.endings import (  # noqa: PLC0415 - slow, see folder.py
        ending_of,
        is_proven_best,
        quality_of,
    )

    told = {"quality": quality_of(plan.status, plan.gap), "seconds": plan.seconds}
    if plan.status == "edited":  # nobody counts how long hands took
        return say(
            "Under the same limits the plan is {quality}; it was changed by hand.",
            quality=told["quality"],
        )
    if is_proven_best(plan.status, plan.gap):
        return say("Under the same limits the plan is {quality}. {seconds:.1f} s.", **told)
    return say(
        "Under the same limits the plan is {quality}. End of the search: {ending}."
        " {seconds:.1f} s.",
        ending=ending_of(plan.status, plan.gap),
        **told,
    )
