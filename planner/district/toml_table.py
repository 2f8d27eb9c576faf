"""A table of `district.toml` whose every name and value is checked, all faults told together."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from planner.errors import Problem
from planner.language import Message, note

__all__ = [
    "ABOVE_ZERO",
    "AT_LEAST_ZERO",
    "LENGTH_M",
    "PRICE_HOURS",
    "SHARE",
    "Range",
    "TomlTable",
    "fault",
]

_LONGEST_QUOTE = 40


def fault(where: str, found: object, expected: Message, *, fix: Message | None = None) -> Problem:
    """Tell one fault of the settings.

    Parameters
    ----------
    where
        File, table and key, such as "district.toml [limits] budget_yuan".
    """
    return Problem(
        table=where,
        row="",
        column="",
        found=_quoted(found),
        expected=expected,
        fix=fix or note("Correct it."),
    )


def _readable(text: str) -> bool:
    """Tell whether a text is more than blanks and holds no control character."""
    return bool(text.strip()) and all(char.isprintable() or char in "\n\t" for char in text)


def _quoted(found: object) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    text = str(dict(found)) if isinstance(found, Mapping) else str(found)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


@dataclass(slots=True)
class TomlTable:
    """One table; a wrong value is noted in `faults` and read as the default."""

    values: Mapping[str, object]
    name: str
    """File and table as a person finds them, such as "district.toml [limits]"."""
    faults: list[Problem]
    """Filled as the table is read; shared by all tables of one file."""

    def only(self, known: Sequence[str]) -> None:
        """Refuse names that are not known, each with the nearest one that is."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                self.tell(key, key, _one_of(known), fix=_did_you_mean(near))

    def tell(
        self, key: str, found: object, expected: Message, *, fix: Message | None = None
    ) -> None:
        """Note a fault of one name."""
        self.faults.append(fault(f"{self.name} {key}", found, expected, fix=fix))

    def table(self, key: str) -> "TomlTable | None":
        """Give a table inside, or nothing."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.tell(key, value, note("a table"))
            return None
        file, _, where = self.name.partition(" [")
        if where.startswith("["):  # a table of a list: there is no header to tell
            return TomlTable(value, f"{self.name} {key}", self.faults)
        inside = f"{where[:-1]}.{key}" if where else key
        return TomlTable(value, f"{file} [{inside}]", self.faults)

    def tables(self, key: str) -> "list[TomlTable]":
        """Give a list of tables, [[key]]; named by their place, the first is 1."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
            self.tell(
                key,
                value,
                note("a list of tables, each begun with [[{key}]]", key=self._header(key)),
            )
            return []
        listed = f"{self.name} {key}" if "[" in self.name else f"{self.name} [[{key}]]"
        return [
            TomlTable(part, f"{listed} {at}", self.faults) for at, part in enumerate(value, start=1)
        ]

    def _header(self, key: str) -> str:
        """Give what stands in the header of a table inside, such as limits.quotas."""
        _, _, where = self.name.partition(" ")
        parts = where.replace("[", " ").replace("]", " ").split()
        return ".".join([*(part for part in parts if not part.isdecimal()), key])

    def text(self, key: str, default: str = "", *, among: Sequence[str] = ()) -> str:
        """Read a text that is not blank; `among`: one of these."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not _readable(value):
            self.tell(key, value or '""', note("a text in quotation marks"))
            return default
        value = value.strip()
        if among and value not in among:
            near = difflib.get_close_matches(value, among, n=1, cutoff=0.5)
            self.tell(key, value, _one_of(among), fix=_did_you_mean(near))
            return default
        return value

    def needed_text(self, key: str, *, among: Sequence[str] = ()) -> str:
        """Read a text that must be there."""
        if key not in self.values:
            self.tell(key, "-", note("a text in quotation marks"), fix=note("Add it."))
        return self.text(key, among=among)

    def checked_text(self, key: str, check: Callable[[str], object], default: str = "") -> str:
        """Read a text that `check` accepts without a ValueError."""
        value = self.text(key, default)
        try:
            check(value)
        except ValueError as wrong:
            reason = wrong.args[0]
            self.tell(key, value, note("a text that can be read: {reason}", reason=reason))
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.tell(key, value, note("true or false"))
        return default

    def number(self, key: str, default: float, *, allowed: "Range") -> float:
        """Read a number in a range."""
        value = self.values.get(key, default)
        number = allowed.number(value)
        if number is None:
            self.tell(key, value, allowed.told())
            return default
        return number

    def number_or_none(self, key: str, default: float | None, *, low: float) -> float | None:
        """Read a number of at least `low`, or nothing where the name is left out."""
        if key not in self.values:
            return default
        return self.number(key, default or low, allowed=Range(low))

    def whole_or_none(self, key: str, default: int | None, *, low: int) -> int | None:
        """Read a whole number of at least `low`, or nothing where the name is left out."""
        value = self.values.get(key)
        if value is None:
            return default
        number = Range(low).number(value)
        if number is None or number != int(number):
            self.tell(key, value, note("a whole number of at least {low}", low=low))
            return default
        return int(number)

    def whole(self, key: str, *, low: int, high: int) -> int:
        """Read a whole number that must be there; `low` where it is wrong."""
        value = self.values.get(key)
        number = Range(low, high).number(value)
        if number is None or number != int(number):
            expected = note("a whole number from {low} to {high}", low=low, high=high)
            self.tell(key, "-" if value is None else value, expected)
            return low
        return int(number)

    def texts(
        self, key: str, default: tuple[str, ...] = (), *, among: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Read a list of texts, each once; `among`: each one of these."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.tell(key, value, note('a list of texts: ["S1", "S2"]'))
            return default
        texts = tuple(dict.fromkeys(part.strip() for part in value))
        for text in texts:
            if among and text not in among:
                near = difflib.get_close_matches(text, among, n=1, cutoff=0.5)
                self.tell(key, text, _one_of(among), fix=_did_you_mean(near))
        return texts

    def shares(self, key: str, default: tuple[float, ...], *, length: int) -> tuple[float, ...]:
        """Read a list of shares from 0 to 1."""
        value = self.values.get(key, list(default))
        parts = value if isinstance(value, list) else []
        shares = tuple(part for part in map(SHARE.number, parts) if part is not None)
        if len(shares) == len(parts) == length:
            return shares
        wrong = [part for part in parts if SHARE.number(part) is None]
        found = wrong[0] if wrong else value or "-"
        self.tell(key, found, note("{n} shares, each from 0 to 1", n=length))
        return default or (0.0,) * length


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers that are allowed."""

    low: float
    """Itself allowed."""
    high: float = math.inf
    """Itself allowed; numbers below 1e15 alone where it is infinite."""
    above_low: bool = False
    """Whether `low` itself is not allowed."""

    def number(self, value: object) -> float | None:
        """Give the value as a number, or nothing where it is none or out of the range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        inside = self.low <= value <= self.high and not (self.above_low and value == self.low)
        return float(value) if inside and abs(value) < _TOO_MUCH else None

    def told(self) -> Message:
        """Tell what is allowed."""
        if self.above_low:
            if math.isinf(self.high):
                return note(
                    "a number above {low:g} and below {much:,.0f}", low=self.low, much=_TOO_MUCH
                )
            return note("a number above {low:g}, at most {high:,.0f}", low=self.low, high=self.high)
        if math.isinf(self.high):
            return note(
                "a number of at least {low:g} and below {much:,.0f}", low=self.low, much=_TOO_MUCH
            )
        return note("a number from {low:g} to {high:g}", low=self.low, high=self.high)


SHARE = Range(0, 1)
AT_LEAST_ZERO = Range(0)
ABOVE_ZERO = Range(0, above_low=True)
LENGTH_M = Range(0, 100_000, above_low=True)
"""A reach or a radius: nobody goes farther to rest, and the ways are looked for up to it."""
PRICE_HOURS = Range(0, 100_000)
"""Of one shortfall, a week: more worker-hours than any place has; sums of them stay exact."""
_TOO_MUCH = 1e15
"""No length, money or headcount is that large; infinity is not either."""


def _one_of(known: Sequence[str]) -> Message:
    return note("one of: {known}", known=", ".join(known))


def _did_you_mean(near: Sequence[str]) -> Message:
    if near:
        return note("Did you mean {name}?", name=near[0])
    return note("Correct or delete it.")
