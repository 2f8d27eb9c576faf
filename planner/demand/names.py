"""Names of groups and lists of names as messages, told in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.language import Message

__all__ = ["joined", "two_names"]


@dataclass(frozen=True, slots=True)
class _TwoNames(Message):
    """A name that the user gives in both languages; it is in no catalogue."""

    chinese: str = ""

    def text(self, language: str) -> str:
        """Give the name in Chinese ("zh") or English ("en")."""
        return self.chinese if language == "zh" else self.template


@dataclass(frozen=True, slots=True)
class _Joined(Message):
    """A list of names."""

    parts: tuple[Message, ...] = ()

    def text(self, language: str) -> str:
        """Give the names with the comma of the language between them."""
        return ("、" if language == "zh" else ", ").join(part.text(language) for part in self.parts)


def two_names(chinese: str, english: str) -> Message:
    """Give a name that the settings hold in both languages; where one is empty, the other.

    Examples
    --------
    >>> two_names("快递员", "couriers").text("en")
    'couriers'
    """
    return _TwoNames(template=english or chinese, chinese=chinese or english)


def joined(parts: Sequence[Message | str]) -> Message:
    """Give a list of names as one value of a message.

    Examples
    --------
    >>> joined(["A", "B"]).text("en")
    'A, B'
    """
    told = tuple(part if isinstance(part, Message) else two_names(part, part) for part in parts)
    return _Joined(template="", parts=told)
