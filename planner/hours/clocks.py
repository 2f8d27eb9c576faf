"""Two times as they are written -> start and end in minutes of a day."""

from planner.hours.week import DAY_MINUTES
from planner.hours.words import Clock, Word
from planner.language import Message, note

__all__ = ["Span", "morning_to_evening", "span_of"]

Span = tuple[int, int]
"""Start and end in minutes since the midnight before; an end over 1,440 is on the next day."""

_ONE_O_CLOCK_PM = 13 * 60
_LAST_HOUR = 30
_MINUTES = 60
_NOON = 12
_DAY_HOURS = 24
_LONGEST_NIGHT = 15 * 60
"""Longest 22:00-6:00 that is taken as a night, and the longest with 凌晨 or 早 at the end."""
_LONGEST_TOLD_NIGHT = 20 * 60


def morning_to_evening(first: Word, rest: list[Word]) -> bool:
    """Tell whether two times without a dash are a start and an end: 早8点晚6点, 朝九晚五."""
    last = rest[0].clock if rest else None
    return bool(
        first.clock
        and last
        and first.clock.half == "am"
        and last.half in {"pm", "evening", "night"}
    )


def span_of(first: Word, last: Word, *, next_day: bool, named: bool) -> Span:
    """Make minutes of a start and an end."""
    part = f"{first.text}-{last.text}"
    begin, finish = first.clock, last.clock
    if begin is None or finish is None or (begin.bare and finish.bare and not named):
        # Without a day in front "8-18" may be a date.
        raise ValueError(note("'{part}' may be a date; write it as 8:00-18:00", part=part))
    if not begin.half and finish.half and begin.bare:
        begin = Clock(begin.hour, begin.minute, "")
    start = _minute(begin, begin.half, first.text)
    end = _minute(finish, finish.half or _inherited(begin, finish), last.text)
    if finish.half in {"evening", "night"} and end == 0:
        end = DAY_MINUTES
    if start < end == DAY_MINUTES - 1 and not next_day and not finish.to_the_second:
        end = DAY_MINUTES  # 0:00-23:59 is the whole day
    return _ordered(start, end, part, next_day=next_day, told=bool(finish.half))


def _inherited(begin: Clock, finish: Clock) -> str:
    """Give the half of the day that 下午 in 下午2:30-6:00 says of the end too."""
    if begin.half == "evening" and finish.hour == _NOON:
        return begin.half
    after_noon = begin.half in {"pm", "evening"} and finish.hour < _NOON
    return begin.half if after_noon and finish.hour > begin.hour % _NOON else ""


def _minute(clock: Clock, half: str, part: str) -> int:
    """Give the minutes since midnight of a time, with the half of the day that is said of it."""
    hour = _HALF_RULES[half](clock.hour) if half else clock.hour
    within = 0 <= hour <= _LAST_HOUR and clock.minute < _MINUTES
    if not within:
        raise ValueError(note("'{part}' is not a time of day", part=part))
    return hour * _MINUTES + clock.minute


def _am(hour: int) -> int:
    return hour if hour <= _NOON else -1


def _around_noon(hour: int) -> int:
    return hour + _NOON if hour in {1, 2} else hour if hour in {11, 12, 13, 14} else -1


def _after_noon(hour: int) -> int:
    return hour + _NOON if 1 <= hour < _NOON else hour if _NOON <= hour < _DAY_HOURS else -1


def _evening(hour: int) -> int:
    if hour == _NOON:
        return _DAY_HOURS
    return hour + _NOON if hour in range(5, 12) else hour if hour in range(17, 25) else -1


def _night(hour: int) -> int:
    return hour if hour in range(5) else _evening(hour)


_HALF_RULES = {
    "am": _am,
    "noon": _around_noon,
    "pm": _after_noon,
    "evening": _evening,
    "night": _night,
}


def _ordered(start: int, end: int, part: str, *, next_day: bool, told: bool) -> Span:
    """Put an end that is earlier than the start on the next day, where that is meant for sure."""
    if start >= DAY_MINUTES:
        raise ValueError(note("'{part}' is not a time of day", part=part))
    if next_day:
        end += DAY_MINUTES
    elif end == 0 < start:
        end = DAY_MINUTES
    elif end < start and (told or start >= _ONE_O_CLOCK_PM):
        night = end + DAY_MINUTES - start
        end += DAY_MINUTES if night <= (_LONGEST_TOLD_NIGHT if told else _LONGEST_NIGHT) else 0
    if not start < end <= start + DAY_MINUTES:
        raise ValueError(_end_first(part))
    return start, end


def _end_first(part: str) -> Message:
    return note(
        "'{part}' does not end after it begins; write 17:30 for half past five in the afternoon, "
        "22:00-6:00 (next day) for a night, or 24 hours",
        part=part,
    )
