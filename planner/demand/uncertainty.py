"""Kinds of sources and methods -> how far a headcount, or a share of an area, usually errs.

What is measured is measured on the 545,000 points of 180 Shenzhen taxis, by 250 m square, less the
noise of the sample (`tests/test_demand_uncertainty.py`): the root of the mean squared error of the
share of a square, over that of the share itself. What is assumed is said to be.
"""

import math

from planner.district.settings import WorkerSource

__all__ = [
    "AREA_ERROR",
    "COUNT_ERROR",
    "PATTERN_ERROR",
    "STREET_ERROR",
    "WIDE_AREA_ERROR",
    "WIDE_STREET_ERROR",
    "count_error",
]

COUNT_ERROR = {"survey": 0.1, "points": 0.1, "stated": 0.1, "proxies": 0.5, "pings": 0.5}
"""Standard error of a headcount as a share of it, for a source of trust 1: assumed."""

STREET_ERROR = 1.0
"""Of a share of an area of 2 km by metres of street: measured 1.01 in Futian."""
AREA_ERROR = 1.6
"""Of a share of an area of 2 km, evenly: measured 1.37 in Futian and 1.64 in Shenzhen."""
WIDE_STREET_ERROR = 1.2
"""Of a share of a whole town by metres of street: measured 1.23 in Futian (24 km2)."""
WIDE_AREA_ERROR = 2.6
"""Of a share of a whole district, evenly: measured 2.64 in the districts of Shenzhen."""

PATTERN_ERROR = {"pings": 0.5, "points": 1.0, "survey": 1.0, "proxies": 1.0}
"""Of a share of a pattern: of 180 taxis, against taxis that were not in the sample, measured 0.26
(Futian) to 0.54 (Shenzhen); of the others assumed to be no better than streets."""


def count_error(source: WorkerSource) -> float:
    """Give the standard error of the headcount of a source, as a share of it.

    Of a source that is trusted four times as much, half.
    """
    return COUNT_ERROR[source.kind] / math.sqrt(source.trust)
