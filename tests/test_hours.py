"""Opening hours: the texts that lists hold, what cannot be understood, and the way back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.hours import ALWAYS, WEEK_MINUTES, WeeklyHours, hours_text, read_hours
from planner.hours.week import week_of
from planner.language import Message, use_language

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
EVERY_DAY = range(7)
WORKDAYS = range(5)


def at(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def week(*statements: tuple[object, str]) -> WeeklyHours:
    """Build hours by hand: (days, "8:30-12:00"); an end before its start is on the next day."""
    minutes: set[int] = set()
    for days, times in statements:
        for day in [days] if isinstance(days, int) else days:  # type: ignore[attr-defined]  # a range or list
            for span in times.split():
                start, end = map(at, span.split("-"))
                length = (end - start) % 1440 or 1440
                minutes |= {(day * 1440 + start + step) % WEEK_MINUTES for step in range(length)}
    return of_minutes(minutes)


def of_minutes(minutes: set[int]) -> WeeklyHours:
    """Join single minutes, the slow and sure way."""
    edges: list[tuple[int, int]] = []
    for minute in sorted(minutes):
        if edges and edges[-1][1] == minute:
            edges[-1] = (edges[-1][0], minute + 1)
        else:
            edges.append((minute, minute + 1))
    return WeeklyHours(tuple(edges))


READ = {
    "8:30-12:00 14:30-18:00": week((EVERY_DAY, "8:30-12:00 14:30-18:00")),
    "周一至周五9:30-17:00": week((WORKDAYS, "9:30-17:00")),
    "24小时": ALWAYS,
    "全天": ALWAYS,
    "24h": ALWAYS,
    "24/7": ALWAYS,
    "7×24小时": ALWAYS,
    "全天24小时开放": ALWAYS,
    "二十四小时": ALWAYS,
    "周一至周日全天": ALWAYS,
    "24小时（节假日休息）": ALWAYS,
    "周一至周五 24小时": week((WORKDAYS, "0:00-24:00")),
    "周一至周五 8:30-17:30，周六 9:00-12:00": week((WORKDAYS, "8:30-17:30"), (SAT, "9:00-12:00")),
    "8:30-17:30，周六 9:00-12:00": week(([*WORKDAYS, SUN], "8:30-17:30"), (SAT, "9:00-12:00")),
    "工作日 9:00-17:00": week((WORKDAYS, "9:00-17:00")),
    "周末 10:00-16:00": week(([SAT, SUN], "10:00-16:00")),
    "9:00-17:00，节假日休息": week((EVERY_DAY, "9:00-17:00")),
    "节假日休息，9:00-17:00": week((EVERY_DAY, "9:00-17:00")),
    "法定节假日除外 9:00-17:00": week((EVERY_DAY, "9:00-17:00")),
    "9:00-17:00 周一至周五，节假日休息": week((WORKDAYS, "9:00-17:00")),
    "周一至周五9:00-17:00,周末及节假日休息": week((WORKDAYS, "9:00-17:00")),
    "工作日8:30-17:30，节假日9:00-16:00": week((WORKDAYS, "8:30-17:30")),
    "每天 22:00-次日6:00": week((EVERY_DAY, "22:00-6:00")),
    "22:00-6:00": week((EVERY_DAY, "22:00-6:00")),
    "周日22:00-6:00": week((SUN, "22:00-6:00")),
    "Fr 22:00-26:00": week((FRI, "22:00-2:00")),
    "6:00-凌晨2:00": week((EVERY_DAY, "6:00-2:00")),
    "晚10点至早6点": week((EVERY_DAY, "22:00-6:00")),
    "晚上8点-12点": week((EVERY_DAY, "20:00-24:00")),
    "18:00-0:00": week((EVERY_DAY, "18:00-24:00")),
    "早8点至晚6点": week((EVERY_DAY, "8:00-18:00")),
    "早8晚6": week((EVERY_DAY, "8:00-18:00")),
    "朝九晚五": week((EVERY_DAY, "9:00-17:00")),
    "早八点至晚六点": week((EVERY_DAY, "8:00-18:00")),
    "上午9点到下午5点半": week((EVERY_DAY, "9:00-17:30")),
    "上午8:30-11:30 下午2:00-5:30": week((EVERY_DAY, "8:30-11:30 14:00-17:30")),
    "中午11点半到下午2点": week((EVERY_DAY, "11:30-14:00")),
    "凌晨4点至早上8点": week((EVERY_DAY, "4:00-8:00")),
    "凌晨12点至早8点": week((EVERY_DAY, "0:00-8:00")),
    "8时30分至17时30分": week((EVERY_DAY, "8:30-17:30")),
    "8点一刻-18点": week((EVERY_DAY, "8:15-18:00")),
    "8:00～20:00": week((EVERY_DAY, "8:00-20:00")),
    "８：３０－１７：３０": week((EVERY_DAY, "8:30-17:30")),
    "8：00—18：00 周一至周日": week((EVERY_DAY, "8:00-18:00")),
    "08:30:00-17:30:00": week((EVERY_DAY, "8:30-17:30")),
    "00:00:00-23:59:59": ALWAYS,
    "0.375-0.75": week((EVERY_DAY, "9:00-18:00")),
    "0800-2000": week((EVERY_DAY, "8:00-20:00")),
    "8.30-17.30": week((EVERY_DAY, "8:30-17:30")),
    "8:00-12:00\n14:00-18:00": week((EVERY_DAY, "8:00-12:00 14:00-18:00")),
    "8:00-12:00、14:00-18:00": week((EVERY_DAY, "8:00-12:00 14:00-18:00")),
    "周一至周五：8:30-12:00；14:00-17:30": week((WORKDAYS, "8:30-12:00 14:00-17:30")),
    "周一至周五（8:30-12:00,14:00-17:30）周六（9:00-12:00）": week(
        (WORKDAYS, "8:30-12:00 14:00-17:30"), (SAT, "9:00-12:00")
    ),
    "9:00-17:00（周一至周五）": week((WORKDAYS, "9:00-17:00")),
    "9:00-17:00 周一至周五，9:00-12:00 周六": week((WORKDAYS, "9:00-17:00"), (SAT, "9:00-12:00")),
    "周一闭馆，9:00-17:00": week((range(1, 7), "9:00-17:00")),
    "9:00-17:00（周一闭馆）": week((range(1, 7), "9:00-17:00")),
    "除周一外 9:00-17:00": week((range(1, 7), "9:00-17:00")),
    "8:30-17:30（午休12:00-14:00）": week((EVERY_DAY, "8:30-12:00 14:00-17:30")),
    "8:30-17:30，12:00-14:00休息": week((EVERY_DAY, "8:30-12:00 14:00-17:30")),
    "8:00-18:00，12:00-14:00休息 周六 9:00-12:00": week(
        ([*WORKDAYS, SUN], "8:00-12:00 14:00-18:00"), (SAT, "9:00-12:00")
    ),
    "周一至五 9:00-17:00": week((WORKDAYS, "9:00-17:00")),
    "周1-5 9:00-17:00": week((WORKDAYS, "9:00-17:00")),
    "周一三五 9:00-17:00": week(([MON, WED, FRI], "9:00-17:00")),
    "周一、三、五 9:00-17:00": week(([MON, WED, FRI], "9:00-17:00")),
    "周六日 9:00-12:00": week(([SAT, SUN], "9:00-12:00")),
    "周一至周五9:00-17:00 周六日10:00-16:00": week(
        (WORKDAYS, "9:00-17:00"), ([SAT, SUN], "10:00-16:00")
    ),
    "9:00-17:00 周一至五，10:00-16:00 周六日": week(
        (WORKDAYS, "9:00-17:00"), ([SAT, SUN], "10:00-16:00")
    ),
    "0:00-23:59": ALWAYS,
    "周一至周五 00:00—23:59；周六 8:00-晚上11:59": week(
        (WORKDAYS, "0:00-24:00"), (SAT, "8:00-24:00")
    ),
    "8:00-23:59:00": week((EVERY_DAY, "8:00-23:59")),
    "周六至周一 9:00-17:00": week(([SAT, SUN, MON], "9:00-17:00")),
    "星期二至礼拜天 9:00-17:00": week((range(1, 7), "9:00-17:00")),
    "每天8:00-22:00，周五、周六 8:00-24:00": week(
        ([MON, TUE, WED, THU, SUN], "8:00-22:00"), ([FRI, SAT], "8:00-24:00")
    ),
    "周一-周五 8-18": week((WORKDAYS, "8:00-18:00")),
    "开放时间：8:00-18:00": week((EVERY_DAY, "8:00-18:00")),
    "全年无休 8:00-18:00": week((EVERY_DAY, "8:00-18:00")),
    "Mon-Fri 9:00-17:00": week((WORKDAYS, "9:00-17:00")),
    "Monday to Friday 9am to 5:30pm, closed Sunday": week((WORKDAYS, "9:00-17:30")),
    "9:00 AM - 12:00 AM": week((EVERY_DAY, "9:00-24:00")),
    "noon-midnight": week((EVERY_DAY, "12:00-24:00")),
    "Mo-Fr 08:00-18:00; Sa off": week((WORKDAYS, "8:00-18:00")),
    "Mo,We 08:00-12:00; Tu 10:00-14:00": week(([MON, WED], "8:00-12:00"), (TUE, "10:00-14:00")),
    "08:00-18:00; Sa,PH off": week(([*WORKDAYS, SUN], "8:00-18:00")),
    "不开放": WeeklyHours(()),
    "closed": WeeklyHours(()),
}

NOT_READ = {
    "": "names no opening hours",
    "工作日": "days are named without hours",
    "周一至周五": "days are named without hours",
    "周一闭馆": "names no opening hours",
    "午休12:00-13:00": "names no opening hours",
    "午休": "'午休' has no times",
    "8:00": "'8:00' has no end",
    "8:00-": "'8:00' has no end",
    "-18:00": "'-' is not understood",
    "9-17": "'9-17' may be a date",
    "25:00-26:00": "'25:00-26:00' is not a time of day",
    "31:00-32:00": "'31:00' is not a time of day",
    "8:60-17:00": "'8:60' is not a time of day",
    "上午13:30-17:00": "'上午13:30' is not a time of day",
    "晚18点至晚3点": "'晚3点' is not a time of day",
    "9:00-5:30": "'9:00-5:30' does not end after it begins",
    "20:00-12:00": "does not end after it begins",
    "8:00-8:00": "does not end after it begins",
    "0:00-0:00": "does not end after it begins",
    "8:00-次日9:00": "does not end after it begins",
    "8:30-12:00 2:30-6:00": "the times are not in order",
    "8:30-12:00；2:30-6:00": "the times are not in order",
    "全天 8:00-18:00": "both all day and other times",
    "8:00-12:00 14:00-18:00 休息": "closed at a time when it is not open before",
    "周一至周三 9:00-17:00，周三至周五 8:00-16:00": "two different statements name the same day",
    "每天 8:00-12:00，周六 14:00-16:00": "two different statements name the same day",
    "夏季8:00-18:00，冬季9:00-17:00": "'夏季8:00-18:00,冬季9:00-' is not understood",
    "8:00-20:00(冬季8:00-18:00)": "'冬季8:00-18:00)' is not understood",
    "周八 9:00-17:00": "'周八 9:00-17:00' is not understood",
    "看情况": "'看情况' is not understood",
    "nan": "'nan' is not understood",
    "2024-08-18 00:00:00": "'2024-08-18' is a date",
    "9:00-17:00-18:00": "'-' is not understood",
    "周一至 9:00-17:00": "'至' is not understood",
    "<script>alert(1)</script>": "'<script>alert",
}


@pytest.mark.parametrize("text", READ, ids=str)
def test_a_text_is_read_to_the_hours_that_it_says(text: str) -> None:
    assert read_hours(text) == READ[text]


@pytest.mark.parametrize("text", NOT_READ, ids=str)
def test_what_cannot_be_understood_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(NOT_READ[text])) as refused:
        read_hours(text)
    assert isinstance(refused.value.args[0], Message)


def test_the_reason_is_told_in_chinese_too() -> None:
    use_language("zh")
    with pytest.raises(ValueError, match="无法理解“看情况”"):
        read_hours("看情况")


def test_a_reason_never_repeats_a_telephone_number() -> None:
    with pytest.raises(ValueError, match="is not understood") as refused:
        read_hours("9:00-17:00 电话 138 0000 0000 转 8")
    assert "138" not in str(refused.value)


_SPANS = st.lists(
    st.tuples(st.integers(0, WEEK_MINUTES - 1), st.integers(1, 3 * 1440)), max_size=6
).map(lambda parts: [(start, start + length) for start, length in parts])


@settings(max_examples=150)
@given(spans=_SPANS)
def test_what_is_told_in_either_language_is_read_to_the_same_hours(
    spans: list[tuple[int, int]],
) -> None:
    hours = week_of(spans)
    for language in ("zh", "en"):
        use_language(language)
        assert read_hours(hours_text(hours)) == hours
    use_language("en")


@settings(max_examples=60)
@given(spans=_SPANS)
def test_joined_spans_are_those_that_single_minutes_make(spans: list[tuple[int, int]]) -> None:
    minutes = {m % WEEK_MINUTES for start, end in spans for m in range(start, end)}
    hours = week_of(spans)
    assert hours == of_minutes(minutes)
    assert hours.open_minutes == len(minutes)


@settings(max_examples=40)
@given(spans=_SPANS, minute=st.integers(0, WEEK_MINUTES - 1))
def test_a_door_is_open_in_the_minutes_of_its_intervals_alone(
    spans: list[tuple[int, int]], minute: int
) -> None:
    hours = week_of(spans)
    assert hours.open_at(minute) == any(start <= minute < end for start, end in hours.intervals)


def test_the_closing_minute_is_not_open() -> None:
    hours = read_hours("周一 8:00-12:00")
    assert [hours.open_at(at(clock)) for clock in ("7:59", "8:00", "11:59", "12:00")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("minute", [-1, WEEK_MINUTES])
def test_a_minute_that_no_week_has_is_refused(minute: int) -> None:
    with pytest.raises(ValueError, match="minute must be 0 to 10079"):
        ALWAYS.open_at(minute)


@pytest.mark.parametrize(
    "intervals",
    [((60, 30),), ((0, 60), (60, 90)), ((60, 90), (0, 30)), ((-1, 5),), ((0, WEEK_MINUTES + 1),)],
)
def test_intervals_out_of_order_or_touching_or_outside_are_refused(
    intervals: tuple[tuple[int, int], ...],
) -> None:
    with pytest.raises(ValueError, match="sorted, apart and inside the week"):
        WeeklyHours(intervals)


@settings(max_examples=100)
@given(
    text=st.text(
        alphabet="周一二五六日至到-:：0123456789 ，；上下午晚点半休息全天小时次MoFrSaoffPH;,()",
        max_size=24,
    )
)
def test_any_text_is_either_refused_or_means_what_it_is_told_as(text: str) -> None:
    try:
        hours = read_hours(text)
    except ValueError:
        return
    assert read_hours(hours_text(hours)) == hours


def test_hours_are_told_in_few_words() -> None:
    text = "周一至周五 8:30-12:00 14:30-18:00，周六、周日 22:00-6:00"
    use_language("zh")
    assert (
        hours_text(read_hours(text))
        == "周一至周五 08:30-12:00 14:30-18:00；周六、周日 22:00-次日06:00"
    )
    use_language("en")
    assert (
        hours_text(read_hours(text))
        == "Mon-Fri 08:30-12:00, 14:30-18:00; Sat, Sun 22:00-06:00 (next day)"
    )
