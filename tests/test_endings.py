"""What is told of how a search ended: "proven best" only where nothing is left to the bound."""

import math
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from compared_scenarios import figures, scenario
from hypothesis import given
from hypothesis import strategies as st
from small_plans import small_report

from planner.cli.compare import _value
from planner.cli.telling import _quality, print_curve
from planner.language import use_language
from planner.scale.one import failed_row
from planner.scale.workbook import write_comparison
from planner.scenarios.compare import compare
from planner.siting.curves.curve_points import Curve, CurvePoint
from planner.siting.plan import Plan, Status
from planner.siting.telling.endings import ending_of, is_proven_best, quality_of, told_gap


@given(st.floats(0.0, 1.0))
def test_a_gap_is_never_told_smaller_than_it_is_and_hardly_larger(gap: float) -> None:
    told = told_gap(gap)
    assert gap - 1e-7 <= told < gap + 1.0001e-4
    assert float(f"{told:.4f}") == told
    assert (told == 0) == (gap <= 1e-7)


@pytest.mark.parametrize("gap", [0.0, 1e-9, 1e-7, -1e-16])
def test_what_floats_leave_behind_is_no_gap(gap: float) -> None:
    assert is_proven_best("optimal", gap)
    assert str(quality_of("optimal", gap)) == "proven best"
    assert str(ending_of("optimal", gap)) == "proven best"


@pytest.mark.parametrize("gap", [1.1e-7, 0.0004, 1.0])
def test_an_answer_within_the_gap_asked_for_is_not_proven_best(gap: float) -> None:
    assert not is_proven_best("optimal", gap)
    assert str(quality_of("optimal", gap)).startswith("at most ")
    assert str(ending_of("optimal", gap)) == "proven as near as asked for"


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.OPTIMAL])
def test_only_a_proof_makes_a_plan_the_best(status: Status) -> None:
    assert not is_proven_best(status, 0.0)
    assert "proven best" not in str(quality_of(status, 0.0))
    assert "proven best" not in str(ending_of(status, 0.0))


def test_a_gap_that_nobody_knows_is_told_so() -> None:
    for gap in (None, math.nan):
        told = str(quality_of("feasible", gap))
        assert told == "how far from the best possible is not known"
    assert str(quality_of("infeasible", None)) == "no plan keeps the limits"
    assert str(quality_of("unknown", None)) == "no plan was found in time"


def test_the_command_line_tells_how_near_a_plan_is() -> None:
    plan = Plan(
        options=(),
        served_milli=99_960,
        bound_milli=100_000,
        total_milli=100_000,
        cost_yuan=0.0,
        status=Status.OPTIMAL,
        seconds=1.0,
    )
    assert _quality(plan) == (
        "Under the same limits the plan is at most 0.04% from the best possible. End of the search:"
        " proven as near as asked for. 1.0 s."
    )
    edited = replace(plan, status=Status.EDITED, seconds=0.0)
    assert _quality(edited) == (
        "Under the same limits the plan is at most 0.04% from the best possible; it was changed by"
        " hand."
    )
    best = replace(plan, served_milli=100_000)
    assert _quality(best) == "Under the same limits the plan is proven best. 1.0 s."
    use_language("zh")
    assert "已证明最优" not in _quality(plan)
    assert _quality(best) == "在同样约束下，本方案已证明最优。用时 1.0 秒。"


def test_the_workbook_of_a_province_calls_a_plan_within_its_gap_by_that(tmp_path: Path) -> None:
    planned = {**failed_row(""), "status": "planned"}
    rows = [
        {**planned, "proof": "optimal", "gap": 0.000401, "cost_yuan": 7.0},
        {**planned, "proof": "optimal", "gap": 0.0, "cost_yuan": 7.0},
        {**planned, "proof": "feasible", "gap": 0.03, "cost_yuan": 7.0},
        {**planned, "status": "infeasible", "proof": "infeasible"},
        failed_row("no stations"),
    ]
    table = pd.DataFrame(rows, index=pd.Index(list("abcde"), dtype="str"))
    table["folder"] = ""
    numbers = [name for name, value in rows[0].items() if not isinstance(value, str)]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    write_comparison(table, tmp_path / "all.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx").worksheets[0]
    head = [cell.value for cell in sheet[2]]
    proof, gap = head.index("How good"), head.index("Gap to the best possible, at most")
    told = [(row[proof].value, row[gap].value) for row in sheet.iter_rows(min_row=3, max_row=7)]
    assert told == [
        ("at most 0.05% from the best possible", 0.0005),
        ("proven best", 0),
        ("at most 3.00% from the best possible", 0.03),
        ("no plan keeps the limits", None),
        (None, None),
    ]


def test_the_comparison_never_rounds_a_gap_away() -> None:
    found = compare([scenario("best", figures()), scenario("near", figures(gap=0.00004))])
    row = next(row for row in found.rows if row.key == "gap")
    assert [_value(found, row, at) for at in (0, 1)] == ["0.00%", "0.01%"]


def test_a_curve_never_rounds_a_gap_away(capsys: pytest.CaptureFixture[str]) -> None:
    point = CurvePoint(
        limit=1.0,
        options=("a",),
        count=1,
        cost_yuan=5.0,
        served_milli=99_999_000,
        bound_milli=100_000_000,
    )
    print_curve(Curve(by="count", points=(point,), total_milli=100_000_000, knee=None, seconds=0.1))
    assert "0.01%" in capsys.readouterr().out


def test_the_small_plan_is_proven_best() -> None:
    plan = small_report().plan
    assert is_proven_best(plan.status, plan.gap)
