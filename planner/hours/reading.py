"""Words about opening hours -> the open minutes of a week."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from planner.hours.clocks import Span, morning_to_evening, span_of
from planner.hours.week import DAY_MINUTES, WeeklyHours, week_of
from planner.hours.words import Kind, Word, words_of
from planner.language import note

__all__ = ["read_hours"]

_EVERY_DAY = frozenset(range(7))
_EARLY = (60, 8 * 60)
"""Hours that, told after later ones, may be meant for the afternoon: 8:30-12:00 2:30-6:00."""
_AFTER_NOON = 13 * 60


@dataclass(frozen=True, slots=True)
class _Rule:
    """One statement: these days are open (or closed) at these times."""

    days: frozenset[int] | None
    """None: no day is named."""
    spans: tuple[Span, ...]
    """Empty: the whole day; for closed alone."""
    closed: bool


@lru_cache(maxsize=4096)
def read_hours(text: str) -> WeeklyHours:
    """Read opening hours from free text in Chinese or English; never guess.

    Where no day is named every day is meant. A statement for fewer days replaces that for more
    ("8:30-17:30，周六 9:00-12:00") where the two overlap in time, and times without a day belong
    to the days named before. Hours may run over midnight (22:00-6:00); an end at 23:59 is meant for
    24:00. What is said of public
    holidays is left out, because a week has none.

    Parameters
    ----------
    text
        Such as "周一至周五 8:30-12:00 14:30-18:00，周六 9:00-12:00", "24小时",
        "Mo-Fr 08:00-18:00; Sa off".

    Raises
    ------
    ValueError
        If a part is not understood or can be taken in two ways; `args[0]` is a `Message`.

    Examples
    --------
    >>> read_hours("早8点至晚6点").intervals[0]
    (480, 1080)
    >>> read_hours("周一闭馆，每天 9:00-17:00").open_minutes
    2880
    """
    words = _without_holidays(words_of(text))
    if not words:
        raise ValueError(note("it names no opening hours"))
    rules = _Reader(words).rules()
    return _week(rules)


def _without_holidays(words: list[Word]) -> list[Word]:
    """Leave out public holidays, with what is said of them alone."""
    kept: list[Word] = []
    at = 0
    while at < len(words):
        if words[at].kind is not Kind.HOLIDAY:
            kept.append(words[at])
            at += 1
        elif _joins_days_before(kept):
            at += 1
            if kept[-1].kind is Kind.COMMA:
                kept.pop()
        elif _joins_days_after(words, at):
            at += 2
        else:
            at = _after_statement(words, at + 1)
    return kept


def _joins_days_before(kept: list[Word]) -> bool:
    """Tell whether the holiday is one more of the days that stand before it: 周末及节假日."""
    back = [word.kind for word in reversed(kept)]
    comma = back[:1] == [Kind.COMMA]
    days = back[comma:]
    if days[:1] != [Kind.DAYS]:
        return False
    before = next((kind for kind in days if kind not in {Kind.DAYS, Kind.TO}), None)
    times_before = before in {Kind.TIME, Kind.ALL_DAY, Kind.NEXT_DAY}
    # In 9:00-17:00 周一至周五，节假日休息 the days belong to the times before them.
    return not (times_before and comma and kept[-1].text in ",;")


def _joins_days_after(words: list[Word], at: int) -> bool:
    """Tell whether days follow that the holiday is one more of: 节假日及周末."""
    after = words[at + 1 : at + 3]
    kinds = [word.kind for word in after]
    return kinds == [Kind.COMMA, Kind.DAYS] and after[0].text not in ",;"


def _after_statement(words: list[Word], at: int) -> int:
    """Go past the times or the "closed" that a holiday is followed by."""
    said = {Kind.TIME, Kind.TO, Kind.NEXT_DAY, Kind.ALL_DAY}
    while at < len(words) and words[at].kind in said:
        at += 1
    return at + (at < len(words) and words[at].kind is Kind.CLOSED)


@dataclass(slots=True)
class _Reader:
    """Goes through the words once, from left to right."""

    words: list[Word]
    at: int = 0
    found: list[_Rule] = field(default_factory=list)
    spoken_of: frozenset[int] | None = None
    """The days named last, which times without a day belong to."""

    def rules(self) -> list[_Rule]:
        """Read all statements."""
        while self.at < len(self.words):
            if self._kind() is Kind.COMMA:
                self.at += 1
            elif self._kind() in {Kind.CLOSED, Kind.BREAK}:
                self._read_closed_first()
            else:
                self._read_statement()
        return self.found

    def _kind(self, ahead: int = 0) -> Kind | None:
        at = self.at + ahead
        return self.words[at].kind if at < len(self.words) else None

    def _read_statement(self) -> None:
        """Read days, times, or days with times, and whether that is when it is closed."""
        word = self.words[self.at]
        days = self._read_days()
        spans = self._read_spans(named=days is not None)
        if days is None and not spans:
            raise _not_understood(word)
        if not spans:
            self._read_days_off(days)
            return
        if days is None:
            days = self._read_days_after() or self.spoken_of
        if self._closed_belongs_to_times():
            self.at += 1
            self._add_break(days, spans.pop(), opened=spans)
        if spans:
            self.found.append(_Rule(days, tuple(spans), closed=False))
        self.spoken_of = days

    def _read_days_off(self, days: frozenset[int] | None) -> None:
        if self._kind() not in {Kind.CLOSED, Kind.BREAK}:
            raise ValueError(note("days are named without hours"))
        self.at += 1
        self.found.append(_Rule(days, (), closed=True))

    def _add_break(self, days: frozenset[int] | None, shut: Span, *, opened: list[Span]) -> None:
        """Keep a time that the door is closed in between: 8:30-17:30，12:00-14:00休息."""
        before = [span for rule in self.found if not rule.closed for span in rule.spans]
        if not any(start < shut[1] and shut[0] < end for start, end in [*opened, *before]):
            raise ValueError(note("it is closed at a time when it is not open before"))
        self.found.append(_Rule(days, (shut,), closed=True))

    def _closed_belongs_to_times(self) -> bool:
        """Tell whether a "closed" here is said of the times before it, not of what follows."""
        if self._kind() not in {Kind.CLOSED, Kind.BREAK}:
            return False
        start, self.at = self.at, self.at + 1
        days = self._read_days()
        stands_alone = self._kind() in {None, Kind.COMMA}
        self.at = start
        return stands_alone if days is None else not stands_alone

    def _read_closed_first(self) -> None:
        """Read "closed" and the days or the times after it."""
        word = self.words[self.at]
        self.at += 1
        days = self._read_days()
        spans = self._read_spans(named=days is not None)
        if word.kind is Kind.BREAK and not spans:
            raise ValueError(note("'{part}' has no times", part=word.text))
        alone = len(self.words) == 1
        if not alone and (days is None) == (not spans):
            raise _not_understood(word)
        self.found.append(_Rule(days or self.spoken_of, tuple(spans), closed=True))

    def _read_days(self) -> frozenset[int] | None:
        """Read one or more days: 周一至周五、周日."""
        if self._kind() is not Kind.DAYS:
            return None
        days = self._read_run_of_days()
        while True:
            if self._kind() is Kind.DAYS:
                days |= self._read_run_of_days()
            elif self._kind() is Kind.COMMA and self._kind(1) is Kind.DAYS:
                self.at += 1
                days |= self._read_run_of_days()
            else:
                return days

    def _read_run_of_days(self) -> frozenset[int]:
        first = self.words[self.at]
        self.at += 1
        if self._kind() is not Kind.TO:
            return first.days
        if self._kind(1) is not Kind.DAYS:
            raise _not_understood(self.words[self.at])
        last = self.words[self.at + 1]
        self.at += 2
        if len(first.days) > 1 or len(last.days) > 1:
            raise _not_understood(last)
        (start,), (end,) = first.days, last.days
        return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))

    def _read_days_after(self) -> frozenset[int] | None:
        """Read days that stand behind their times: 9:00-17:00（周一至周五）."""
        if self._kind() is not Kind.DAYS:
            return None
        start = self.at
        days = self._read_days()
        if self._kind() in {None, Kind.COMMA}:
            return days
        self.at = start  # they belong to what follows
        return None

    def _read_spans(self, *, named: bool) -> list[Span]:
        """Read the times that stand one behind the other, with or without commas between."""
        spans: list[Span] = []
        while True:
            skip = 1 if self._kind() is Kind.COMMA and spans else 0
            if self._kind(skip) is Kind.ALL_DAY:
                self.at += skip + 1
                spans.append((0, DAY_MINUTES))
            elif self._kind(skip) is Kind.TIME:
                self.at += skip
                spans.append(self._read_span(named=named))
            else:
                return _one_meaning(spans)

    def _read_span(self, *, named: bool) -> Span:
        """Read one start and one end."""
        first = self.words[self.at]
        self.at += 1
        next_day = False
        if self._kind() is Kind.TO:
            self.at += 1
            next_day = self._passes(Kind.NEXT_DAY)
        elif not morning_to_evening(first, self.words[self.at : self.at + 1]):
            raise ValueError(note("'{part}' has no end", part=first.text))
        if self._kind() is not Kind.TIME:
            raise ValueError(note("'{part}' has no end", part=first.text))
        last = self.words[self.at]
        self.at += 1
        if not next_day and self._kind(1) is not Kind.TIME:
            next_day = self._passes(Kind.NEXT_DAY)
        return span_of(first, last, next_day=next_day, named=named)

    def _passes(self, kind: Kind) -> bool:
        found = self._kind() is kind
        self.at += found
        return found


def _not_understood(word: Word) -> ValueError:
    return ValueError(note("'{part}' is not understood", part=word.text))


def _one_meaning(spans: list[Span]) -> list[Span]:
    """Refuse "all day" with other times, and an afternoon that is told as if it were early."""
    if (0, DAY_MINUTES) in spans and set(spans) != {(0, DAY_MINUTES)}:
        raise ValueError(note("it says both all day and other times"))
    for (before, _), (start, _) in pairwise(spans):
        if start < before < _AFTER_NOON and _EARLY[0] <= start < _EARLY[1]:
            raise ValueError(
                note("the times are not in order; write 14:30 for half past two in the afternoon")
            )
    return spans


def _week(rules: list[_Rule]) -> WeeklyHours:
    """Lay the statements over each other, the closed ones last."""
    table: dict[int, tuple[frozenset[int], list[Span]]] = {}
    for rule in rules:
        if not rule.closed:
            _open(table, rule.days or _EVERY_DAY, rule.spans)
    closed = [rule for rule in rules if rule.closed]
    for rule in closed:
        for day in rule.days or _EVERY_DAY:
            if day in table:
                table[day] = (table[day][0], _minus(table[day][1], rule.spans))
    spans = [
        (day * DAY_MINUTES + start, day * DAY_MINUTES + end)
        for day, (_, spans) in table.items()
        for start, end in spans
    ]
    never = any(not rule.spans and (rule.days or _EVERY_DAY) == _EVERY_DAY for rule in closed)
    if not spans and not never:
        raise ValueError(note("it names no opening hours"))
    return week_of(spans)


def _open(
    table: dict[int, tuple[frozenset[int], list[Span]]],
    days: frozenset[int],
    spans: tuple[Span, ...],
) -> None:
    """Add times; those of fewer days replace those of more."""
    for day in sorted(days):
        said_of, before = table.get(day, (days, []))
        if said_of == days:
            table[day] = (days, [*before, *spans])
        elif days < said_of and any(s < e2 and s2 < e for s, e in spans for s2, e2 in before):
            table[day] = (days, list(spans))
        else:
            raise ValueError(note("two different statements name the same day"))


def _minus(spans: list[Span], closed: tuple[Span, ...]) -> list[Span]:
    """Take closed times out of open ones; no closed times: the whole day."""
    if not closed:
        return []
    for shut, again in closed:
        spans = [
            piece
            for start, end in spans
            for piece in ((start, min(end, shut)), (max(start, again), end))
            if piece[0] < piece[1]
        ]
    return spans
