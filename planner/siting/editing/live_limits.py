"""Options that stand -> every limit that they break, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message, note
from planner.siting.editing.live_moves import Standing
from planner.siting.problem import FEN_A_YUAN, About, LinearLimits, SitingProblem
from planner.siting.solving.model import Model

__all__ = ["Broken", "Table", "broken_limits", "with_names"]

_OF_SITES = ("one", "option", "other", "site", "station")
"""Values of sentences that are ids of options or sites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A limit that is not kept."""

    kind: str
    """As of About, or "count", "money", "locked", "forbidden", "one_of" (two options of one site),
    "apart" (two options that exclude each other), "clash" (limits that contradict each other)."""
    text: Message
    options: tuple[str, ...] = ()
    """Ids of the options that break it, where only they can."""


@dataclass(frozen=True, slots=True)
class Table:
    """The linear limits by limit; a session has them by option."""

    weights: csr_array
    about: tuple[About, ...]

    @classmethod
    def of(cls, problem: SitingProblem) -> "Table":
        """Give the limits of a problem."""
        linear = problem.linear or LinearLimits.none(len(problem.options))
        return cls(csr_array(linear.weights), linear.about)


def broken_limits(
    problem: SitingProblem, table: Table, model: Model, now: Standing
) -> tuple[Broken, ...]:
    """Name every limit that the options that stand do not keep; a limit itself is still kept."""
    return (
        *(Broken(kind="clash", text=text) for text in problem.clashes),
        *_money_and_count(problem, now),
        *_decided(problem, now),
        *_beside_each_other(problem, model, now),
        *_linear(table, model, now),
        *_floors(problem, model, now),
    )


def with_names(text: Message, names: Mapping[str, Message | str]) -> Message:
    """Tell a sentence on limits with names in the place of ids of options and sites.

    Parameters
    ----------
    text
        Of a broken limit.
    names
        By id; an id that is not among them stays.
    """
    values = {key: _named(key, value, names) for key, value in text.values.items()}
    return replace(text, values=values) if values else text


def _named(key: str, value: object, names: Mapping[str, Message | str]) -> object:
    if isinstance(value, Message):
        return with_names(value, names)
    return names.get(value, value) if key in _OF_SITES and isinstance(value, str) else value


def _money_and_count(problem: SitingProblem, now: Standing) -> list[Broken]:
    money, count = (int(part) for part in now.spent)
    found = []
    if problem.budget_fen is not None and money > problem.budget_fen:
        text = note(
            "The openings cost {cost} yuan to set up, but the budget is {budget} yuan.",
            cost=f"{money / FEN_A_YUAN:,.0f}",
            budget=f"{problem.budget_fen / FEN_A_YUAN:,.0f}",
        )
        found.append(Broken(kind="money", text=text))
    if problem.count is not None and count > problem.count:
        text = note(
            "{opened} sites are opened, but at most {count} may be.",
            opened=count,
            count=problem.count,
        )
        found.append(Broken(kind="count", text=text))
    return found


def _decided(problem: SitingProblem, now: Standing) -> list[Broken]:
    """Name locked options that do not stand, and forbidden ones that do."""
    ids = problem.options
    missing = [ids[k] for k in np.flatnonzero(problem.locked & ~now.chosen)]
    wrong = [ids[k] for k in np.flatnonzero(problem.forbidden & now.chosen)]
    found = [
        Broken(
            kind="locked",
            text=note("{option} is locked, but is left out.", option=option),
            options=(option,),
        )
        for option in missing
    ]
    for option in wrong:
        reason = problem.excluded.get(option)
        text = (
            note("{option} must not be chosen: {reason}", option=option, reason=reason)
            if reason is not None
            else note("{option} is forbidden, but is chosen.", option=option)
        )
        found.append(Broken(kind="forbidden", text=text, options=(option,)))
    return found


def _beside_each_other(problem: SitingProblem, model: Model, now: Standing) -> list[Broken]:
    """Name the pairs that stand and exclude each other."""
    found = []
    for one in np.flatnonzero(now.chosen & (now.blocked > 0)):
        foes = model.foes[model.foe_start[one] : model.foe_start[one + 1]]
        for other in foes[now.chosen[foes] & (foes > one)]:
            names = problem.options[one], problem.options[other]
            found.append(_pair(names, problem.sites[one] == problem.sites[other]))
    return found


def _pair(names: tuple[str, str], of_one_site: bool) -> Broken:  # noqa: FBT001 - private
    one, other = names
    if of_one_site:
        text = note("{one} and {other} are two options of one site.", one=one, other=other)
    else:
        text = note(
            "{one} and {other} exclude each other: they stand too close together, or one takes the"
            " place of the other.",
            one=one,
            other=other,
        )
    return Broken(kind="one_of" if of_one_site else "apart", text=text, options=names)


def _linear(table: Table, model: Model, now: Standing) -> list[Broken]:
    wrong = np.flatnonzero((now.used < model.least) | (now.used > model.most))
    return [_told(table.about[limit], int(now.used[limit])) for limit in wrong]


def _floors(problem: SitingProblem, model: Model, now: Standing) -> list[Broken]:
    if problem.floors is None:
        return []
    wrong: NDArray[np.int64] = np.flatnonzero(now.met < model.floor_least)
    about = problem.floors.about
    return [_lacking(about[f], int(model.floor_least[f] - now.met[f])) for f in wrong]


def _told(about: About, now: int) -> Broken:
    text = note("Not kept: {limit} (now {amount}).", limit=about.name, amount=_amount(about, now))
    return Broken(kind=about.kind, text=text)


def _lacking(about: About, missing: int) -> Broken:
    """Tell a floor by what is missing: part of what counts may be served whatever is chosen."""
    amount = _amount(about, missing)
    text = note("Not kept: {limit} ({amount} missing).", limit=about.name, amount=amount)
    return Broken(kind=about.kind, text=text)


def _amount(about: About, whole: int) -> Message | str:
    number = f"{whole / about.scale:,.10g}"
    if about.unit == "yuan":
        return note("{number} yuan", number=number)
    if about.unit == "stations":
        return note("{number} stations", number=number)
    if about.unit == "hours a week":
        return note("{number} hours a week", number=number)
    return number
