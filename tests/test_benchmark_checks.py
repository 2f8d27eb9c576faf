"""What the benchmarks compare can fail: a result that is cut or changed is told."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - gives modules of scripts
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def test_a_way_that_is_missing_or_other_or_too_many_is_counted(script: Any) -> None:  # noqa: ANN401
    # given: one street of 900 m; a site at 100 m; cells at 150 m, at 850 m, on no street
    city = script("whole_city")
    graph = SimpleNamespace(
        node_xy=np.zeros((2, 2)),
        tail=np.array([0]),
        head=np.array([1]),
        length_mm=np.array([900_000], np.int32),
    )
    sites = SimpleNamespace(
        street=np.array([0]), offset_mm=np.array([100_000]), access_mm=np.array([0])
    )
    cells = SimpleNamespace(
        street=np.array([0, 0, -1]),
        offset_mm=np.array([150_000, 850_000, 0]),
        access_mm=np.array([10_000, 250_000, 0]),  # the second ends at 1,000 m: still counts
    )
    lengths = {0: 100_000, 1: 800_000}
    whole = {0: 60_000, 1: 1_000_000}

    def different(own: dict[int, int]) -> int:
        found: int = city.count_different(graph, (sites, 0), cells, own, lengths)
        return found

    # then
    assert different(whole) == 0
    assert different({0: 60_000}) == 1
    assert different({}) == 2
    assert different({**whole, 0: 60_001}) == 1
    assert different({**whole, 2: 5}) == 1


def test_a_promise_is_kept_up_to_itself(script: Any) -> None:  # noqa: ANN401
    missed = script("whole_city").misses_promise
    assert not missed(6.0, 2.0, groups=1)
    assert missed(6.01, 2.0, groups=1)
    assert missed(6.0, 2.01, groups=1)
    assert not missed(60.0, 4.0, groups=6)
    assert missed(1.0, 4.01, groups=6)


def test_bins_differ_in_any_of_their_parts(script: Any) -> None:  # noqa: ANN401
    same = script("scale").same_bins
    parts = {name: np.zeros(3) for name in ("squares", "person_hours", "stay_hours", "records")}
    one = SimpleNamespace(**parts, persons=1)
    assert same(one, SimpleNamespace(**parts, persons=1))
    assert not same(one, SimpleNamespace(**parts, persons=2))
    for name in parts:
        changed = {**parts, name: np.array([0.0, 0.0, 1.0])}
        assert not same(one, SimpleNamespace(**changed, persons=1))


def test_memory_is_told_where_the_system_tells_it(script: Any) -> None:  # noqa: ANN401
    held = np.ones(30_000_000, np.uint8)
    peak_gb = script("memory").peak_gb()
    assert peak_gb == 0 or held.nbytes / 1e9 < peak_gb < 100
