"""Scenarios of a district -> one Word document: a plan that is proposed, and what stands beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.charts import (
    Drawn,
    bars_chart,
    curve_chart,
    difference_picture,
    lorenz_chart,
    steps_chart,
)
from planner.district import settings_from_text
from planner.errors import SettingsError, StoreError
from planner.language import note
from planner.pipeline.choose import PlanResult
from planner.pipeline.comparing import (
    Standing,
    comparison_of,
    difference_between,
    standing_of,
)
from planner.pipeline.documents import write_document
from planner.pipeline.outputs import (
    not_writable,
    put_in_place,
    report_of,
)
from planner.pipeline.prepare import prepare
from planner.pipeline.scenarios import result_in
from planner.progress import Progress, silent
from planner.report import MOST_SIDES, Compared, Difference
from planner.scenarios import Scenario
from planner.scenarios.compare import Comparison
from planner.scenarios.drawn import curve_in, names_apart

__all__ = ["Meeting", "compared_in", "meeting_of", "write_meeting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A plan that is proposed, and the scenarios that it is compared with."""

    result: PlanResult
    scenario: Scenario
    """That keeps the plan."""
    comparison: Comparison
    """Of this scenario and others; the first is what the others are held against."""
    stands: Mapping[str, Standing]
    """Id of a scenario -> how it is drawn; one without a plan of today's data is not there."""


def meeting_of(
    scenarios: Sequence[Scenario], folder: Path, *, progress: Progress = silent
) -> Meeting:
    """Gather what a document of scenarios is written from: the plan of the first is proposed.

    Parameters
    ----------
    scenarios
        Two or more; the first is what the others are held against. Where it is the state of today,
        the plan of the second is proposed.
    folder
        Of the district.
    progress
        Told how far the work is.

    Raises
    ------
    SettingsError
        If there are too few or too many.
    StoreError
        If the scenario that is proposed has no plan, or one of other inputs.
    PlannerError
        If the district cannot be read any more.
    """
    proposed = next((each for each in scenarios if not each.baseline), None)
    if proposed is None or not 1 < len(scenarios) <= MOST_SIDES:
        raise SettingsError(
            note("A document compares 2 to {most} scenarios, one of them a plan.", most=MOST_SIDES)
        )
    result, stands = None, {}
    for each in scenarios:
        settings = settings_from_text(each.settings, folder)
        prepared = prepare(folder, settings=settings, progress=progress)
        if each is proposed:
            result = result_in(prepared, each)
        standing = standing_of(each, prepared)
        if standing is not None:
            stands[each.id] = standing
    if result is None:
        raise StoreError(
            note(
                "{name} has no plan for the data as they are now: there is nothing to propose."
                " Search again.",
                name=proposed.name,
            )
        )
    return Meeting(
        result=result,
        scenario=proposed,
        comparison=comparison_of(scenarios, folder, progress=progress),
        stands=stands,
    )


def write_meeting(meeting: Meeting, path: Path, *, progress: Progress = silent) -> Path:
    """Write the document; an older one is never half overwritten.

    Raises
    ------
    SettingsError
        If the file cannot be written.
    """
    result = meeting.result
    progress(note("Writing the document"), 0.0)
    report, compared = report_of(result), compared_in(meeting)
    progress(note("Writing the document"), 0.5)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(
            lambda at: write_document(
                result, report, at, scenario=meeting.scenario, compared=compared
            ),
            path,
        )
    except OSError as wrong:
        raise SettingsError(not_writable(path.parent, wrong)) from wrong
    progress(note("Writing the document"), 1.0)
    return path


def compared_in(meeting: Meeting) -> Compared:
    """Draw the scenarios of a meeting side by side."""
    sides = meeting.comparison.sides
    names = names_apart([side.name for side in sides])
    drawn = [
        Drawn(
            note("out of date: {name}", name=name) if side.state == "stale" else name, side.figures
        )
        for name, side in zip(names, sides, strict=True)
        if side.figures is not None and side.state in ("current", "stale")
    ]
    kept = (by for by in ("money", "count") if any(curve_in(each.figures, by) for each in drawn))
    by = next(kept, "money")
    return Compared(
        comparison=meeting.comparison,
        proposed=meeting.scenario.id,
        bars=bars_chart(drawn) if drawn else None,
        lorenz=lorenz_chart(drawn),
        steps=steps_chart(drawn),
        curve=curve_chart(drawn, by=by),
        without_curve=tuple(
            name
            for name, side in zip(names, sides, strict=True)
            if side.judged and side.figures and side.figures["plan"]
            if not curve_in(side.figures, by)
        ),
        differences=_differences(meeting, names),
    )


def _differences(meeting: Meeting, names: Sequence[str]) -> tuple[Difference, ...]:
    """Draw who gains and who loses from the first to each other that can be drawn."""
    sides = meeting.comparison.sides
    first = meeting.stands.get(sides[0].id)
    drawn = []
    for side, name in zip(sides[1:], names[1:], strict=True):
        then = meeting.stands.get(side.id)
        found = None if first is None or then is None else difference_between(first, then)
        if found is None or then is None:
            continue
        prepared, measures = then.prepared, then.measures
        picture = difference_picture(
            prepared.district,
            prepared.coverage,
            found[0],
            meeting.result.measures.iloc[:0] if measures is None else measures,
            streets=prepared.streets,
        )
        exact, seats = found[1], prepared.district.settings.service.count_seats
        drawn.append(
            Difference(
                first=names[0],
                then=name,
                picture=picture,
                exact=exact,
                without_seats=exact and seats,
            )
        )
    return tuple(drawn)
