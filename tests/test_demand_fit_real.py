"""Half of Shenzhen surveyed: the demand of the whole product held against drivers elsewhere.

Hours of taxi drivers stand for workers. Squares of 3 km that are not surveyed are told by the
product from the stated total, AED stations and shelters; in one case also by land, which misleads.
"""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from street_files import SHARED

from planner.demand import Demand, build_demand
from planner.demand.fit import misplaced_share
from planner.demand.folds import spatial_folds
from planner.demand.uncertainty import FITTED_ERROR
from planner.district import District, read_district

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real data are not here"),
]
SIDE_M = 3000.0
_SETTINGS = """
[district]
name = "test"

[files.communities]
path = "squares.gpkg"
crs = "WGS-84"

[files.venues]
path = "aed.csv"
crs = "GCJ-02"

[[workers]]
kind = "survey"
path = "survey.csv"

[[workers]]
kind = "proxies"
path = "aed.csv"
crs = "GCJ-02"

[[workers]]
kind = "proxies"
path = "shelters.csv"
crs = "GCJ-02"

[[groups]]
id = "driver"
name = "司机"
name_en = "drivers"
"""

_LAND = """
[[workers]]
kind = "proxies"
path = "squares.gpkg"
crs = "WGS-84"
measure = "area"
trust = 5.0
"""


class Half:
    """The district, the truth by square, and which squares were hidden."""

    def __init__(self, areas: Any, folder: Path, *, seed: int = 1, more: str = "") -> None:  # noqa: ANN401 - a module of scripts
        squares = areas.cut_squares(areas.shenzhen_area(), SIDE_M)
        drivers = areas.driver_hours()
        self.truth: NDArray[np.float64] = squares.sums(drivers.xy, drivers.hours)
        self.hidden = spatial_folds(squares.centre, folds=2, seed=seed, blocks=8) == 0
        self.km2: NDArray[np.float64] = squares.km2
        low = squares.key * SIDE_M
        self.ids = [f"S{number:03d}" for number in range(len(low))]
        shapes = shapely.intersection(shapely.box(*low.T, *(low + SIDE_M).T), areas.shenzhen_area())
        gpd.GeoDataFrame(
            {"编号": self.ids, "社区名称": self.ids}, geometry=shapes, crs=areas.SHENZHEN
        ).to_crs(4326).to_file(folder / "squares.gpkg")
        counted = pd.DataFrame({"社区": self.ids, "driver": self.truth.round(3)})
        counted[~self.hidden].to_csv(folder / "survey.csv", index=False)
        for name, file in (("aed_stations", "aed"), ("emergency_shelters", "shelters")):
            table = pd.read_csv(SHARED / "shenzhen" / f"{name}_gcj02.csv")
            places = table[["lng_gcj02", "lat_gcj02"]].drop_duplicates()
            places = places.set_axis(["经度", "纬度"], axis=1)
            places.insert(0, "名称", [f"{file} {number}" for number in range(len(places))])
            places.to_csv(folder / f"{file}.csv", index=False)
        total = float(self.truth.round(3).sum())
        text = f"{_SETTINGS}total_workers = {total:.3f}\n{more}"
        (folder / "district.toml").write_text(text, encoding="utf-8")
        self.total = total
        self.district: District = read_district(folder)

    def told(self, model: str) -> Demand:
        rules = replace(self.district.settings.demand, model=model)
        settings = replace(self.district.settings, demand=rules)
        return build_demand(replace(self.district, settings=settings), None)

    def by_square(self, demand: Demand) -> NDArray[np.float64]:
        people = pd.Series(demand.workers[:, 0]).groupby(demand.cells["community"].to_numpy())
        return np.asarray(people.sum().reindex(self.ids, fill_value=0.0), np.float64)


@pytest.fixture(scope="module")
def areas() -> Any:  # noqa: ANN401 - a module of scripts
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("real_areas")


@pytest.fixture(scope="module")
def half(areas: Any, tmp_path_factory: pytest.TempPathFactory) -> Half:  # noqa: ANN401
    return Half(areas, tmp_path_factory.mktemp("half"), more=_LAND)


@pytest.fixture(scope="module")
def fitted(half: Half) -> Demand:
    return half.told("fitted")


def test_where_a_source_misleads_the_model_tells_hidden_squares_nearer_than_rates_or_area(
    half: Half, fitted: Demand
) -> None:
    hidden = half.hidden
    truth = half.truth[hidden]
    by_model = misplaced_share(half.by_square(fitted)[hidden], truth)
    by_rates = misplaced_share(half.by_square(half.told("rates"))[hidden], truth)
    by_area = misplaced_share(half.km2[hidden], truth)
    row = fitted.fits.iloc[0]
    assert row["used"]
    assert by_model < by_rates - 0.05
    assert by_model < by_area - 0.1
    assert row["error"] == pytest.approx(by_model, abs=0.15)
    assert row["error_rates"] == pytest.approx(by_rates, abs=0.15)


def test_where_the_sources_do_as_well_without_a_model_they_are_kept(
    areas: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    half = Half(areas, tmp_path)
    fitted, rates = half.told("fitted"), half.told("rates")
    assert not fitted.fits.iloc[0]["used"]
    np.testing.assert_array_equal(fitted.workers, rates.workers)
    hidden = half.hidden
    told = misplaced_share(half.by_square(rates)[hidden], half.truth[hidden])
    assert told == pytest.approx(fitted.fits.iloc[0]["error_rates"], abs=0.1)
    assert told < misplaced_share(half.km2[hidden], half.truth[hidden]) - 0.1


def test_what_was_surveyed_is_kept_and_all_add_up_to_the_stated_total(
    half: Half, fitted: Demand
) -> None:
    surveyed = half.by_square(fitted)[~half.hidden]
    assert surveyed == pytest.approx(half.truth[~half.hidden], abs=2e-3)
    assert fitted.workers.sum() == pytest.approx(half.total, abs=1e-6)


def test_a_cell_that_a_model_tells_is_no_surer_than_was_measured(fitted: Demand) -> None:
    people = fitted.workers[:, 0]
    alone = fitted.error_share[:, 0][people > 0]
    several = fitted.cells.groupby("community")["x"].transform("size").to_numpy() > 20
    usual = np.median(fitted.error_share[:, 0][(people > 0) & several])
    assert usual > 0.9 * FITTED_ERROR
    assert np.isfinite(alone).all()


def test_the_error_of_the_model_is_said_to_the_user(fitted: Demand) -> None:
    told = [note.text("en") for note in fitted.notes if "areas not seen" in note.text("en")]
    assert len(told) == 1
    assert told[0].endswith("The model is better.")
