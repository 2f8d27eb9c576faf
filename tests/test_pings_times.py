"""Times as people and machines write them -> local seconds; recounted by the standard library."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import SettingsError
from planner.intake.pings import DAY_S, FIRST_YEARLESS_DAY, TIME_ONLY_DAY, offsets_of
from planner.intake.pings.clocks import read_times
from planner.intake.pings.headers import joined_cells
from planner.intake.pings.moments import (
    DATE_ONLY,
    DAY_FIRST,
    MONTH_FIRST,
    NO_TIME,
    TIME_ONLY,
    UNCLEAR,
    UNKNOWN_TIME,
    YEARLESS,
    from_epoch,
)

EPOCH = datetime(1990, 1, 1)  # noqa: DTZ001 - clocks on the wall
CHINA = offsets_of("Asia/Shanghai")
MOMENT = datetime(2014, 10, 22, 21, 54, 30)  # noqa: DTZ001


def read(texts: Sequence[str], order: int = 0) -> list[tuple[int, int]]:
    time_s, form = read_times(*joined_cells(texts), order, CHINA)
    return [(int(second), int(kind)) for second, kind in zip(time_s, form, strict=True)]


def seconds(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(seconds=1))


@pytest.mark.parametrize(
    "text",
    [
        "2014-10-22 21:54:30",
        "2014/10/22 21:54:30",
        "2014.10.22 21:54:30",
        "2014-10-22T21:54:30",
        "2014-10-22  21:54:30.987",
        "2014年10月22日 21时54分30秒",
        "2014年10月22日21:54:30",
        "2014-10-22 21:54:30+08:00",
        "2014-10-22T13:54:30Z",
        "2014-10-22 08:54:30 -0500",
        "2014/10/22 9:54:30 PM",
        "22/10/2014 21:54:30",
        "10/22/2014 21:54:30",
        "20141022215430",
        "20141022 21:54:30",
        "20141022T215430",
        "1413986070",
        "1413986070.25",
        "1413986070123",
        "1413986070123456",
        "1413986070123456789",
        " 2014-10-22 21:54:30 ",
    ],
)
def test_one_moment_is_the_same_however_it_is_written(text: str) -> None:
    (time_s, form) = read([text])[0]
    assert form > YEARLESS
    assert time_s == seconds(MOMENT)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", NO_TIME),
        ("nan", NO_TIME),
        ("NULL", NO_TIME),
        ("hello", UNKNOWN_TIME),
        ("22223", UNKNOWN_TIME),
        ("113.806847", UNKNOWN_TIME),
        ("2014-02-29 10:00:00", UNKNOWN_TIME),
        ("2014-13-01 10:00:00", UNKNOWN_TIME),
        ("2014-10-22 24:00:00", UNKNOWN_TIME),
        ("2014-10-22 10:60:00", UNKNOWN_TIME),
        ("2014-10-22 21", UNKNOWN_TIME),
        ("1989-12-31 23:59:59", UNKNOWN_TIME),
        ("2088-01-01 00:00:00", UNKNOWN_TIME),
        ("下午3:20", UNKNOWN_TIME),
        ("2014/10/22 下午 3:20:00", UNKNOWN_TIME),
        ("2014-10-22 13:00:00 PM", UNKNOWN_TIME),
        ("2014-10-22", DATE_ONLY),
        ("20141022", DATE_ONLY),
        ("03/04/2014 10:00", UNCLEAR),
        ("99999999999999999999999999", UNKNOWN_TIME),
        ("2014-10-22 10:00:00 +99:00", UNKNOWN_TIME),
    ],
)
def test_what_is_no_time_is_never_taken_for_one(text: str, form: int) -> None:
    assert read([text]) == [(read([text])[0][0], form)]
    assert form < TIME_ONLY


def test_a_day_that_could_be_a_month_is_read_as_the_file_shows() -> None:
    assert read(["03/04/2014 10:00"], DAY_FIRST)[0][0] == seconds(datetime(2014, 4, 3, 10))  # noqa: DTZ001
    assert read(["03/04/2014 10:00"], MONTH_FIRST)[0][0] == seconds(datetime(2014, 3, 4, 10))  # noqa: DTZ001


def test_times_without_a_date_lie_on_a_day_of_their_own() -> None:
    assert read(["22:54:04", "9:05"]) == [
        (TIME_ONLY_DAY * DAY_S + 22 * 3600 + 54 * 60 + 4, TIME_ONLY),
        (TIME_ONLY_DAY * DAY_S + 9 * 3600 + 5 * 60, TIME_ONLY),
    ]


def test_dates_without_a_year_keep_their_distance_and_february_has_29_days() -> None:
    (first, form), (last, _), (march, _) = read(
        ["01-01 00:00:00", "02-29 12:00:00", "03-01 12:00:00"]
    )
    assert form == YEARLESS
    assert first == FIRST_YEARLESS_DAY * DAY_S
    assert march - last == DAY_S


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2087, 12, 30)),  # noqa: DTZ001
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y.%m.%d %H:%M:%S"]
    ),
)
def test_every_moment_is_read_as_the_standard_library_writes_it(moment: datetime, how: str) -> None:
    assert read([moment.strftime(how)])[0][0] == seconds(moment.replace(microsecond=0))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1_000_000_000, 3_600_000_000),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
)
def test_seconds_since_1970_become_the_hour_of_the_zone(moment: int, zone: str) -> None:
    local = datetime.fromtimestamp(moment, tz=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    value = np.array([moment], dtype=np.int64)
    time_s, form = from_epoch(value, np.array([False]), 0, offsets_of(zone), False)  # noqa: FBT003
    assert form[0] >= TIME_ONLY
    assert int(time_s[0]) == seconds(local)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_at_all_stops_the_reading(text: str) -> None:
    ((time_s, form),) = read([text.replace("\ud800", "")])
    assert form >= TIME_ONLY or time_s == 0 or form == DATE_ONLY


def test_an_offset_in_the_text_is_that_of_the_time() -> None:
    tokyo = datetime(2024, 5, 1, 8, tzinfo=timezone(timedelta(hours=9)))
    expected = datetime(2024, 5, 1, 7)  # noqa: DTZ001 - in Shanghai
    assert read([tokyo.isoformat()])[0][0] == seconds(expected)


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="Nowhere"):
        offsets_of("Asia/Nowhere")
