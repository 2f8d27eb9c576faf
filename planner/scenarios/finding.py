"""What a person calls a scenario -> the one that is meant."""

import re
from collections.abc import Sequence

from planner.errors import StoreError
from planner.language import note
from planner.scenarios.model import Summary

__all__ = ["find_scenario"]

_SHORTEST_ID = 4
_MOST_TOLD = 8


def find_scenario(wanted: str, among: Sequence[Summary]) -> Summary:
    """Find a scenario by its id, the beginning of its id, or its name.

    An id comes first, then the exact name, then the name whatever its case and spaces around it.

    Parameters
    ----------
    wanted
        What a person typed.
    among
        The scenarios that can be meant.

    Raises
    ------
    StoreError
        If none is called so, or several are; then their ids are told.
    """
    word = wanted.strip()
    ways = (
        [each for each in among if each.id == word],
        [each for each in among if each.name == word],
        [each for each in among if each.name.casefold() == word.casefold()],
        [each for each in among if _begins(each.id, word)],
    )
    found = next((each for each in ways if each), [])
    if len(found) == 1:
        return found[0]
    if not found:
        raise StoreError(
            note("There is no scenario {id}. `planner scenarios list` shows all of them.", id=word)
        )
    told = "; ".join(f"{each.id[:8]} {each.name} {each.place}" for each in found[:_MOST_TOLD])
    raise StoreError(
        note(
            "{n} scenarios can be meant by {name}: {which}. Name one by its id.",
            n=len(found),
            name=word,
            which=told,
        )
    )


def _begins(identity: str, word: str) -> bool:
    return len(word) >= _SHORTEST_ID and bool(
        re.fullmatch(r"[0-9a-f]+", word) and identity.startswith(word)
    )
