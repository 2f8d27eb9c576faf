"""Kinds of sources -> how far a count, or a share of a pattern, usually errs."""

import math

from planner.district.settings import WorkerSource

__all__ = ["AREA_ERROR", "COUNT_ERROR", "PATTERN_ERROR", "STREET_ERROR", "count_error"]

COUNT_ERROR = {"survey": 0.1, "points": 0.1, "stated": 0.1, "proxies": 0.5, "pings": 0.5}
"""Standard error of a headcount as a share of it, for a source of trust 1: an assumption."""

STREET_ERROR = 2.0
AREA_ERROR = 3.0
PATTERN_ERROR = {"pings": 0.5, "points": 1.0, "survey": 1.0, "proxies": 2.0, "stated": 2.0}


def count_error(source: WorkerSource) -> float:
    """Give the standard error of the headcount of a source, as a share of it.

    Of a source that is trusted four times as much, half.
    """
    return COUNT_ERROR[source.kind] / math.sqrt(source.trust)
