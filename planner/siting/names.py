"""Kinds of objectives -> how they are called."""

from planner.language import Message, note

__all__ = ["amount_in_words", "objective_name"]

_NAMES = {
    "served": note("worker-hours served"),
    "served_twice": note("worker-hours served by two stations"),
    "graded": note("worker-hours served, weighed by the way"),
    "fewest_sites": note("the fewest openings for the target"),
    "least_money": note("the least money for the target"),
    "p_median": note("the mean way to the nearest open station"),
    "p_center": note("the longest way to an open station"),
    "p_dispersion": note("the least distance between stations"),
}


def objective_name(kind: str) -> Message:
    """Name an objective, one of OBJECTIVES."""
    return _NAMES[kind]


def amount_in_words(value: float, unit: str) -> Message:
    """Tell an amount of an objective with its unit; see `Goal.unit`."""
    told = f"{value:,.1f}"
    if unit == "m":
        return note("{amount} m", amount=told)
    if unit == "yuan":
        return note("{amount} yuan", amount=f"{value:,.2f}")
    if unit == "stations":
        return note("{amount} openings", amount=f"{value:,.0f}")
    return note("{amount} worker-hours a week", amount=told)
