"""Kinds of sources and methods -> how far a headcount, or a share of an area, usually errs.

What is measured is measured by `benchmarks/allocation.py` on the 545,000 points of 180 Shenzhen
taxis, by square of 250 m, less the noise of the sample: the root of the summed squared errors over
that of the summed squares of what is told. What is assumed is said to be.
"""

import math

from planner.district.settings import WorkerSource

__all__ = [
    "AREA_ERROR",
    "COUNT_ERROR",
    "FITTED_ERROR",
    "PATTERN_ERROR",
    "STREET_ERROR",
    "WIDE_AREA_ERROR",
    "count_error",
]

COUNT_ERROR = {"survey": 0.1, "points": 0.1, "stated": 0.1, "proxies": 0.5, "pings": 0.5}
"""Standard error of a headcount as a share of it, for a source of trust 1: assumed."""

STREET_ERROR = 1.4
"""Of a share of an area by metres of street: measured 1.23 (areas of 1 km in Futian) to 1.47 (2
km), and 1.41 in all of Futian."""
AREA_ERROR = 1.7
"""Of a share of an area of 1 to 2 km, evenly: measured 1.13 (Shenzhen) to 1.93 (Futian)."""
WIDE_AREA_ERROR = 2.6
"""Of a share of a whole town, evenly: measured 1.68 (areas of 6 km) to 3.44 (all Shenzhen)."""

PATTERN_ERROR = {"pings": 0.6, "points": 1.4, "survey": 1.4, "proxies": 1.4}
"""Of a share of a pattern: of the records of 90 taxis, against 90 others, measured 0.40 (Futian) to
0.72 (Shenzhen); of the others assumed to be no better than streets."""

FITTED_ERROR = 1.3
"""Of a share of an area by a model that was fitted to whole areas: measured 1.13 (areas of 1 km in
Shenzhen) to 1.29 (2 km), no less than evenly. What the model is off by from area to area comes on
top."""


def count_error(source: WorkerSource) -> float:
    """Give the standard error of the headcount of a source, as a share of it.

    Of a source that is trusted four times as much, half.
    """
    return COUNT_ERROR[source.kind] / math.sqrt(source.trust)
