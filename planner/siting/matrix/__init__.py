"""A long table of costs -> the best sites under a textbook model, with a proof."""

from planner.siting.matrix.answer import Answer, Ending
from planner.siting.matrix.choosing import (
    MODELS,
    Question,
    check_question,
    compile_kernels,
    solve_matrix,
)
from planner.siting.matrix.tables import read_site_pairs, read_ways
from planner.siting.matrix.ways import Ways

__all__ = [
    "MODELS",
    "Answer",
    "Ending",
    "Question",
    "Ways",
    "check_question",
    "compile_kernels",
    "read_site_pairs",
    "read_ways",
    "solve_matrix",
]
