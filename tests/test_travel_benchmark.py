"""The benchmark of catchments: run small, its distances must equal those of the others."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def catchments(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a module of scripts
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("catchments")


def test_a_small_run_finds_the_distances_of_networkx_and_scipy(
    catchments: Any,  # noqa: ANN401
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert catchments.main(["--nodes", "300", "--sites", "70", "--cells", "200"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("all distances equal") == 3
    assert "catchments of 70 sites" in printed


def test_asking_the_others_for_fewer_sites_is_told(
    catchments: Any,  # noqa: ANN401
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = ["--nodes", "100", "--sites", "20", "--cells", "50", "--peer-sites", "5"]
    assert catchments.main(sizes) == 0
    assert capsys.readouterr().out.count("scaled up from 5 sites") == 3


@pytest.mark.parametrize("usual", [True, False])
def test_a_distance_that_differs_or_is_missing_is_counted(
    catchments: Any,  # noqa: ANN401
    usual: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    city = importlib.import_module("city").trial_city(60)
    sites = np.array([3, 7])
    _, ours = catchments._best_of_three(city, sites, 400.0)  # noqa: SLF001 - the check itself
    wrong = ours.length_mm.copy()
    wrong.data[wrong.indptr[1]] += 1
    shifted = replace(ours, length_mm=wrong)
    first_gone = ours.length_mm.copy()
    first_gone.data = np.delete(first_gone.data, 0)
    first_gone.indices = np.delete(first_gone.indices, 0)
    first_gone.indptr = np.maximum(first_gone.indptr - 1, 0)
    missing = replace(ours, length_mm=first_gone)
    for table, different in ((ours, 0), (shifted, 1), (missing, 1)):
        asked = catchments._ask_scipy(city, sites, table, usual=usual)  # noqa: SLF001
        assert asked.different == different
        assert catchments._ask_networkx(city, sites, table).different == different  # noqa: SLF001


def test_the_same_seed_gives_the_same_city_and_all_of_it_is_joined(
    catchments: Any,  # noqa: ANN401
) -> None:
    assert catchments is not None
    city = importlib.import_module("city")
    one, two, other = (city.trial_city(900, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.node_xy, two.node_xy)
    assert not np.array_equal(one.node_xy[:50], other.node_xy[:50])
    assert 700 < len(one.node_xy) < 1000
    assert set(one.tail.tolist()) | set(one.head.tolist()) == set(range(len(one.node_xy)))
    straight_mm = 1000 * np.hypot(*(one.node_xy[one.head] - one.node_xy[one.tail]).T)
    assert (one.length_mm >= straight_mm - 1).all()
