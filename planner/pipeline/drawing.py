"""A prepared district -> workbooks and maps of where the workers are and who serves them."""

from pathlib import Path

from planner.coverage import main_stations
from planner.density import HotSpots, Surface, density_surface
from planner.district import projection_of
from planner.district.settings import Period
from planner.errors import SettingsError, problem_sentence
from planner.language import note, say
from planner.maps import demand_map, standalone_html, today_map
from planner.pipeline.outputs import not_writable, put_in_place
from planner.pipeline.prepare import Prepared
from planner.report import TodayReport, write_demand_xlsx, write_today_xlsx

__all__ = ["DAYS", "density_of", "hours_of_week", "write_demand", "write_today"]

DAYS = {"weekday": range(5), "weekend": range(5, 7)}
"""Kind of day -> days of the week, Monday 0."""
_DAY_HOURS = 24


def hours_of_week(period: Period, day: str) -> list[int]:
    """Give the hours of the week of a part of the day; one over midnight ends on its own day.

    Parameters
    ----------
    period
        Part of the day.
    day
        One of DAYS.
    """
    span = (period.end_hour - period.start_hour) % _DAY_HOURS or _DAY_HOURS
    return [
        _DAY_HOURS * weekday + (period.start_hour + hour) % _DAY_HOURS
        for weekday in DAYS[day]
        for hour in range(span)
    ]


def density_of(
    prepared: Prepared,
    *,
    group: str | None = None,
    period: str | None = None,
    day: str = "weekday",
    along_streets: bool = False,
) -> Surface:
    """Spread the workers smoothly over the district.

    Parameters
    ----------
    prepared
        The district.
    group
        Id of a group; None: all.
    period
        Id of a part of the day, on average over its hours; None: headcount.
    day
        "weekday" or "weekend"; says nothing of a headcount.
    along_streets
        Whether workers are spread along the streets instead of the plane.

    Raises
    ------
    SettingsError
        If there is no such group, period or day, or there are no streets to spread along.
    """
    settings = prepared.district.settings
    periods = {each.id: each for each in settings.periods}
    for name, value, known in (
        ("--group", group, prepared.demand.groups),
        ("--period", period, tuple(periods)),
        ("--day", day, tuple(DAYS)),
    ):
        if value is not None and value not in known:
            raise SettingsError(
                note(
                    "{name} {value}: expected one of {known}.",
                    name=name,
                    value=value,
                    known=", ".join(known),
                )
            )
    if along_streets and prepared.streets is None:
        raise SettingsError(note("The district has no streets to spread workers along."))
    return density_surface(
        prepared.demand,
        projection=projection_of(prepared.district),
        group=group,
        hours=None if period is None else hours_of_week(periods[period], day),
        bandwidth_m=settings.demand.bandwidth_m,
        streets=prepared.streets if along_streets else None,
    )


def write_demand(
    prepared: Prepared, spots: HotSpots, surface: Surface, folder: Path
) -> tuple[Path, ...]:
    """Write `demand.xlsx` and `demand.html` into a folder, which is made where it is missing.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    district = prepared.district
    title = say("{district}: where the workers are", district=district.settings.name)

    def draw(path: Path) -> None:
        made = demand_map(
            district, prepared.coverage, surface, spots.table, streets=prepared.streets
        )
        path.write_text(standalone_html(made, title=title), encoding="utf-8")

    told = (*prepared.notes, *map(problem_sentence, prepared.demand.problems))

    def tell(path: Path) -> None:
        write_demand_xlsx(district, prepared.demand, spots, told, path)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (
            put_in_place(tell, folder / "demand.xlsx"),
            put_in_place(draw, folder / "demand.html"),
        )
    except OSError as wrong:
        raise SettingsError(not_writable(folder, wrong)) from wrong


def write_today(prepared: Prepared, report: TodayReport, folder: Path) -> tuple[Path, ...]:
    """Write `today.xlsx` and `today.html` into a folder, which is made where it is missing.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    district, coverage = prepared.district, prepared.coverage
    title = say("{district}: coverage today", district=district.settings.name)

    def draw(path: Path) -> None:
        made = today_map(
            district,
            coverage,
            report.figures,
            report.gaps,
            main_stations(coverage, prepared.present),
            streets=prepared.streets,
        )
        path.write_text(standalone_html(made, title=title), encoding="utf-8")

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (
            put_in_place(lambda path: write_today_xlsx(report, path), folder / "today.xlsx"),
            put_in_place(draw, folder / "today.html"),
        )
    except OSError as wrong:
        raise SettingsError(not_writable(folder, wrong)) from wrong
