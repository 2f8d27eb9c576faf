"""What one source says of each group."""

import pandas as pd
import pytest

from planner.demand.counts import GroupCounts, count_groups, hours_of
from planner.district.settings import Period

DAY = Period(id="day", name="白天", name_en="day", start_hour=6, end_hour=22)
NIGHT = Period(id="night", name="夜间", name_en="night", start_hour=22, end_hour=6)


def counted(*rows: tuple[int, str, float, str, int], places: int = 2) -> dict[str, GroupCounts]:
    table = pd.DataFrame(list(rows), columns=["place", "group", "workers", "period", "hour"])
    return count_groups(table, places=places, groups=["rider", "courier"], periods=(DAY, NIGHT))


def test_a_period_over_midnight_holds_the_hours_on_both_sides() -> None:
    assert hours_of(NIGHT) == [22, 23, 0, 1, 2, 3, 4, 5]
    assert hours_of(DAY) == list(range(6, 22))


def test_a_period_that_ends_at_midnight_ends_there() -> None:
    late = Period(id="late", name="晚", name_en="late", start_hour=22, end_hour=24)
    assert hours_of(late) == [22, 23]


def test_a_stated_headcount_is_kept_and_rows_of_one_place_add_up() -> None:
    riders = counted((0, "rider", 3, "", -1), (1, "rider", 5, "", -1), (0, "rider", 4, "", -1))[
        "rider"
    ]
    assert riders.headcount.tolist() == [7, 5]
    assert not riders.lower_bound
    assert not riders.counted_hour.any()


def test_a_group_that_is_not_named_is_left_out() -> None:
    assert list(counted((0, "courier", 1, "", -1))) == ["courier"]


def test_counts_by_time_only_give_the_largest_total_shared_by_worker_hours() -> None:
    # By day 10 + 0 over 16 hours, by night 4 + 8 over 8 hours: at most 12 at once.
    # Worker-hours: 160 + 32 = 192 and 64.
    riders = counted(
        (0, "rider", 10, "day", -1), (0, "rider", 4, "night", -1), (1, "rider", 8, "night", -1)
    )["rider"]
    assert riders.lower_bound
    assert riders.headcount.tolist() == pytest.approx([12 * 192 / 256, 12 * 64 / 256])


def test_a_time_that_one_place_leaves_out_while_another_has_it_is_nobody() -> None:
    riders = counted(
        (0, "rider", 10, "day", -1), (1, "rider", 8, "night", -1), (0, "rider", 9, "night", -1)
    )["rider"]
    assert riders.present(12, 0.5).tolist() == [10, 0]
    assert riders.present(2, 0.5).tolist() == [9, 8]


def test_an_hour_that_nobody_counted_follows_the_presence_table() -> None:
    riders = counted((0, "rider", 10, "day", -1), (1, "rider", 6, "day", -1))["rider"]
    assert riders.present(23, 0.25).tolist() == [2.5, 1.5]


def test_a_place_with_a_headcount_alone_follows_the_table_beside_counted_places() -> None:
    riders = counted((0, "rider", 10, "", -1), (1, "rider", 6, "day", -1))["rider"]
    assert riders.headcount.tolist() == [10, 6]
    assert riders.present(12, 0.5).tolist() == [5, 6]


def test_an_hour_says_more_than_the_period_around_it() -> None:
    riders = counted((0, "rider", 10, "day", -1), (0, "rider", 3, "day", 12))["rider"]
    assert riders.present(12, 0.5)[0] == 3
    assert riders.present(13, 0.5)[0] == 10


def test_a_headcount_holds_beside_counts_by_time() -> None:
    riders = counted((0, "rider", 20, "", -1), (0, "rider", 30, "day", -1))["rider"]
    assert riders.headcount.tolist() == [20, 0]
    assert not riders.lower_bound


def test_nobody_counted_at_any_time_is_a_headcount_of_nobody() -> None:
    riders = counted((0, "rider", 0, "day", -1))["rider"]
    assert riders.headcount.tolist() == [0, 0]


def test_a_period_that_is_not_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="period must be one of day, night, got noon"):
        counted((0, "rider", 1, "noon", -1))
