"""Ways from a ready table: who is meant by a name, which row counts, and what matches nothing."""

import tracemalloc
from collections.abc import Mapping, Sequence
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_towns import pairs

from planner.travel import TravelMatrix, check_given, given_travel

CELLS = pd.DataFrame(
    {
        "community": ["C1", "C1", "C2", ""],
        "grid": ["", "G1", "", "G1"],
        "place": ["", "", "", "depot"],
    },
    index=pd.Index(["C1-0001", "G1-0001", "yard", "2/depot"], name="id"),
)
SITES = ("S1", "S2")
REST = " stations and venues have no way in the table; they are out of reach."
Row = tuple[str, str, float, str]


def table(rows: Sequence[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["site", "cell", "cost_m", "mode"])
    return frame.assign(row=range(2, 2 + len(frame)))


def taken(rows: Sequence[Row], *, mode: str = "walk", cutoff_m: float = 1000) -> TravelMatrix:
    return given_travel(
        table(rows),
        sites=SITES,
        cells=CELLS,
        mode=mode,
        cutoff_m=cutoff_m,
        names={"东街社区": "C1"},
    )


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("yard", [2]),
        ("2/depot", [3]),
        ("depot", [3]),
        ("G1-0001", [1]),
        ("G1", [1, 3]),
        ("C1", [0, 1]),
        ("东街社区", [0, 1]),
        ("C9", []),
        ("", []),
    ],
)
def test_a_cell_is_named_by_itself_its_place_its_grid_or_its_community(
    name: str, cells: list[int]
) -> None:
    assert pairs(taken([("S2", name, 12.5, "walk")])) == {(1, cell): 12_500 for cell in cells}


def test_the_nearest_naming_decides_and_then_the_shortest_way() -> None:
    rows = [
        ("S1", "C1", 100.0, ""),
        ("S1", "东街社区", 90.0, ""),
        ("S1", "G1", 300.0, ""),
        ("S1", "G1-0001", 500.0, ""),
    ]
    assert pairs(taken(rows)) == {(0, 0): 90_000, (0, 1): 500_000, (0, 3): 300_000}


def test_a_row_without_a_mode_holds_for_all_and_one_of_the_mode_goes_before_it() -> None:
    rows = [("S1", "yard", 100.0, ""), ("S1", "yard", 400.0, "drive"), ("S2", "yard", 7.0, "drive")]
    assert pairs(taken(rows)) == {(0, 2): 100_000}
    assert pairs(taken(rows, mode="drive")) == {(0, 2): 400_000, (1, 2): 7_000}


def test_the_cutoff_still_counts_a_way_of_nothing_is_kept_and_a_longer_row_is_no_way() -> None:
    rows = [("S1", "yard", 50.0, ""), ("S1", "depot", 50.001, ""), ("S2", "yard", 0.0, "")]
    assert pairs(taken(rows, cutoff_m=50)) == {(0, 2): 50_000, (1, 2): 0}
    # The row that names the place says it is far; that of its grid does not make it near.
    rows = [("S1", "depot", 51.0, ""), ("S1", "G1", 1.0, "")]
    assert pairs(taken(rows, cutoff_m=50)) == {(0, 1): 1_000}


def checked(
    rows: Sequence[Row], modes: Sequence[str] = ("walk",), names: Mapping[str, str] | None = None
) -> tuple[list[str], list[tuple[int | str, str, str]]]:
    """Give the notes, and the row, column and found text of the problems."""
    notes, problems = check_given(
        table(rows), table="ways.csv", sites=SITES, cells=CELLS, modes=modes, names=names or {}
    )
    return [str(told) for told in notes], [(p.row, p.column, p.found) for p in problems]


def test_what_matches_nothing_is_told_once_and_so_is_who_is_left_out() -> None:
    rows = [
        ("S1", "yard", 1.0, ""),
        ("S9", "yard", 1.0, ""),
        ("S9", "C1", 1.0, ""),
        ("S1", "C8", 1.0, ""),
        ("S1", "C8", 2.0, "walk"),
    ]
    notes, problems = checked(rows)
    assert problems == [(3, "site", "S9"), (5, "cell", "C8")]
    assert notes == [
        "ways.csv: on foot, 3 of 4 places of workers and 1 of 2" + REST,
    ]
    rows = [("S1", name, 1.0, "") for name in ("C1", "yard", "depot")] + [("S2", "C1", 1.0, "")]
    assert checked(rows, ["walk", "drive"]) == ([], [])


def test_a_mode_that_is_needed_and_has_no_way_is_a_problem_and_each_mode_is_told_apart() -> None:
    rows = [
        ("S1", "C1", 1.0, "drive"),
        ("S2", "G1", 1.0, "drive"),
        ("S1", "yard", 1.0, "ebike"),
        ("S9", "yard", 1.0, "walk"),
        ("S1", "C8", 1.0, "walk"),
    ]
    notes, problems = checked(rows, ["walk", "ebike", "drive"])
    assert problems == [(5, "site", "S9"), (6, "cell", "C8"), ("", "mode", "0")]
    assert notes == [
        "ways.csv: by e-bike, 3 of 4 places of workers and 1 of 2" + REST,
        "ways.csv: by car, 1 of 4 places of workers and 0 of 2" + REST,
    ]
    assert checked([], ["walk"]) == ([], [("", "mode", "0")])


def test_a_name_that_communities_share_stands_for_none_of_them_and_says_why() -> None:
    rows = [("S1", "同名", 1.0, ""), ("S2", "C1", 1.0, "")]
    _, problems = check_given(
        table(rows), table="t", sites=SITES, cells=CELLS, modes=["walk"], names={"同名": ""}
    )
    assert [(p.row, p.column, p.found) for p in problems] == [(2, "cell", "同名")]
    assert str(problems[0].expected) == "the id of a community: several have this name"


def test_an_id_with_a_number_and_a_stroke_is_itself_and_goes_before_the_id_of_a_place() -> None:
    # "3/12" is the number of a house. "1/depot" is that of a source before a place "depot".
    cells = pd.DataFrame(
        {"community": "", "place": ["", "", "depot"]}, index=["12", "3/12", "1/depot"]
    )
    rows = [("S1", "12", 1.0, ""), ("S1", "depot", 7.0, ""), ("S1", "1/depot", 9.0, "")]
    found = given_travel(table(rows), sites=SITES, cells=cells, mode="walk", cutoff_m=100)
    assert pairs(found) == {(0, 0): 1_000, (0, 2): 9_000}
    _, problems = check_given(table(rows), table="t", sites=SITES, cells=cells, modes=["walk"])
    assert problems == ()
    # Two sources may have a depot each: its name stands for both.
    cells.index = pd.Index(["depot", "3/12", "2/depot"])
    found = given_travel(table(rows[1:2]), sites=SITES, cells=cells, mode="walk", cutoff_m=100)
    assert pairs(found) == {(0, 0): 7_000, (0, 2): 7_000}


names = st.sampled_from(["C1", "C2", "G1", "yard", "depot", "2/depot", "C1-0001", "G1-0001", "no"])
rows = st.lists(
    st.tuples(
        st.sampled_from(["S1", "S2", "S3"]),
        names,
        st.integers(0, 60).map(float),
        st.sampled_from(["", "walk", "drive"]),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(rows, st.randoms())
def test_a_table_is_read_as_a_plain_loop_reads_it_in_any_order(
    drawn: list[Row], random: Random
) -> None:
    meant = {
        "C1": (3, [0, 1]),
        "C2": (3, [2]),
        "G1": (2, [1, 3]),
        "yard": (0, [2]),
        "depot": (1, [3]),
        "2/depot": (0, [3]),
        "C1-0001": (0, [0]),
        "G1-0001": (0, [1]),
        "no": (4, []),
    }
    best: dict[tuple[int, int], tuple[int, bool, float]] = {}
    for site, name, metres, mode in drawn:
        rank, cells = meant[name]
        for cell in cells if site in SITES and mode != "drive" else []:
            key = (SITES.index(site), cell)
            claim = (rank, mode == "", metres)
            best[key] = min(best.get(key, claim), claim)
    expected = {key: round(1000 * metres) for key, (_, _, metres) in best.items() if metres <= 50}
    assert pairs(taken(drawn, cutoff_m=50)) == expected
    random.shuffle(drawn)
    assert pairs(taken(drawn, cutoff_m=50)) == expected


def test_ways_beyond_the_cutoff_take_no_memory_for_each_pair() -> None:
    # given: 200 sites, each 5 km from a community of 20,000 cells (four million pairs)
    cells = pd.DataFrame({"community": "C"}, index=[f"c{at}" for at in range(20_000)])
    sites = [f"s{at}" for at in range(200)]
    rows = pd.DataFrame({"site": sites, "cell": "C", "cost_m": 5000.0, "mode": ""})
    rows.loc[0, "cost_m"] = 100.0
    rows.loc[1, "cost_m"] = 1e300
    tracemalloc.start()
    try:
        matrix = given_travel(rows, sites=sites, cells=cells, mode="walk", cutoff_m=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert matrix.length_mm.nnz == 20_000
    assert peak < 100e6
