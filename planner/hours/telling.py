"""The open minutes of a week -> words in the language in use."""

from planner.hours.week import ALWAYS, DAY_MINUTES, WEEK_MINUTES, WeeklyHours
from planner.language import current_language

__all__ = ["hours_text"]

_Piece = tuple[int, int]
"""Start and end in minutes since the midnight before; an end over 1,440 is on the next day."""

_DAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_WORDS = {
    "zh": {"always": "24小时", "never": "不开放", "daily": "每天", "to": "至", "and": "、"},
    "en": {"always": "24 hours", "never": "closed", "daily": "Daily", "to": "-", "and": ", "},
}
_SHORTEST_RUN = 3


def hours_text(hours: WeeklyHours) -> str:
    """Tell opening hours in the language in use, in a form that `read_hours` reads to the same.

    Examples
    --------
    >>> hours_text(WeeklyHours(((510, 720), (870, 1080), (1950, 2160))))
    '周一 08:30-12:00 14:30-18:00；周二 08:30-12:00'
    """
    language = current_language()
    words = _WORDS[language]
    if not hours.intervals:
        return words["never"]
    if hours == ALWAYS:
        return words["always"]
    by_pieces: dict[tuple[_Piece, ...], list[int]] = {}
    for day, pieces in enumerate(_pieces_by_day(hours)):
        if pieces:
            by_pieces.setdefault(tuple(pieces), []).append(day)
    lines = [
        f"{_days_text(days, language)} {_pieces_text(pieces, language)}"
        for pieces, days in by_pieces.items()
    ]
    return ("；" if language == "zh" else "; ").join(lines)


def _pieces_by_day(hours: WeeklyHours) -> list[list[_Piece]]:
    """Cut the week into days; what runs over midnight for less than a day stays whole."""
    spans = list(hours.intervals)
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == WEEK_MINUTES:
        spans[-1] = (spans[-1][0], WEEK_MINUTES + spans.pop(0)[1])
    days: list[list[_Piece]] = [[] for _ in range(7)]
    for start, end in spans:
        for day, piece in _cut(start, end):
            days[day % 7].append(piece)
    return [sorted(pieces) for pieces in days]


def _cut(start: int, end: int) -> list[tuple[int, _Piece]]:
    day, begin = divmod(start, DAY_MINUTES)
    if end - start < DAY_MINUTES:
        return [(day, (begin, begin + end - start))]
    pieces = []
    while start < end:
        day, begin = divmod(start, DAY_MINUTES)
        stop = min(end, (day + 1) * DAY_MINUTES)
        pieces.append((day, (begin, begin + stop - start)))
        start = stop
    return pieces


def _days_text(days: list[int], language: str) -> str:
    words, names = _WORDS[language], _DAYS[language]
    if len(days) == len(names):
        return words["daily"]
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return words["and"].join(
        f"{names[run[0]]}{words['to']}{names[run[-1]]}"
        if len(run) >= _SHORTEST_RUN
        else words["and"].join(names[day] for day in run)
        for run in runs
    )


def _pieces_text(pieces: tuple[_Piece, ...], language: str) -> str:
    if pieces == ((0, DAY_MINUTES),):
        return _WORDS[language]["always"]
    between = " " if language == "zh" else ", "
    return between.join(_piece_text(start, end, language) for start, end in pieces)


def _piece_text(start: int, end: int, language: str) -> str:
    if end <= DAY_MINUTES:
        exact = ":00" if end == DAY_MINUTES - 1 else ""  # 23:59 alone is read as midnight
        return f"{_clock(start)}-{_clock(end)}{exact}"
    late = _clock(end - DAY_MINUTES)
    if language == "zh":
        return f"{_clock(start)}-次日{late}"
    return f"{_clock(start)}-{late} (next day)"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
