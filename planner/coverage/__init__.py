"""Travel, options and demand -> coverage: who is served when, nominally and effectively.

The two factors reach (site x cell, by group) and service (class of options x group x slot) are kept
apart; `merged_rows` joins them for a search, `measure_coverage` for figures that people read.
"""

from planner.coverage.factors import Coverage, build_coverage
from planner.coverage.figures import Figures, measure_coverage
from planner.coverage.rows import MergedRows

__all__ = ["Coverage", "Figures", "MergedRows", "build_coverage", "measure_coverage"]
