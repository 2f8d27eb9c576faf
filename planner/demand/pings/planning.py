"""Files, rules and place -> everything that a run decides before it reads."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from planner.demand.pings.model import PingPlan
from planner.district.settings import PingRules
from planner.errors import SettingsError
from planner.geo import SYSTEMS, system_name
from planner.intake.pings import (
    Layout,
    Reading,
    find_files,
    look_at,
    offsets_of,
    split_file,
    told_name,
)
from planner.language import Message, note

__all__ = ["PARTITIONS", "plan_pings"]

PARTITIONS = 256
"""People are spread over so many partitions; one at a time is in a thread's hands."""
_CM = 100
_LARGEST_CELL_M = 100_000.0


def plan_pings(  # noqa: PLR0913 - what the caller knows of records
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str],
    crs: str | None,
    rules: PingRules,
    projection: str,
    boundary: BaseGeometry | None,
    cell_m: float = 250.0,
) -> PingPlan:
    """Look at the files and decide how each is read, in which parts, and with which secret.

    The arguments are those of `bin_pings`. What can't be read is in `problems`, not raised.

    Raises
    ------
    ValueError
        If `cell_m` is not a whole number of centimetres, from 1 m to 100 km.
    SettingsError
        If the coordinate system or the time zone is not known.
    """
    cell_cm = round(cell_m * _CM)
    if not 1 <= cell_m <= _LARGEST_CELL_M or abs(cell_cm - cell_m * _CM) > 1e-6:  # noqa: PLR2004
        raise ValueError(f"cell_m must be whole centimetres, from 1 m to 100 km, got {cell_m}")
    system = _system(crs)
    near = boundary.bounds if boundary is not None and system in SYSTEMS else None
    layouts: dict[Path, Layout] = {}
    plan = PingPlan(
        tasks=(),
        bin_files=(),
        layouts=layouts,
        reading=Reading(
            salt=(secrets.randbits(64), secrets.randbits(64)),
            zone=offsets_of(rules.timezone),
            degrees=system in SYSTEMS,
        ),
        crs=system,
        rules=rules,
        projection=projection,
        boundary=boundary,
        cell_cm=cell_cm,
        partitions=PARTITIONS,
    )
    for path in find_files(paths):
        look = look_at(path, columns=columns, near=near)
        plan = replace(
            plan, problems=(*plan.problems, *look.problems), notes=(*plan.notes, *look.notes)
        )
        if look.layout is None:
            continue
        if look.layout.kind == "bins":
            plan = replace(plan, bin_files=(*plan.bin_files, path))
            continue
        layouts[path] = look.layout
        plan = replace(plan, tasks=(*plan.tasks, *split_file(path, look.layout)))
    return replace(plan, notes=(*_of_the_system(crs, layouts), *plan.notes))


def _of_the_system(crs: str | None, layouts: Mapping[Path, Layout]) -> tuple[Message, ...]:
    if crs is not None or not layouts:
        return ()
    return (
        note(
            "{table}: no coordinate system is stated; WGS-84 was assumed. State it in "
            "district.toml (crs), for example GCJ-02 for Amap and Tencent, BD-09 for Baidu.",
            table=min(told_name(path) for path in layouts),
        ),
    )


def _system(crs: str | None) -> str:
    try:
        return system_name(crs or "WGS-84")
    except ValueError as error:
        raise SettingsError(error.args[0]) from error
