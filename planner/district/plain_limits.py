"""Limits -> the plain tables and values of [limits] in `district.toml`."""

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict
from typing import Any

from planner.district.settings import Limits

__all__ = ["keep_empty", "plain_limits"]

_TABLES = ("objectives", "gap", "levels", "quotas", "floors", "phases")
"""What stands as a table of its own, after all single values."""


def plain_limits(limits: Limits) -> dict[str, Any]:
    """Give limits with single values first, since in TOML nothing may follow the tables."""
    plain = asdict(limits)
    values = {name: value for name, value in plain.items() if name not in _TABLES}
    tables = {name: _with_its_default_left_out(plain[name]) for name in _TABLES}
    if limits.objectives == Limits().objectives:
        tables["objectives"] = None
    return values | tables


def keep_empty(plain: MutableMapping[str, Any], limits: Limits) -> None:
    """Put back what says something by being empty, in limits from which the empty was left out."""
    if not limits.measures:
        plain["measures"] = []
    for written, phase in zip(plain.get("phases", []), limits.phases, strict=True):
        if phase.done == ():
            written["done"] = []


def _with_its_default_left_out(value: Any) -> Any:  # noqa: ANN401 - a tree of TOML values
    """Leave out empty texts, which stand for "not given" in every part of the limits."""
    if isinstance(value, Mapping):
        return {key: _with_its_default_left_out(part) for key, part in value.items() if part != ""}
    if isinstance(value, tuple | list):
        return [_with_its_default_left_out(part) for part in value]
    return value
