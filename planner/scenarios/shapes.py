"""Plain values from outside -> whether they have the shape of a plan and of its figures."""

import math
from collections.abc import Mapping
from typing import Any

from planner.scenarios.figures import FORMAT
from planner.siting import Status

__all__ = ["figures_fit", "is_plain", "plan_fits"]

_DEEPEST = 40
_EXACT = 2**53
"""Whole numbers up to this are the same for every reader of JSON."""


def is_plain(value: object) -> bool:
    """Tell whether a value read from JSON is harmless to keep: finite, flat enough, real text."""
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > _DEEPEST or not _is_plain_leaf(each):
            return False
        if isinstance(each, dict):
            waiting += [(part, depth + 1) for pair in each.items() for part in pair]
        elif isinstance(each, list):
            waiting += [(part, depth + 1) for part in each]
    return True


def _is_plain_leaf(value: object) -> bool:
    if isinstance(value, str):
        # Halves of characters and NUL: no database and no page takes them.
        return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return True


class _Is:
    """A shape of a leaf: one of these types, a yes or no being no number."""

    def __init__(self, *types: type) -> None:
        self.types = types

    def fits(self, value: object) -> bool:
        if isinstance(value, bool):
            return bool in self.types
        return isinstance(value, self.types)


class _IsShare(_Is):
    """A shape of a number from 0 to 1, but for the dust of floats."""

    def fits(self, value: object) -> bool:
        if not super().fits(value):
            return False
        return not isinstance(value, (int, float)) or -_DUST <= value <= 1 + _DUST


_DUST = 1e-9
_NONE = type(None)
_TEXT, _FLAG, _NUMBER, _WHOLE = _Is(str), _Is(bool), _Is(int, float), _Is(int)
_MAYBE, _MAYBE_TEXT = _Is(int, float, _NONE), _Is(str, _NONE)
_SHARE, _MAYBE_SHARE = _IsShare(int, float), _IsShare(int, float, _NONE)
_ANY = _Is(object)


class _Each:
    """A shape of a mapping whose keys are not known before: that of each value."""

    def __init__(self, shape: object) -> None:
        self.shape = shape


class _OrNone:
    """A shape, or null."""

    def __init__(self, shape: object) -> None:
        self.shape = shape


def _fits(value: Any, shape: Any) -> bool:  # noqa: ANN401 - any value of JSON
    """Tell whether a value has a shape; keys that a shape does not name may be there."""
    if isinstance(shape, _Is):
        return shape.fits(value) or (shape is _ANY)
    if isinstance(shape, _OrNone):
        return value is None or _fits(value, shape.shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(part, shape[0]) for part in value)
    if not isinstance(value, dict):
        return False
    if isinstance(shape, _Each):
        return all(_fits(part, shape.shape) for part in value.values())
    return all(key in value and _fits(value[key], part) for key, part in shape.items())


def _all(names: str, shape: object) -> dict[str, object]:
    return dict.fromkeys(names.split(), shape)


def _when(shape: object) -> dict[str, object]:
    return {"before": shape, "after": shape}


_PART = {
    **_all("id name name_en", _TEXT),
    **_all("workers hours", _NUMBER),
    **_all("before after", _MAYBE_SHARE),
}
_WORST = {"id": _TEXT, "name": _TEXT, "share": _SHARE, "hours": _NUMBER, "unserved": _WHOLE}
_GAPS = {
    **_all("workers served_workers gap_workers gap_cells exempt_workers", _NUMBER),
    "farthest_m": _MAYBE,
}
_MONEY = _all("setup union partner year", _NUMBER)
_MEASURE = {
    **_all("option site name kind host host_name host_name_en", _TEXT),
    **_all("replaces community phase", _MAYBE_TEXT),
    **_all("setup union year gain_hours loss_hours lon lat", _MAYBE),
    "steps": [_TEXT],
}
_PHASE = {
    **_all("id name name_en", _TEXT),
    **_all("measures opened cost all_cost served_hours", _NUMBER),
    "share": _SHARE,
}
_GOAL = {"kind": _TEXT, "minimise": _FLAG, "value": _NUMBER, "bound": _NUMBER, "unit": _TEXT}
_CURVE = {
    "knee": _MAYBE,
    "points": [{**_all("limit count cost_yuan served bound", _NUMBER), "effective_share": _SHARE}],
}
_FIGURES = {
    "format": _WHOLE,
    "workers": _NUMBER,
    "hours": _NUMBER,
    "served_milli": _when(_WHOLE),
    "served_hours": _when(_NUMBER),
    **_all("effective_share nominal_share", _when(_SHARE)),
    "stations": _when(_NUMBER),
    "by_group": [_PART],
    "by_period": [_PART],
    "by_group_period": {
        "groups": [_TEXT],
        "periods": [_TEXT],
        "hours": [[_MAYBE]],
        **_all("before after", [[_MAYBE_SHARE]]),
    },
    "by_community": {
        "id": [_TEXT],
        "name": [_TEXT],
        **_all("workers hours", [_NUMBER]),
        **_all("before after", [_SHARE]),
    },
    "gini": _when(_MAYBE_SHARE),
    "worst": _when(_OrNone(_WORST)),
    "gaps": _when(_GAPS),
    "money": {
        **_MONEY,
        "year_unknown": _NUMBER,
        "by_kind": [{**_MONEY, "kind": _TEXT, "count": _NUMBER}],
    },
    "measures": [_MEASURE],
    "phases": [_PHASE],
    "plan": _OrNone(
        {
            "status": _TEXT,
            "gap": _MAYBE,
            "counts_seats": _FLAG,
            "cost": _NUMBER,
            "goal": _OrNone(_GOAL),
        }
    ),
    "curves": _Each(_CURVE),
    "notes": [{"zh": _TEXT, "en": _TEXT}],
}
"""What `scenario_figures` gives."""
_PLAN = {
    **_all("options chosen closed notes assumptions", [_TEXT]),
    "phase_of": _Each(_TEXT),
    "counts_seats": _FLAG,
    "goal": _OrNone(_GOAL),
    **_all("served bound gap seconds cost_yuan", _NUMBER),
    "seed": _WHOLE,
    "status": _TEXT,
    **_all("measures not_chosen phases sites existing", [_Each(_ANY)]),
    "limits": _Each(_ANY),
    "fingerprint": _TEXT,
}
"""What `plan_object` gives, as far as it is read again."""


def figures_fit(figures: object) -> bool:
    """Tell whether figures have the shape in which this version keeps them."""
    return (
        isinstance(figures, Mapping)
        and _fits(figures, _FIGURES)
        and figures["format"] == FORMAT
        and _fits(figures.get("basis", {}), _Each(_TEXT))
        and _as_long(figures)
        and _named(figures)
    )


def _named(figures: Mapping[str, Any]) -> bool:
    """Tell whether every group and period of the table of both is told by name beside it."""
    table = figures["by_group_period"]
    return all(
        set(table[names]) <= {each["id"] for each in figures[parts]}
        for names, parts in (("groups", "by_group"), ("periods", "by_period"))
    )


def _as_long(figures: Mapping[str, Any]) -> bool:
    """Tell whether lists that are read side by side have the same length."""
    places, table = figures["by_community"], figures["by_group_period"]
    columns = [places[name] for name in ("id", "name", "workers", "hours", "before", "after")]
    rows, width = len(table["groups"]), len(table["periods"])
    return len({len(column) for column in columns}) == 1 and all(
        len(table[name]) == rows and all(len(row) == width for row in table[name])
        for name in ("hours", "before", "after")
    )


def plan_fits(plan: object) -> bool:
    """Tell whether a plan has the shape in which `plan.json` holds one that was found."""
    known = {str(each) for each in Status} - {Status.INFEASIBLE, Status.UNKNOWN}
    return _fits(plan, _PLAN) and isinstance(plan, Mapping) and plan["status"] in known
