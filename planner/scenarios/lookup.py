"""What a person calls a scenario -> the scenario that is meant."""

import unicodedata
from collections.abc import Iterable
from typing import Protocol

from planner.errors import StoreError
from planner.language import note
from planner.scenarios.model import Summary
from planner.scenarios.naming import all_names

__all__ = ["LEAST_OF_AN_ID", "named_scenario"]

LEAST_OF_AN_ID = 6
"""So many of the first digits of an id are enough, where no other begins like it."""


class Lists(Protocol):
    """A store, as far as it is asked here."""

    def list(self, district: str | None = None, *, deleted: bool = False) -> tuple[Summary, ...]:
        """List scenarios, of one district or of all."""
        ...


def named_scenario(
    store: Lists, word: str, *, district: str | None = None, deleted: bool = False
) -> Summary:
    """Give the scenario that has a name or an id, or whose id begins with these digits.

    A name counts before digits, and one that is the same to the letter before others; else letters
    may be large or small, and of any width. One that the program gave counts in each language.

    Parameters
    ----------
    store
        Where scenarios are kept.
    word
        What a person typed.
    district
        Key of the district to look in; None: all.
    deleted
        Whether to look among the deleted ones instead.

    Raises
    ------
    StoreError
        If none is meant, or several could be: these are then told with their ids.
    """
    there = store.list(district, deleted=deleted)
    wanted = _plain(word)
    for found in (
        [each for each in there if each.id == word.strip().lower()],
        [each for each in there if each.name == word.strip()],
        [each for each in there if word.strip() in all_names(each)],
        [each for each in there if wanted in map(_plain, all_names(each))],
        [each for each in there if _begins(each.id, word.strip().lower())],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise StoreError(
                note(
                    "Several scenarios are called {word}: {ids}. Name one by its id.",
                    word=word,
                    ids=", ".join(each.id for each in found),
                )
            )
    raise StoreError(
        note(
            "There is no scenario {word}. There are: {names}.",
            word=word,
            names=_names(there) or note("none"),
        )
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _begins(identity: str, word: str) -> bool:
    return len(word) >= LEAST_OF_AN_ID and identity.startswith(word)


def _names(there: Iterable[Summary]) -> str:
    return ", ".join(f"{each.name} ({each.id[:8]})" for each in there)
