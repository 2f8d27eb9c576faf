"""`planner solve`: a textbook model on a long table of costs that anybody brings."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import (
    NO_PLAN,
    AsJson,
    Command,
    app,
    interrupt_means_enough,
    print_json,
)
from planner.cli.telling import print_table
from planner.errors import SettingsError
from planner.language import Message, note, say

__all__: list[str] = []

_TOLD_CELLS = 20
_MOST_SECONDS = 1e7


@app.command(cls=Command)
def solve(
    *,
    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL", help="mclp, lscp, p-median, p-center, p-dispersion or backup."
        ),
    ],
    travel: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="CSV or Parquet: site, cell, cost (for p-dispersion: site, site, cost).",
        ),
    ],
    demand: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="cell, weight (and load); without it each cell weighs 1."
        ),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="site and, as needed, cost, capacity, fixed (0 or 1)."),
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(metavar="R", help="Cost up to which a cell is covered, itself included."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="P", help="Number of sites, fixed ones counted.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(metavar="S", help="Part of all demand that lscp must cover, 0 to 1."),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="B", help="Most that the sites of mclp may cost.")
    ] = None,
    time_limit: Annotated[
        float, typer.Option(metavar="S", help="Seconds the search may take.")
    ] = 600.0,
    gap: Annotated[
        float,
        typer.Option(metavar="SHARE", help="End when proven this near to the best, 0 to 1."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random part of the search.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON file to write the answer to.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Solve a textbook model on your own table of costs, with a proof."""
    from planner.siting.matrix import (  # noqa: PLC0415 - slow, see folder.py
        Question,
        check_question,
        read_site_pairs,
        read_ways,
        solve_matrix,
    )

    question = Question(model=model, radius=radius, count=count, share=share, budget=budget)
    check_question(question)
    _check_search(time_limit, gap, seed)
    if model == "p-dispersion":
        if demand is not None:
            raise SettingsError(
                note("--{name} has no meaning for {model}.", name="demand", model=model)
            )
        ways = read_site_pairs(travel, sites)
    else:
        ways = read_ways(travel, demand, sites)
    with interrupt_means_enough() as stop:
        answer = solve_matrix(
            ways, question, time_limit_s=time_limit, gap_share=gap, seed=seed, stop=stop
        )
    told = _object(answer)
    if out is not None:
        _write(out, told)
    if as_json:
        print_json(told)
    else:
        _print(answer, told)
    if answer.status.value in ("infeasible", "unknown"):
        raise typer.Exit(NO_PLAN)


def _check_search(time_limit: float, gap: float, seed: int) -> None:
    """Refuse limits of the search that cannot hold.

    Raises
    ------
    SettingsError
        Naming the option.
    """
    if not 0 <= time_limit <= _MOST_SECONDS:
        raise SettingsError(
            note(
                "--time-limit must be from 0 to {most:,.0f} seconds, got {value}.",
                most=_MOST_SECONDS,
                value=time_limit,
            )
        )
    if not 0 <= gap <= 1:
        raise SettingsError(note("--gap must be from 0 to 1, got {value}.", value=gap))
    if seed < 0:
        raise SettingsError(note("--seed must be 0 or more, got {value}.", value=seed))


def _object(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - Answer, whose import is slow
    told: dict[str, Any] = {
        "model": answer.model,
        "sites": list(answer.sites),
        "count": len(answer.sites),
        "objective": answer.objective,
        "bound": answer.bound,
        "gap": answer.gap,
        "status": answer.status.value,
        "seconds": round(answer.seconds, 3),
    }
    if answer.assignment is not None:
        told["assignment"] = dict(answer.assignment)
    told |= dict(answer.figures)
    told["unreachable"] = list(answer.unreachable)
    told["reasons"] = [str(reason) for reason in answer.reasons]
    told["notes"] = [str(each) for each in answer.notes]
    return told


def _write(path: Path, told: Mapping[str, Any]) -> None:
    """Write the answer to a file.

    Raises
    ------
    SettingsError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise SettingsError(
            note(
                "{file}: cannot be written ({reason}).",
                file=path.name,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _print(answer: Any, told: Mapping[str, Any]) -> None:  # noqa: ANN401 - Answer, as above
    from planner.siting.telling.endings import (  # noqa: PLC0415 - slow, see folder.py
        ending_of,
        quality_of,
    )

    for each in answer.notes:
        print(f"- {each}")
    if answer.unreachable:
        shown = ", ".join(answer.unreachable[:_TOLD_CELLS])
        print(
            say(
                "{count} cells with demand are beyond every site: {cells}",
                count=len(answer.unreachable),
                cells=shown if len(answer.unreachable) <= _TOLD_CELLS else f"{shown} ...",
            )
        )
    if answer.reasons:
        print(say("There is no answer:"), file=sys.stderr)
        for reason in answer.reasons:
            print(f"- {reason}", file=sys.stderr)
        return
    if answer.objective is not None:
        print(
            say(
                "{model}: {objective}; no answer is better than {bound}. It is {quality}; end of"
                " the search: {ending}. {seconds:.1f} s.",
                model=answer.model,
                objective=_number(answer.objective),
                bound=_number(answer.bound),
                quality=quality_of(answer.status.value, answer.gap),
                ending=ending_of(answer.status.value, answer.gap),
                seconds=answer.seconds,
            )
        )
    served = answer.assignment.values() if answer.assignment is not None else ()
    cells = dict.fromkeys(answer.sites, 0)
    for site in served:
        cells[site] += 1
    columns = [say("Site")] + ([say("Cells")] if answer.assignment is not None else [])
    print(say("{count} sites", count=len(answer.sites)))
    print_table(
        "",
        columns,
        [
            [site, f"{cells[site]:,}"] if answer.assignment is not None else [site]
            for site in answer.sites
        ],
    )
    names = [(name, _FIGURES[name]) for name in answer.figures]
    if names:
        print_table(
            say("Figures"), ["", ""], [[str(label), _number(told[name])] for name, label in names]
        )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.6g}"


_FIGURES: Mapping[str, Message] = {
    "weight_total": note("Weight of all cells"),
    "weight_assigned": note("Weight of the cells that have a site"),
    "weight_covered": note("Weight covered"),
    "weight_twice": note("Weight covered twice"),
    "cost_mean": note("Mean cost for one of weight"),
    "cost_longest": note("Longest cost"),
    "cost": note("Cost of the sites"),
    "cost_bound": note("Least cost of a cover, at least"),
}
