"""A report and its pictures -> a Word document for the meeting."""

import math
from dataclasses import dataclass
from pathlib import Path

from planner import __version__
from planner.language import say
from planner.report.compared import Compared, add_comparison
from planner.report.layout import Page, PageStyle
from planner.report.limits import limit_sentences
from planner.report.model import PlanReport
from planner.report.people import fits_table, season_name, sources_table
from planner.report.tables import (
    comparison,
    counted_kinds,
    gaps,
    measures_table,
    money_by_host,
    money_by_payer,
    phase_table,
    reaches,
    reasons,
    today,
)
from planner.report.today import spot_table
from planner.report.words import objective_name, unit_name
from planner.siting import Status
from planner.siting.telling.endings import is_proven_best, quality_of

__all__ = ["Pictures", "write_word"]

_NOTES = 16
"""Assumptions that are told in full; the Excel list has them all."""

_SPOTS = 10
"""Hot spots that are listed; today.xlsx has them all."""

_SEEN_HOURS = 0.5
"""Fewer worker-hours would be told as 0."""

_CHART_CM = 12.5
_WIDE_CHART_CM = 14.0
_SQUARE_CM = 9.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of a document, as PNG."""

    plan_map: bytes
    plan_core: bytes | None = None
    """Where stations lie so close that the map of the whole cannot number them."""
    by_group: bytes | None = None
    """Coverage today by group, as a chart."""
    by_period: bytes | None = None
    """Coverage today by group and period."""
    before_after: bytes | None = None
    density: bytes | None = None
    """Workers per km2 and hot spots."""
    gaps: bytes | None = None
    """Who has no open station near enough today."""
    heat: bytes | None = None
    """Coverage with the plan by group and period, as a table with shades."""
    lorenz: bytes | None = None
    """How evenly those who are served lie over communities, today and with the plan."""
    steps: bytes | None = None
    """What is served for how much money, phase by phase."""
    curve: bytes | None = None
    """What could be served for how much money."""


def write_word(
    report: PlanReport, path: Path, *, pictures: Pictures, compared: Compared | None = None
) -> None:
    """Write the document for the meeting, in the language in use.

    Parts: the answer in short, the question, the data, today's coverage, the proposed stations with
    the map, what changes, other scenarios, the money, the proof, the assumptions, and the list of
    sites on pages that lie across.

    Parameters
    ----------
    report, pictures
        Of the plan that is proposed.
    path
        Where the document is to lie.
    compared
        Scenarios beside it; None: there is no such chapter.

    Raises
    ------
    ValueError
        If no plan keeps the limits: there is nothing to propose.
    OSError
        If the file cannot be written.
    """
    if report.plan.is_none:
        raise ValueError("plan must keep its limits, got an infeasible one")
    settings = report.district.settings
    title = say(
        "Where to open service stations for outdoor workers: {district}", district=settings.name
    )
    page = Page(PageStyle())
    page.title(title, _below_title(report))
    page.box(_in_short(report))
    _question(page, report)
    _data(page, report)
    _where(page, report, pictures)
    _today(page, report, pictures)
    _proposal(page, report, pictures)
    _effect(page, report, pictures)
    if compared is not None:
        add_comparison(page, compared)
    _money(page, report, pictures)
    _proof(page, report)
    _assumptions(page, report)
    _list(page, report)
    page.save(str(path), title=title, footer=_marking(report))


def _below_title(report: PlanReport) -> list[str]:
    lines = [say("Internal working document")]
    if report.scenario:
        lines.append(say("Scenario: {name}", name=report.scenario))
    if report.made_on:
        day = report.made_on
        lines.append(
            say("{year}-{month:02d}-{day:02d}", year=day.year, month=day.month, day=day.day)
        )
    if report.district.settings.data_note:
        lines.append(report.district.settings.data_note)
    return lines


def _marking(report: PlanReport) -> str:
    marking = say("Internal working document")
    return f"{report.district.settings.name} · {marking}"


def _in_short(report: PlanReport) -> list[str]:
    return [
        say(
            "Proposal: {measures} for {cost:,.0f} yuan.",
            measures=counted_kinds(report),
            cost=report.plan.cost_yuan,
        ),
        _changed(report),
        _proof_sentence(report),
        *_beyond(report),
    ]


def _beyond(report: PlanReport) -> list[str]:
    """Tell at once where hands took a plan beyond its limits."""
    if not report.plan.reasons:
        return []
    return [
        say(
            "The plan was changed by hand and does not keep {count:,} of its limits; the chapter"
            " “How good the plan is” names them.",
            count=len(report.plan.reasons),
        )
    ]


def _changed(report: PlanReport) -> str:
    """Tell what becomes of coverage: a plan that closes, or was changed by hand, may lower it."""
    gain = _gain_hours(report)
    shares = {"before": report.before.effective_share, "after": report.after.effective_share}
    if gain <= -_SEEN_HOURS:
        return say(
            "Effective coverage falls from {before:.1%} to {after:.1%} of worker-hours:"
            " {loss:,.0f} fewer worker-hours a week find an open door.",
            loss=-gain,
            **shares,
        )
    if gain < _SEEN_HOURS:
        return say(
            "Effective coverage stays at {after:.1%} of worker-hours.", after=shares["after"]
        )
    return say(
        "Effective coverage rises from {before:.1%} to {after:.1%} of worker-hours: {gain:,.0f} "
        "more worker-hours a week find an open door.",
        gain=gain,
        **shares,
    )


def _gain_hours(report: PlanReport) -> float:
    return (report.after.served_milli - report.before.served_milli) / 60_000


def _question(page: Page, report: PlanReport) -> None:
    page.heading(say("The question"))
    page.text(
        say(
            "Which stations should be opened, upgraded, moved or closed, so that the most outdoor"
            " workers find an open door within reach at the hours when they are out? The plan keeps"
            " to these limits:"
        )
    )
    page.points(_limits(report))


def _limits(report: PlanReport) -> list[str]:
    sites = report.coverage.options.sites["name"]
    names = {str(site): str(name or "") for site, name in sites.items()}
    lines = limit_sentences(report.limits, report.district, names)
    changed = report.measures["kind"].isin(["upgrade", "move", "close"]).any()
    return lines if changed else [*lines, say("All existing stations stay as they are.")]


def _data(page: Page, report: PlanReport) -> None:
    page.heading(say("The data"))
    district, before = report.district, report.before
    page.text(
        say(
            "{stations:,} existing stations, {venues:,} candidate venues, {communities:,} "
            "communities; {workers:,.0f} outdoor workers in {groups:,} groups, together "
            "{hours:,.0f} worker-hours a week (a worker-hour is one worker out for one hour).",
            stations=len(district.stations),
            venues=len(district.venues),
            communities=len(district.communities),
            workers=before.workers,
            groups=len(report.coverage.demand.groups),
            hours=before.worker_hours_week,
        )
    )
    page.text(_faults(report))
    page.text(
        say(
            "Of the existing stations, {assumed:,} have values that their list leaves blank "
            "(hours, "
            "listing, access) and that were assumed; {registration:,} ask for registration and "
            "count as "
            "open.",
            assumed=before.stations_assumed,
            registration=before.stations_registration,
        )
    )
    demand = report.coverage.demand
    told = ("name", "kind", "group", "gives", "counted", "used", "hours")
    sources = sources_table(district, demand).only(*told)
    page.table(sources, say("Where the workers are from"))
    if len(demand.fits):
        page.table(fits_table(district, demand), say("How well the fitted models do"))
    page.text(
        say(
            "Hours are those of: {season}. Reach and hours that are called assumed have been "
            "confirmed by nobody.",
            season=season_name(district, demand.season),
        ),
        with_next=True,
    )
    page.table(reaches(report), say("Groups of workers and how far they go to a station"))


def _where(page: Page, report: PlanReport, pictures: Pictures) -> None:
    page.heading(say("Where the workers are"))
    page.text(str(report.spots))
    if pictures.density:
        caption = say("Workers per km² and hot spots (internal working sketch)")
        page.picture(pictures.density, caption, width_cm=_CHART_CM)
    spots = spot_table(report.district, report.spots, most=_SPOTS, most_hosts=2)
    widths = {"number": 9, "name": 26, "group": 22, "workers": 13, "share": 13, "candidates": 13}
    if report.spots.table["look_for_host"].head(_SPOTS).any():
        widths |= {"advice": 18, "hosts": 30}
    spots = spots.only(*widths).sized(widths)
    if spots.rows:
        page.table(spots, say("Hot spots with the most unserved workers"))


def _faults(report: PlanReport) -> str:
    if not report.problems:
        return say("The files show no faults.")
    return say(
        "The files show {faults:,} faults; {rows:,} rows were set aside for them and are listed "
        "with "
        "the reason in rejected.xlsx, all others are used.",
        faults=len(report.problems),
        rows=len(report.district.rejected),
    )


def _today(page: Page, report: PlanReport, pictures: Pictures) -> None:
    page.heading(say("Coverage today"))
    before = report.before
    page.text(
        say(
            "On paper {nominal:.1%} of worker-hours have a station within reach (nominal "
            "coverage). "
            "Only {effective:.1%} find it open at that hour, open to their group, on the public "
            "map and "
            "not behind a gate (effective coverage). This plan counts the second.",
            nominal=before.nominal_share,
            effective=before.effective_share,
        )
    )
    page.table(reasons(report).only("reason", "before"), say("Why workers find no open door today"))
    page.table(today(report, "group"), say("Coverage today by group"))
    if pictures.by_group:
        caption = say("Nominal and effective coverage today by group")
        page.picture(pictures.by_group, caption, width_cm=_CHART_CM)
    page.table(today(report, "period"), say("Coverage today by period"))
    if pictures.by_period:
        caption = say("Coverage today by period, and why workers find no open door")
        page.picture(pictures.by_period, caption, width_cm=_CHART_CM)
    page.text(str(report.gaps_today))
    if pictures.gaps:
        caption = say("Workers without an open station near enough (internal working sketch)")
        page.picture(pictures.gaps, caption, width_cm=_CHART_CM)


def _proposal(page: Page, report: PlanReport, pictures: Pictures) -> None:
    page.heading(say("The proposal"))
    page.text(
        say(
            "Proposed are: {measures}. The numbers on the map are those of the list at the end; of"
            " each kind the first brings the most.",
            measures=counted_kinds(report),
        ),
        with_next=True,
    )
    caption = say("Existing and proposed stations (internal working sketch)")
    page.picture(pictures.plan_map, caption)
    if pictures.plan_core:
        caption = say("Existing and proposed stations in the core (internal working sketch)")
        page.picture(pictures.plan_core, caption)


def _effect(page: Page, report: PlanReport, pictures: Pictures) -> None:
    page.heading(say("What it achieves"))
    page.text(
        say(
            "Nominal coverage is {nominal:.1%} today and {nominal_after:.1%} with the plan,"
            " effective coverage {effective:.1%} today and {effective_after:.1%} with the plan.",
            nominal=report.before.nominal_share,
            nominal_after=report.after.nominal_share,
            effective=report.before.effective_share,
            effective_after=report.after.effective_share,
        )
    )
    if pictures.before_after:
        caption = say("Effective coverage today and with the plan")
        page.picture(pictures.before_after, caption, width_cm=_CHART_CM)
    told = ("name", "workers", "nominal_before", "nominal_after", "before", "after", "change")
    page.table(comparison(report, "group").only(*told), say("Today and with the plan, by group"))
    page.table(comparison(report, "period").only(*told), say("Today and with the plan, by period"))
    if pictures.heat:
        caption = say(
            "Effective coverage with the plan by group and part of the day; below: the change in"
            " percentage points"
        )
        page.picture(pictures.heat, caption, width_cm=_WIDE_CHART_CM)
    page.table(
        comparison(report, "community").only(*told), say("Today and with the plan, by community")
    )
    if pictures.lorenz:
        page.text(
            say(
                "The nearer a line is to the dotted diagonal, the more alike the communities are"
                " served. The Gini coefficient is 0 on the diagonal and grows with the distance to"
                " it."
            ),
            with_next=True,
        )
        caption = say("How evenly those who are served lie over the communities (Lorenz curves)")
        page.picture(pictures.lorenz, caption, width_cm=_SQUARE_CM)
    page.table(reasons(report), say("Why workers find no open door, today and with the plan"))
    rules = report.district.settings.gaps
    page.text(
        say(
            "Nobody should be farther than {urban:,.0f} m along the streets from an open station, "
            "{dense:,.0f} m where there are {density:,.0f} workers per km² or more:",
            urban=rules.urban_m,
            dense=rules.dense_m,
            density=rules.dense_workers_per_km2,
        ),
        with_next=True,
    )
    page.table(gaps(report), say("Maximum gap today and with the plan"))


def _money(page: Page, report: PlanReport, pictures: Pictures) -> None:
    page.heading(say("Money"))
    gain, cost = _gain_hours(report), report.plan.cost_yuan
    page.text(
        say(
            "Setting up costs {cost:,.0f} yuan in all, running costs {year:,.0f} yuan a year as "
            "far as "
            "they are known.",
            cost=cost,
            year=report.cost_year_yuan,
        )
    )
    if report.limits.budget_yuan is not None:
        left = report.limits.budget_yuan - cost
        page.text(
            say("Of the budget {left:,.0f} yuan are left.", left=left)
            if left >= 0
            else say("The budget is exceeded by {over:,.0f} yuan.", over=-left)
        )
    if gain > 0 and cost > 0:
        page.text(
            say(
                "That is {yuan:,.1f} yuan for each worker-hour a week newly served.",
                yuan=cost / gain,
            )
        )
    if len(report.measures):
        page.table(money_by_payer(report), say("Money by measure and payer"), whole_last=True)
    if len(report.by_phase):
        page.table(phase_table(report), say("What stands at the end of each phase"))
        if pictures.steps:
            caption = say("Served share against set-up money, phase by phase")
            page.picture(pictures.steps, caption, width_cm=_WIDE_CHART_CM)
    if len(report.sites):
        page.table(money_by_host(report), say("Money by host type"), whole_last=True)
    if pictures.curve:
        caption = say(
            "What could be served with how much money or how many new stations, under the same"
            " other limits"
        )
        page.picture(pictures.curve, caption, width_cm=_WIDE_CHART_CM)
    else:
        page.text(
            say(
                "What more or less money would achieve, the curve of coverage and money, is not"
                " computed yet for this plan. It can be computed on the page Comparison under"
                " “Coverage and money”; documents made after that show it."
            )
        )


def _proof(page: Page, report: PlanReport) -> None:
    page.heading(say("How good the plan is"))
    plan, goal = report.plan, report.plan.goal
    if goal is None:
        page.text(
            say(
                "With the plan {served:,.0f} worker-hours a week are served, the existing stations "
                "counted "
                "in. It is proven that no plan under the same limits can serve more than "
                "{bound:,.0f}.",
                served=plan.served,
                bound=plan.bound,
            )
        )
    else:
        page.text(
            say(
                "The objective is: {objective}. The plan reaches {value:,.1f} {unit}; it is proven"
                " that no plan under the same limits is better than {bound:,.1f} {unit}. With the"
                " plan {served:,.0f} worker-hours a week are served.",
                objective=objective_name(goal.kind),
                value=goal.value,
                bound=goal.bound,
                unit=unit_name(goal.unit),
                served=plan.served,
            )
        )
    page.text(_proof_sentence(report))
    if plan.reasons:
        page.text(say("These limits are not kept:"), with_next=True)
        page.points([str(each) for each in plan.reasons])
    endings = {
        Status.OPTIMAL: say("The search ended because the proof asked for was reached."),
        Status.FEASIBLE: say("The search ended before the proof asked for was reached."),
        Status.STOPPED: say("The search was ended by hand."),
        Status.EDITED: say("The plan was changed by hand after the search."),
    }
    ending = endings[plan.status]
    if plan.status is not Status.EDITED:  # nobody counts how long hands took
        ending = say(
            "{ending} It took {seconds:,.0f} seconds.",
            ending=ending,
            seconds=math.ceil(plan.seconds),
        )
    page.text(
        say(
            "{ending} The promise holds for the model: for the counts, hours and reaches named in"
            " this document.",
            ending=ending,
        )
    )


def _proof_sentence(report: PlanReport) -> str:
    plan = report.plan
    quality = quality_of(plan.status, plan.gap)
    if plan.goal is not None:
        return say(
            "Proof: by its objective, under the same limits, the plan is {quality}.",
            quality=quality,
        )
    if plan.bound - plan.served < 1 and not is_proven_best(plan.status, plan.gap):
        return say(
            "Proof: under the same limits the plan is {quality}: no other one serves even one"
            " worker-hour a week more.",
            quality=quality,
        )
    return say("Proof: under the same limits the plan is {quality}.", quality=quality)


def _assumptions(page: Page, report: PlanReport) -> None:
    page.heading(say("Assumptions"))
    page.text(
        say(
            "Where the lists say nothing, this was assumed; whoever knows better should correct it:"
        )
    )
    notes = [str(told) for told in report.notes if told not in report.plan.reasons]
    if len(notes) > _NOTES:
        more = say("{count} more stand in the Excel list.", count=len(notes) - _NOTES)
        notes = [*notes[:_NOTES], more]
    page.points(notes, small=True)
    page.text(
        say(
            "Reproduce: planner {version}, fingerprint of the input {fingerprint}.",
            version=__version__,
            fingerprint=report.district.fingerprint[:16],
        )
    )


def _list(page: Page, report: PlanReport) -> None:
    page.turn()
    page.heading(say("List of measures"))
    widths = {
        "number": 8,
        "kind": 11,
        "steps": 18,
        "name": 25,
        "community": 13,
        "hours": 20,
        "phase": 13,
        "setup": 11,
        "union": 11,
        "gain": 12,
        "sure": 10,
        "reason": 62,
    }
    table = measures_table(report)
    kept = {column.key for column in table.columns}
    shown = {key: width for key, width in widths.items() if key in kept}
    page.table(table.only(*shown).sized(shown), say("Measures with their figures"))
