"""A prepared district and its scenarios -> what is compared: figures, tables, maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from planner.coverage import Figures, net_difference, served_difference
from planner.district import settings_from_text
from planner.district.fingerprint import fingerprint_of
from planner.errors import SettingsError, StoreError
from planner.language import note, say
from planner.maps import (
    Drawn,
    Ground,
    Pane,
    cells_layer,
    difference_layer,
    ground_of,
    make_pane,
    measures_layer,
    pair_page,
    sites_layer,
)
from planner.pipeline.choose import PlanResult, cover, find_gaps
from planner.pipeline.outputs import not_writable, put_in_place, result_from
from planner.pipeline.prepare import Prepared, prepare
from planner.progress import Progress, silent
from planner.scenarios.basis import basis_of
from planner.scenarios.compare import Comparison, compare
from planner.scenarios.figures import Outcome, scenario_figures
from planner.scenarios.model import Scenario

__all__ = [
    "Standing",
    "comparison_of",
    "difference_between",
    "figures_of",
    "figures_of_today",
    "pane_layers",
    "standing_of",
    "write_comparison_maps",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A scenario as it can be drawn: the options that are there, and who is served by them."""

    name: str
    prepared: Prepared
    there: tuple[str, ...]
    figures: Figures
    measures: pd.DataFrame | None
    """None: the state of today."""


def figures_of(result: PlanResult) -> dict[str, Any]:
    """Give what comparing tells of a plan, see `planner.scenarios.figures.scenario_figures`."""
    return scenario_figures(
        Outcome(
            district=result.prepared.district,
            before=result.before,
            after=result.after,
            gaps_before=find_gaps(result.prepared),
            gaps_after=find_gaps(result.prepared, result.there),
            plan=result.plan,
            measures=result.measures,
            by_phase=result.by_phase,
            phases=result.limits.phases,
            notes=result.plan.notes,
        )
    )


def figures_of_today(prepared: Prepared) -> dict[str, Any]:
    """Give what comparing tells of the state of today: the figures of the baseline."""
    today, gaps = cover(prepared), find_gaps(prepared)
    return scenario_figures(
        Outcome(
            district=prepared.district,
            before=today,
            after=today,
            gaps_before=gaps,
            gaps_after=gaps,
        )
    )


def comparison_of(
    scenarios: Sequence[Scenario], folder: Path, *, progress: Progress = silent
) -> Comparison:
    """Compare scenarios of a district as its files are now.

    One whose inputs have changed is told to be stale. The baseline holds no plan, so its figures
    follow from the files: where these have changed, they are measured anew.

    Raises
    ------
    PlannerError
        If the district cannot be read any more.
    """
    told, stale = [], []
    for scenario in scenarios:
        settings = settings_from_text(scenario.settings, folder)
        if scenario.inputs in ("", fingerprint_of(folder, settings)):
            told.append(scenario)
        elif scenario.baseline:
            today = prepare(folder, settings=settings, progress=progress)
            told.append(replace(scenario, figures=figures_of_today(today)))
        else:
            told.append(scenario)
            stale.append(scenario.id)
    return compare(told, stale=stale)


def standing_of(scenario: Scenario, prepared: Prepared) -> Standing | None:
    """Give a scenario as it can be drawn; None where it has no plan, or one of other inputs.

    Parameters
    ----------
    scenario
        The baseline, or one with a plan.
    prepared
        The district, prepared with the settings of the scenario.
    """
    if scenario.baseline:
        return Standing(
            name=scenario.name,
            prepared=prepared,
            there=prepared.present,
            figures=cover(prepared),
            measures=None,
        )
    if scenario.plan is None or scenario.inputs != prepared.district.fingerprint:
        return None
    result = result_from(prepared, scenario.plan)
    if result is None:
        return None
    return Standing(
        name=scenario.name,
        prepared=prepared,
        there=result.there,
        figures=result.after,
        measures=result.measures,
    )


def pane_layers(standing: Standing) -> tuple[Drawn, ...]:
    """Give the layers that show a scenario: cells by who is served, stations, measures."""
    prepared = standing.prepared
    district, coverage = prepared.district, prepared.coverage
    layers: list[Drawn] = [
        cells_layer(district, coverage, standing.figures),
        sites_layer(district, coverage, "existing"),
    ]
    if standing.measures is not None:
        layers.append(measures_layer(district, standing.measures))
    return tuple(layers)


def difference_between(first: Standing, then: Standing) -> tuple[pd.DataFrame, bool] | None:
    """Tell for each cell who gains and who loses from one scenario to another.

    Returns
    -------
    difference, exact
        As `served_difference` gives it, and whether it is exact for every worker-hour: where ways,
        hours or groups differ, or each has candidates that the other has not, what some gain and
        others lose in a cell is taken off each other. None where the two do not count the same
        demand.
    """
    both = _knows_both(first.prepared, then.prepared)
    if both is not None and {*first.there, *then.there} <= set(both.options.table.index):
        return served_difference(both.coverage, first.there, then.there), True
    try:
        return net_difference(first.figures, then.figures), False
    except ValueError:
        return None


_SERVE = ("files", "workers", "groups", "reach", "stations", "measures")
"""Parts of what scenarios are counted by that say who is served."""


def _knows_both(one: Prepared, other: Prepared) -> Prepared | None:
    """Give the one that knows the options of both and serves alike; None: neither does."""
    if one.district.fingerprint == other.district.fingerprint:
        return one
    settings = one.district.settings, other.district.settings
    alike = [basis_of(each, counts_seats=False) for each in settings]
    if any(alike[0][part] != alike[1][part] for part in _SERVE):
        return None
    added = [set(each.added) for each in settings]
    if added[0] <= added[1]:
        return other
    return one if added[1] <= added[0] else None


def write_comparison_maps(
    scenarios: Sequence[Scenario], folder: Path, out: Path, *, progress: Progress = silent
) -> Mapping[str, Path]:
    """Write two pages that work from disk: maps that move together, and what differs.

    Parameters
    ----------
    scenarios
        The first, and the one that is held against it.
    folder
        Of the district.
    out
        Folder to write into; made where it is missing.

    Raises
    ------
    StoreError
        If one of the two cannot be drawn: it has no plan, or one of other inputs.
    SettingsError
        If the folder cannot be written to.
    """
    stands = []
    for scenario in scenarios[:2]:
        settings = settings_from_text(scenario.settings, folder)
        standing = standing_of(scenario, prepare(folder, settings=settings, progress=progress))
        if standing is None:
            raise StoreError(
                note(
                    "{name} has no plan for the data as they are now: there is nothing to draw.",
                    name=scenario.name,
                )
            )
        stands.append(standing)
    district = stands[0].prepared.district
    ground = ground_of(district, stands[0].prepared.streets)
    panes = [
        make_pane(s.name, s.prepared.district, ground=ground, layers=pane_layers(s)) for s in stands
    ]
    pages = {"comparison.html": pair_page(panes, title=_title(stands), key=district.fingerprint)}
    pane = _difference_pane(stands, ground)
    if pane is not None:
        pages["difference.html"] = pair_page([pane], title=_title(stands), key=district.fingerprint)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if pane is None:  # one of two others would be taken for that of these
            (out / "difference.html").unlink(missing_ok=True)
        return {name: put_in_place(_writer(page), out / name) for name, page in pages.items()}
    except OSError as wrong:
        raise SettingsError(not_writable(out, wrong)) from wrong


def _title(stands: Sequence[Standing]) -> str:
    return say("{then} against {first}", then=stands[-1].name, first=stands[0].name)


def _writer(page: str) -> Any:  # noqa: ANN401 - a function of a path
    return lambda path: path.write_text(page, encoding="utf-8")


def _difference_pane(stands: Sequence[Standing], ground: Ground) -> Pane | None:
    first, then = stands[0], stands[-1]
    found = difference_between(first, then)
    if found is None:
        return None
    prepared = then.prepared
    layer = difference_layer(
        prepared.district, prepared.demand, found[0], first=first.name, then=then.name
    )
    return make_pane(
        _title(stands), prepared.district, ground=ground, layers=[layer, *pane_layers(then)[1:]]
    )
