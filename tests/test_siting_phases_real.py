"""A plan over three years on Xinwu, with every kind of limit at once."""

from pathlib import Path

import pytest
from plan_checker import broken_limits
from real_districts import DATA, xinwu

from planner.district.settings import Floor, Limits, Phase, Quota
from planner.pipeline import prepare
from planner.siting import SitingProblem, build_problem
from planner.siting.choose import choose
from planner.siting.goals.expansion import expand_phases
from planner.siting.goals.rollout import rollout_of

MEASURES = (
    "open", "open_evening", "open_24h", "extend_evening", "extend_24h", "list", "open_gate",
)  # fmt: skip


@pytest.mark.skipif(not DATA.exists(), reason="needs the data beside the project")
def test_three_years_in_xinwu_are_proven_within_a_hundredth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    xinwu(tmp_path / "xinwu")
    prepared = prepare(tmp_path / "xinwu")
    coverage = prepared.coverage
    with_a_venue = tuple(sorted(set(coverage.options.sites["community"]) - {""}))
    limits = Limits(
        measures=MEASURES,
        budget_yuan=1_500_000.0,
        count=90,
        min_separation_m=200.0,
        separation_from_existing=False,
        quotas=(
            Quota(scope="community", which=with_a_venue, least=1),
            Quota(stations="all_day", least_share=0.15),
        ),
        floors=(Floor(least_share=0.15, each="group"),),
        phases=tuple(
            Phase(id=f"y{year}", name=f"第{year}年", budget_yuan=500_000.0, count=30)
            for year in (1, 2, 3)
        ),
        gap_share=0.01,
        time_limit_s=60.0,
    )

    def build(asked: Limits) -> SitingProblem:
        return build_problem(coverage, asked, district=prepared.district)

    plan = choose(coverage, limits, district=prepared.district)
    assert plan.gap <= 0.01
    problem = build(limits)
    phased = expand_phases(problem, rollout_of(problem, coverage, limits, build)).problem
    names = {f"{option} ({step})" for option, step in plan.phase_of.items()}
    places = [k for k, name in enumerate(phased.options) if name in names]
    assert len(places) == len(plan.options)
    assert broken_limits(phased, places) == []
