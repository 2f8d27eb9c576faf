"""Days of the year and the weeks between them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.hours import YEAR_WEEKS, day_of_year, weeks_between, weeks_from

DAYS = st.integers(1, 365)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01-01", 1),
        ("1-1", 1),
        ("02-28", 59),
        ("02-29", 59),
        ("03-01", 60),
        ("12-31", 365),
        ("11月15日", 319),
        ("１１月１５日", 319),
        ("11/15", 319),
        ("2025-11-15", 319),
        ("2024年11月15日", 319),
        ("2024.11.15", 319),
        ("2025-11-15 00:00:00", 319),
    ],
)
def test_a_day_is_read_whatever_its_year(text: str, day: int) -> None:
    assert day_of_year(text) == day


@pytest.mark.parametrize(
    "text",
    ["", "11", "13-01", "00-10", "02-30", "11.15", "15-11", "冬季", "11-15 08:30", "1-1-1-1"],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no day such as 11-15"):
        day_of_year(text)


def test_a_week_counts_by_its_middle_day() -> None:
    # Week 1 is 1 to 7 January, its middle the 4th; week 2 has the 11th.
    assert weeks_between(4, 11) == (1, 2)
    assert weeks_between(5, 11) == (2,)
    assert weeks_between(4, 10) == (1,)
    assert weeks_between(5, 10) == (1,)  # no middle: where it begins
    assert weeks_between(362, 365) == (52,)


def test_a_period_over_new_year_has_the_weeks_on_both_sides() -> None:
    winter = weeks_between(day_of_year("11-15"), day_of_year("01-15"))
    # 15 November is day 319, in week 46 (316 to 322, middle 319); 15 January in week 3 (middle 18).
    assert winter == (1, 2, 46, 47, 48, 49, 50, 51, 52)


def test_the_whole_year_is_no_part_of_it() -> None:
    assert weeks_between(1, 365) == weeks_between(200, 199) == ()
    assert weeks_from(17, 52) == weeks_from(17, 53.0) == ()


@given(first=DAYS, length=st.integers(0, 364))
def test_weeks_between_are_those_whose_middle_day_is_met(first: int, length: int) -> None:
    start = date(2021, 1, 1) + timedelta(first - 1)
    met = {(start + timedelta(step)).replace(year=2021) for step in range(length + 1)}
    middles = {week: date(2021, 1, 1) + timedelta(7 * week - 4) for week in range(1, 53)}
    expected = tuple(week for week, day in middles.items() if day in met)
    found = weeks_between(first, (first + length - 1) % 365 + 1)
    if len(expected) == YEAR_WEEKS:
        assert found == ()
    elif expected:
        assert found == expected
    else:
        assert len(found) == 1


@given(first=DAYS, weeks=st.integers(1, 51))
def test_weeks_from_a_day_are_so_many_and_begin_with_it(first: int, weeks: int) -> None:
    found = weeks_from(first, weeks)
    begins = min(range(1, 53), key=lambda week: (7 * week - 3 - first) % 365)
    assert found == tuple(sorted((begins - 1 + step) % 52 + 1 for step in range(weeks)))
