"""The faults of all parts of all files -> problems, one for each kind and file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

from planner.errors import Problem
from planner.intake.pings.files import told_name
from planner.intake.pings.model import Layout, Seen, TaskFaults
from planner.language import Message, note

__all__ = ["count_set_aside", "merge_faults", "problems_of"]

_COLUMN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("no_time", "time", "unclear_date", "date_only"), ("time", "date")),
        **dict.fromkeys(("no_place", "no_degrees", "zero", "swapped"), ("lon", "lnglat", "latlng")),
        "no_id": ("id",),
    }
)
"""Kind of fault -> the columns that it can be in."""
_EXPECTED: Mapping[str, Message] = MappingProxyType(
    {
        "broken": note("as many cells as the other lines have, quotes in pairs"),
        "no_time": note("a time"),
        "time": note(
            "a time such as 2024-05-01 08:30:00, or seconds since 1970, from 1990 to 2087"
        ),
        "unclear_date": note("a date that says which number is the day, such as 2024-05-01"),
        "date_only": note("a time of day beside the date"),
        "no_place": note("a longitude and a latitude in decimal degrees"),
        "no_degrees": note("longitude -180 to 180, latitude -90 to 90"),
        "zero": note("a position; (0, 0) is what a receiver writes that has none"),
        "swapped": note("longitude and latitude each in its own column"),
        "no_id": note("the id of a person or vehicle, as in the other records"),
        "outside": note("a position inside the district"),
    }
)
_FIX: Mapping[str, Message] = MappingProxyType(
    {
        "swapped": note("Swap the two in these records, and send the file again."),
        "outside": note("Nothing is to be done where people really were outside."),
        "unclear_date": note("Export the dates as year-month-day."),
        "date_only": note("Export the time of day too, or name its column in district.toml."),
    }
)
_USUAL_FIX = note("Correct these records or leave them out.")


def merge_faults(parts: Iterable[TaskFaults]) -> tuple[TaskFaults, ...]:
    """Join the faults of tasks into those of files, with lines from the file's first, which is 1.

    The order of the parts makes no difference; each part of a file must be there once.
    """
    files: dict[Path, list[TaskFaults]] = defaultdict(list)
    for part in parts:
        files[part.path].append(part)
    return tuple(_joined(path, files[path]) for path in sorted(files))


def _joined(path: Path, parts: list[TaskFaults]) -> TaskFaults:
    parts = sorted(parts, key=lambda part: part.start)
    first = [1, *accumulate((part.lines for part in parts), initial=1)][1:]
    out = TaskFaults(path=path, start=0, lines=first[-1] - 1)
    for part, offset in zip(parts, first, strict=False):
        _gather(part.by_kind, out.by_kind, offset)
        _gather(part.forms, out.forms, offset)
    return out


def _gather(theirs: Mapping[str, Seen], ours: dict[str, Seen], offset: int) -> None:
    for kind, seen in theirs.items():
        lines = tuple(line + offset for line in seen.lines)
        ours[kind] = ours.get(kind, Seen()).joined(seen.count, lines, seen.sample)


def count_set_aside(files: Iterable[TaskFaults]) -> dict[str, int]:
    """Count the records that were set aside, by kind; what damage took nobody can count."""
    out: dict[str, int] = defaultdict(int)
    for file in files:
        for kind, seen in file.by_kind.items():
            if kind != "damaged":
                out[kind] += seen.count
    return dict(sorted(out.items()))


def problems_of(files: Iterable[TaskFaults], layouts: Mapping[Path, Layout]) -> tuple[Problem, ...]:
    """Tell the faults of files (of `merge_faults`), each kind once, with the first lines."""
    out: list[Problem] = []
    for file in files:
        layout = layouts[file.path]
        for kind, seen in sorted(file.by_kind.items()):
            out.append(_problem(file, layout, kind, seen))
        out += _of_forms(file, layout)
    return tuple(out)


def _problem(file: TaskFaults, layout: Layout, kind: str, seen: Seen) -> Problem:
    if kind == "damaged":
        return Problem(
            table=told_name(file.path),
            row=seen.lines[0],
            column="",
            found="-",
            expected=note("a file that is whole"),
            fix=note(
                "It is damaged from here on; the records before were used. Copy or export the file "
                "again."
            ),
        )
    return Problem(
        table=told_name(file.path),
        row=seen.lines[0],
        column=_header(layout, _COLUMN.get(kind, ())),
        found=seen.sample or "-",
        expected=_EXPECTED[kind],
        fix=note(
            "{count} records like this were set aside; first in lines {lines}. {fix}",
            count=f"{seen.count:,}",
            lines=", ".join(map(str, seen.lines)),
            fix=_FIX.get(kind, _USUAL_FIX),
        ),
    )


def _header(layout: Layout, names: Iterable[str]) -> str:
    return next((layout.headers[name] for name in names if name in layout.headers), "")


def _of_forms(file: TaskFaults, layout: Layout) -> list[Problem]:
    """Tell where times are written in other forms than most of the file."""
    if len(file.forms) < 2:  # noqa: PLR2004 - one form
        return []
    usual = min(file.forms, key=lambda form: (-file.forms[form].count, file.forms[form].lines))
    return [
        Problem(
            table=told_name(file.path),
            row=seen.lines[0],
            column=_header(layout, ("time", "date")),
            found=form,
            expected=note("times in one form, {form} as in most lines", form=usual),
            fix=note(
                "{count} records were read in this form; first in lines {lines}. Check that they "
                "are right.",
                count=f"{seen.count:,}",
                lines=", ".join(map(str, seen.lines)),
            ),
            fatal=False,
        )
        for form, seen in sorted(file.forms.items())
        if form != usual
    ]
